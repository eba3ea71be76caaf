"""Disturbed images are the same on any number of replicas, and soft."""

import keras
import numpy as np
import tensorflow as tf

from tests.models import small_models
from tfragan.distribution import Replica
from tfragan.models.damsm.image_disturbance import disturbed_images


def _images(count=4, size=32):
    draw = np.random.default_rng(0)
    return tf.constant(draw.uniform(-1, 1, (count, size, size, 3)), tf.float32)


def _disturbed(images, step=0, replica=None):
    replica = replica or Replica(1, 0)
    return disturbed_images(images, 0, tf.constant(step), 1, replica).numpy()


def test_each_step_disturbs_otherwise_and_the_same_step_alike():
    images = _images()
    first, again, other = (_disturbed(images, step) for step in (0, 0, 1))
    assert first.shape == images.shape
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.1


def test_replicas_disturb_their_rows_as_one_device_does():
    images = _images()
    whole = _disturbed(images)
    for index in range(2):
        rows = slice(2 * index, 2 * index + 2)
        part = _disturbed(images[rows], replica=Replica(2, index))
        np.testing.assert_allclose(part, whole[rows], atol=1e-6)


def test_a_flat_image_stays_flat_but_for_noise_without_bias():
    flat = tf.fill((2, 32, 32, 3), 0.5)
    for step in range(5):
        found = _disturbed(flat, step)
        assert abs(found.mean() - 0.5) < 0.01
        assert found.std() < 0.21


def test_images_move_by_whole_pixels_both_ways():
    image = np.zeros((1, 32, 32, 3), np.float32)
    image[0, 16, 16] = 100.0
    places = {
        np.unravel_index(_disturbed(image, step)[0, :, :, 0].argmax(), (32, 32))
        for step in range(40)
    }
    rows, columns = (set(axis) for axis in zip(*places, strict=True))
    assert rows == columns == {14, 15, 16, 17, 18}


def test_the_gradient_reaches_what_was_not_moved_out():
    images = _images()
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(
            disturbed_images(images, 0, tf.constant(3), 1, Replica(1, 0))
        )
    gradient = tape.gradient(total, images).numpy()
    np.testing.assert_allclose(gradient[:, 8:-8, 8:-8], 1.0, rtol=1e-4)


def _first_losses(disturb):
    """Of a step that a DAMSM guides, and of one of its own."""
    damsm = small_models.damsm(disturb=disturb)
    model = small_models.AttnGAN(damsm, **small_models.ATTNGAN_SIZES)
    found = []
    for one in (damsm, model):
        one.compile()
        data = small_models.batches(steps=1)
        found.append(one.fit(data, steps_per_epoch=1, verbose=0).history)
    return found[0]["damsm_loss"][0], found[1]["loss/damsm_words"][0]


def test_a_damsm_that_disturbs_trains_and_guides_on_other_images():
    keras.utils.set_random_seed(0)
    plain = _first_losses(False)
    keras.utils.set_random_seed(0)
    disturbed = _first_losses(True)
    assert np.isfinite(disturbed).all()
    assert plain[0] != disturbed[0]
    assert plain[1] != disturbed[1]
