import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfragan.data import distributed_batches
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    items = []
    for index in range(10):
        path = folder / f"{index}.png"
        Image.new("RGB", (8, 8), (index, 0, 0)).save(path)
        caption = " ".join(["red"] * (1 + index))
        items.append(CaptionedImage(str(index), str(path), (caption,)))
    return CaptionedImages(items, "ten", "train")


@pytest.fixture(scope="module")
def options():
    tokenizer = CaptionTokenizer(Vocabulary(["<end>", "red"]))
    return {"tokenizer": tokenizer, "image_sizes": (4,), "seed": 2}


def expected_ids(dataset, options, steps=4):
    batches = dataset.batches(8, **options).take(steps)
    return [batch["sample_ids"] for batch in batches.as_numpy_iterator()]


def test_without_a_strategy_it_is_the_plain_stream(dataset, options):
    batches = distributed_batches.distribute(dataset, None, 8, **options)
    for batch, ids in zip(batches, expected_ids(dataset, options), strict=0):
        np.testing.assert_array_equal(batch["sample_ids"], ids)


def test_workers_with_several_replicas_share_each_batch(dataset, options):
    """Two workers of two replicas: four parts of two samples, in order."""
    workers = [
        distributed_batches.worker_batches(dataset, 8, 4, **options)(
            tf.distribute.InputContext(2, worker, 4)
        ).as_numpy_iterator()
        for worker in range(2)
    ]
    for ids in expected_ids(dataset, options):
        parts = [
            next(worker)["sample_ids"] for worker in workers for _ in range(2)
        ]
        assert [len(part) for part in parts] == [2] * 4
        np.testing.assert_array_equal(np.concatenate(parts), ids)


class IdSum(keras.Model):
    """Logs the sum of its sample ids, weighted by replica number + 1."""

    def train_step(self, data):
        replica = tf.distribute.get_replica_context()
        weight = tf.cast(replica.replica_id_in_sync_group + 1, tf.int64)
        total = tf.reduce_sum(data["sample_ids"]) * weight
        return {"sum": tf.cast(total, tf.float32)[None]}


@pytest.mark.parametrize("by_function", [False, True])
def test_fit_takes_the_distributed_batches(
    dataset, options, mirrored, by_function
):
    with mirrored.scope():
        model = IdSum()
        model.built = True
        model.compile(optimizer=None)
    if by_function:
        batches = mirrored.distribute_datasets_from_function(
            distributed_batches.worker_batches(dataset, 8, 2, **options)
        )
    else:
        batches = distributed_batches.distribute(
            dataset, mirrored, 8, **options
        )
    sums = []
    model.fit(
        batches,
        steps_per_epoch=3,
        verbose=0,
        callbacks=keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda _, logs: sums.append(logs["sum"])
        ),
    )
    expected = [
        (ids[:4].sum() + 2 * ids[4:].sum()) / 2
        for ids in expected_ids(dataset, options, 3)
    ]
    np.testing.assert_allclose(np.ravel(sums), expected)


def test_batch_that_replicas_cannot_share_is_refused(
    dataset, options, mirrored
):
    with pytest.raises(ValueError, match="multiple of the 2 replicas"):
        distributed_batches.distribute(dataset, mirrored, 7, **options)


def test_evaluation_on_several_replicas_is_refused(dataset, options, mirrored):
    with pytest.raises(ValueError, match="training=False, 2 replicas"):
        distributed_batches.distribute(
            dataset, mirrored, 8, training=False, **options
        )


def test_shard_follows_from_the_strategy(dataset, options):
    with pytest.raises(ValueError, match="shard_index=1"):
        distributed_batches.distribute(
            dataset, None, 8, shard_index=1, **options
        )
