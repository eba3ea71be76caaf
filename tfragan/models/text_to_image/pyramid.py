"""Sizes and widths of networks that double or halve their maps."""

import tensorflow as tf

# The largest map has one width, each half of it twice that of the next.
_SMALLEST_IMAGE = 32


def check_image_size(image_size):
    """Raises a `ValueError` unless blocks can be cut for this size."""
    power = image_size >= 1 and image_size & (image_size - 1) == 0
    if not power or image_size < _SMALLEST_IMAGE:
        raise ValueError(
            "image_size must be a power of two of at least "
            f"{_SMALLEST_IMAGE}. Received: image_size={image_size}"
        )


def falling_widths(image_size):
    """Relative widths of the maps from 4x4 to the image, largest first.

    Args:
        image_size: see `check_image_size`.

    Returns:
        List of ints that halve, the last being 1.

    >>> falling_widths(64)
    [16, 8, 4, 2, 1]
    """
    doublings = (image_size // 4).bit_length() - 1
    return [2**exponent for exponent in range(doublings, -1, -1)]


def double(images):
    """Repeats each pixel.

    Args:
        images: tensor of shape `(batch, height, width, channels)` with known
            sides.

    Returns:
        Tensor of shape `(batch, 2 * height, 2 * width, channels)`.
    """
    _, height, width, channels = images.shape
    batch = tf.shape(images)[0]
    # (batch, height, 1, width, 1, channels)
    images = images[:, :, tf.newaxis, :, tf.newaxis]
    shape = (batch, height, 2, width, 2, channels)
    images = tf.broadcast_to(images, shape)
    return tf.reshape(images, (-1, 2 * height, 2 * width, channels))
