"""From the values inside networks to those of pictures."""

import numpy as np


def to_pixels(images):
    """Images in [-1, 1] as uint8, rounded.

    Args:
        images: float tensor of any shape; values outside are clipped.

    Returns:
        uint8 array of the same shape.
    """
    pixels = np.round((np.asarray(images, np.float32) + 1.0) * 127.5)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def to_unit_range(pixels):
    """The inverse of `to_pixels`.

    Args:
        pixels: uint8 array of any shape.

    Returns:
        float32 array of the same shape, in [-1, 1].
    """
    return np.asarray(pixels, np.float32) / np.float32(127.5) - np.float32(1.0)
