import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.replica_contract import assert_replicas_agree
from tests.replica_contract import replica_values
from tfragan.distribution import Replica
from tfragan.distribution import replica_uniform
from tfragan.models.cyclegan import ImagePool


def _batch(step, size):
    """Images that can be told apart by any of their values."""
    images = np.arange(size) + step * size + 1.0
    return np.tile(images.reshape(-1, 1, 1, 1), (1, 2, 2, 3)).astype("float32")


class PlainPool:
    """The published pool, one image after the other."""

    def __init__(self, pool):
        self.pool, self.images = pool, []

    def __call__(self, images, step):
        pool, returned = self.pool, []
        numbers = replica_uniform(
            (len(images), 2), pool.seed, step, pool.stream, Replica(1, 0)
        )
        for image, (chance, place) in zip(images, numbers, strict=True):
            if len(self.images) < pool.size:
                self.images.append(image)
            elif chance < 0.5:
                slot = int(place * pool.size)
                image, self.images[slot] = self.images[slot], image
            returned.append(image)
        return np.stack(returned)


@pytest.mark.parametrize("batch", [1, 3, 7])
@pytest.mark.parametrize("eager", [True, False])
def test_it_does_what_the_published_pool_does(batch, eager):
    pool = ImagePool(size=5, seed=3)
    plain = PlainPool(pool)
    pool.build((batch, 2, 2, 3))
    run = pool if eager else tf.function(pool)
    for step in range(12):
        images = _batch(step, batch)
        returned = run(tf.constant(images), tf.constant(step))
        np.testing.assert_array_equal(returned, plain(images, step))
        stored = pool.images.numpy()[: int(pool.filled)]
        np.testing.assert_array_equal(stored, np.stack(plain.images))


def test_half_of_the_images_are_exchanged_for_any_of_the_pool():
    pool = ImagePool(size=4)
    images = tf.zeros((1000, 1, 1, 1)) - tf.reshape(
        tf.range(1000.0), (-1, 1, 1, 1)
    )
    pool(images[:4], step=0)

    returned = pool(images[4:], step=1)

    exchanged = np.not_equal(returned, images[4:]).mean()
    assert 0.45 < exchanged < 0.55
    # No image comes twice, and none is lost.
    seen = np.concatenate([returned, pool.images]).ravel()
    np.testing.assert_array_equal(np.sort(seen), np.sort(images, axis=None))


def test_a_pool_without_images_passes_them_through():
    pool = ImagePool(size=0)
    images = _batch(0, 3)

    np.testing.assert_array_equal(pool(images, step=0), images)
    assert not pool.weights


def test_two_replicas_have_the_pool_of_one_device(mirrored):
    single = ImagePool(size=3)
    single.build((None, 2, 2, 3))
    with mirrored.scope():
        double = ImagePool(size=3)
        double.build((None, 2, 2, 3))
    run = tf.function(lambda images, step: mirrored.run(double, (images, step)))
    for step in range(6):
        images = _batch(step, 4)
        expected = single(images, step=step)
        parts = mirrored.experimental_distribute_values_from_function(
            lambda c, images=images: tf.constant(
                np.split(images, 2)[c.replica_id_in_sync_group]
            )
        )

        returned = run(parts, tf.constant(step))

        returned = mirrored.experimental_local_results(returned)
        np.testing.assert_array_equal(np.concatenate(returned), expected)
        assert_replicas_agree(mirrored, double.weights)
        for one, other in zip(single.weights, double.weights, strict=True):
            np.testing.assert_array_equal(
                one, replica_values(mirrored, other)[0]
            )


def test_a_restored_pool_goes_on(tmp_path):
    pool, other = ImagePool(size=3), ImagePool(size=3)
    for made in (pool, other):
        made.build((None, 2, 2, 3))
    for step in range(3):
        pool(_batch(step, 2), step=step)
    path = tf.train.Checkpoint(pool=pool).save(str(tmp_path / "c"))
    tf.train.Checkpoint(pool=other).restore(path).assert_consumed()

    for step in range(3, 6):
        images = _batch(step, 2)
        np.testing.assert_array_equal(
            pool(images, step=step), other(images, step=step)
        )


def test_streams_and_seeds_tell_pools_apart():
    images = _batch(0, 64)
    returned = []
    for arguments in ({}, {"stream": 1}, {"seed": 1}):
        pool = ImagePool(size=2, **arguments)
        returned.append(pool(images, step=0).numpy())

    for one, two in ((0, 1), (0, 2), (1, 2)):
        assert not np.array_equal(returned[one], returned[two])


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_images_keep_their_precision_under_mixed_policies(policy):
    keras.config.set_dtype_policy(policy)
    pool = ImagePool(size=1)
    image = tf.fill((1, 2, 2, 3), 1.0 / 3.0)

    returned = pool(image, step=0)

    assert returned.dtype == pool.images.dtype == "float32"
    np.testing.assert_array_equal(returned, image)
    np.testing.assert_array_equal(pool.images, image)


def test_no_gradient_flows_through_the_pool():
    images = tf.constant(_batch(0, 2))
    with tf.GradientTape() as tape:
        tape.watch(images)
        returned = ImagePool(size=2)(images, step=0)

    assert tape.gradient(returned, images) is None


def test_it_survives_serialization():
    pool = ImagePool(size=3, seed=2, stream=1)

    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(pool)
    )

    assert copy.get_config() == pool.get_config()


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="-1"):
        ImagePool(size=-1)
