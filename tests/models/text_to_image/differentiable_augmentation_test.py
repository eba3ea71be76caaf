"""Images that discriminators see moved and with a part cut out."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import small_models
from tfragan.distribution import Replica
from tfragan.models.text_to_image.differentiable_augmentation import (
    augmented_images,
)

_BOTH = "translation,cutout"


def _augmented(images, augment, step=0, replica=None):
    replica = replica or Replica(1, 0)
    return augmented_images(images, augment, 0, tf.constant(step), 1, replica)


def _random_images(count=8):
    shape = (count, 32, 32, 3)
    return tf.random.stateless_uniform(shape, (0, 1), minval=0.5)


def test_translation_moves_each_image_by_whole_pixels_up_to_an_eighth():
    images = np.zeros((40, 32, 32, 3), np.float32)
    images[:, 16, 16] = 1.0
    moved = _augmented(tf.constant(images), "translation").numpy()
    np.testing.assert_array_equal(moved.sum((1, 2)), images.sum((1, 2)))
    shifts = {(y - 16, x - 16) for _, y, x in np.argwhere(moved[..., 0] == 1.0)}
    assert len(shifts) > 20
    assert max(abs(part) for shift in shifts for part in shift) == 4


def test_cutout_leaves_all_but_a_square_of_half_the_size():
    images = _random_images(40)
    cut = _augmented(images, "cutout").numpy()
    hole = cut[..., 0] == 0.0
    np.testing.assert_array_equal(cut[~hole], images.numpy()[~hole])
    # At the border a part of the square is outside.
    counts = hole.sum((1, 2))
    assert 0 < counts.max() <= 256
    assert counts.min() >= 64
    assert len({tuple(np.argwhere(one)[0]) for one in hole}) > 20


def test_each_step_augments_otherwise_and_the_same_step_alike():
    images = _random_images()
    first, again, other = (
        _augmented(images, _BOTH, step).numpy() for step in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_replicas_augment_their_rows_as_one_device_does():
    images = _random_images()
    whole = _augmented(images, _BOTH).numpy()
    for index in (0, 1):
        rows = slice(4 * index, 4 * index + 4)
        part = _augmented(images[rows], _BOTH, replica=Replica(2, index))
        np.testing.assert_array_equal(part, whole[rows])


def test_gradients_go_back_to_where_the_pixels_came_from():
    images = _random_images()
    weights = tf.random.stateless_normal(images.shape, (3, 4))
    with tf.GradientTape() as tape:
        tape.watch(images)
        augmented = _augmented(images, _BOTH)
        total = tf.reduce_sum(augmented * weights)
    gradient = tape.gradient(total, images)
    # Augmentation is linear where it does not cut.
    np.testing.assert_allclose(
        tf.reduce_sum(gradient * images), total, rtol=1e-4
    )


def _losses(model_class, augment, **sizes):
    damsm = small_models.damsm()
    model = model_class(damsm, augment=augment, **sizes)
    model.compile()
    data = small_models.batches(steps=1)
    trained = model.fit(data, steps_per_epoch=1, verbose=0).history
    return trained["discriminator_loss"][0], trained["generator_loss"][0]


@pytest.mark.parametrize(
    ("model_class", "sizes"),
    [
        (small_models.AttnGAN, small_models.ATTNGAN_SIZES),
        (small_models.DFGAN, small_models.DFGAN_SIZES),
    ],
    ids=["attngan", "dfgan"],
)
def test_discriminators_see_other_images_in_training(model_class, sizes):
    keras.utils.set_random_seed(0)
    plain = _losses(model_class, "", **sizes)
    keras.utils.set_random_seed(0)
    augmented = _losses(model_class, _BOTH, **sizes)
    assert np.isfinite(augmented).all()
    assert plain[0] != augmented[0]
    assert plain[1] != augmented[1]


def test_an_unknown_augmentation_is_refused_by_name():
    with pytest.raises(ValueError, match="translation, cutout.*'colour'"):
        small_models.AttnGAN(
            small_models.damsm(), augment="colour", **small_models.ATTNGAN_SIZES
        )
