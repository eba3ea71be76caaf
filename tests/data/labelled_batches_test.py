import itertools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfragan.data.labelled_images import LabelledImage
from tfragan.data.labelled_images import LabelledImages
from tfragan.data.labelled_images import LabelNames

SIZES = (4, 8)
LABELS = LabelNames(["parity", "half"], [["even", "odd"], ["low", "high"]])


@pytest.fixture(autouse=True)
def _fresh_keras_state():
    """Replaces the reset of Keras, which takes longer than most tests here."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Seven noisy images with the number as level of blue."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    items = []
    for number in range(7):
        pixels = rng.integers(0, 256, (10, 14, 3), np.uint8)
        pixels[..., 2] = 30 * number
        path = folder / f"{number}.png"
        Image.fromarray(pixels).save(path)
        ids = (number % 2, 2 + number // 4)
        items.append(LabelledImage(path.name, str(path), label_ids=ids))
    return LabelledImages(items, LABELS, "numbers", "train")


def take(batches, count):
    return list(itertools.islice(batches.as_numpy_iterator(), count))


def assert_same(actual, expected):
    tf.nest.map_structure(np.testing.assert_array_equal, actual, expected)


@pytest.fixture(scope="module")
def whole(dataset):
    return take(dataset.batches(4, SIZES, seed=3), 8)


def test_batch_has_the_documented_form(dataset):
    batches = dataset.batches(4, SIZES)
    assert batches.cardinality() == tf.data.INFINITE_CARDINALITY
    assert batches.element_spec == {
        "images": tuple(tf.TensorSpec((4, n, n, 3)) for n in SIZES),
        "label_ids": tf.TensorSpec((4, 2), tf.int32),
        "sample_ids": tf.TensorSpec((4,), tf.int64),
    }


def test_labels_and_images_belong_together(whole):
    for batch in whole:
        numbers = batch["sample_ids"]
        np.testing.assert_array_equal(batch["label_ids"][:, 0], numbers % 2)
        np.testing.assert_array_equal(
            batch["label_ids"][:, 1], 2 + numbers // 4
        )
        blue = (batch["images"][1][..., 2].mean((1, 2)) + 1) * 127.5
        np.testing.assert_allclose(blue, 30 * numbers, atol=0.5)


def test_orders_and_crops_are_new_in_each_epoch(whole):
    orders = {batch["sample_ids"].tobytes() for batch in whole}
    assert len(orders) == len(whole)
    crops = [
        batch["images"][1][place, ..., :2].tobytes()
        for batch in whole
        for place in np.flatnonzero(batch["sample_ids"] == 0)
    ]
    assert len(crops) > 2
    assert len(set(crops)) > 1


def test_start_step_continues_the_stream_exactly(dataset, whole):
    assert_same(
        take(dataset.batches(4, SIZES, seed=3, start_step=5), 3), whole[5:]
    )


def test_shards_together_equal_the_whole(dataset, whole):
    parts = [
        take(
            dataset.batches(4, SIZES, seed=3, num_shards=2, shard_index=index),
            2,
        )
        for index in range(2)
    ]
    joined = tf.nest.map_structure(
        lambda *arrays: np.concatenate(arrays), *parts
    )
    assert_same(joined, whole[:2])


def test_evaluation_is_one_pass_in_order(dataset):
    batches = dataset.batches(4, SIZES, training=False)
    assert batches.cardinality() == 2
    once = list(batches.as_numpy_iterator())
    assert_same(list(batches.as_numpy_iterator()), once)
    ids = np.concatenate([batch["sample_ids"] for batch in once])
    np.testing.assert_array_equal(ids, np.arange(7))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 8}, "images of 'numbers', 7. Received: batch_size=8"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"image_sizes": (8, 4)}, "image_sizes"),
        ({"start_step": -1}, "start_step=-1"),
        ({"num_shards": 3}, "num_shards=3"),
        ({"crop": "none"}, "crop='none'"),
    ],
)
def test_wrong_arguments_are_named(options, message, dataset):
    options = {"batch_size": 4, "image_sizes": SIZES, **options}
    with pytest.raises(ValueError, match=message):
        dataset.batches(**options)
