"""Resizes without rounding, against PIL and TensorFlow 1."""

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from tfragan import metrics

IMAGES = np.random.default_rng(1).integers(0, 256, (2, 41, 64, 3), np.uint8)
# Stripes make the cubic overshoot, so that the clipping shows.
IMAGES[1, ::2] = 255
IMAGES[1, 1::2] = 0


def _of_pil(image, side, method):
    channels = [
        PIL.Image.fromarray(image[..., channel].astype(np.float32), "F")
        for channel in range(3)
    ]
    resized = [channel.resize((side, side), method) for channel in channels]
    return np.clip(np.stack(resized, -1), 0, 255)


@pytest.mark.parametrize("side", [17, 64, 99])
@pytest.mark.parametrize(
    ("resize", "method"),
    [
        ("antialiased_bicubic", PIL.Image.Resampling.BICUBIC),
        ("antialiased_bilinear", PIL.Image.Resampling.BILINEAR),
    ],
)
def test_antialiased_resizes_are_those_of_pil_on_floats(side, resize, method):
    resized = metrics.resize_levels(IMAGES, side, resize)
    expected = [_of_pil(image, side, method) for image in IMAGES]
    np.testing.assert_allclose(resized, expected, atol=2e-4)
    assert resized.dtype == tf.float32


@pytest.mark.parametrize("side", [17, 64, 99])
def test_the_legacy_resize_of_tensorflow_is_that_of_version_1(side):
    resized = metrics.resize_levels(IMAGES, side, "legacy_tensorflow")
    expected = tf.compat.v1.image.resize_bilinear(
        tf.cast(IMAGES, tf.float32), (side, side), align_corners=False
    )
    np.testing.assert_allclose(resized, expected, atol=2e-3)


@pytest.mark.parametrize("side", [17, 64, 99])
def test_the_legacy_resize_of_pytorch_reads_from_pixel_centers(side):
    resized = metrics.resize_levels(IMAGES, side, "legacy_pytorch")
    expected = tf.image.resize(IMAGES, (side, side), antialias=False)
    np.testing.assert_allclose(resized, expected, atol=2e-3)


def test_a_row_by_hand():
    row = np.array([0, 100, 200, 50], np.uint8)
    images = np.broadcast_to(row[:, np.newaxis, np.newaxis], (1, 4, 4, 3))

    def first_column(resize, side):
        resized = metrics.resize_levels(images, side, resize).numpy()
        return resized[0, :, 0, 0].tolist()

    # Every other pixel; the means of pairs; 1, 3, 3 and 1 eighths of which
    # one lies beyond the end.
    assert first_column("legacy_tensorflow", 2) == [0.0, 200.0]
    assert first_column("legacy_pytorch", 2) == [50.0, 125.0]
    assert first_column("antialiased_bilinear", 2) == pytest.approx(
        [500 / 7, 850 / 7]
    )
