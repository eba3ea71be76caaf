"""The images that RAGAN takes in."""

import tensorflow as tf

_SMALLEST = 24
# Weights of red, green and blue in a gray level, ITU-R BT.601.
_LUMA = (0.299, 0.587, 0.114)


def check_image_size(image_size):
    """Raises a `ValueError` for a size that networks cannot be made for."""
    if image_size < _SMALLEST or image_size % 4:
        raise ValueError(
            f"image_size must be a multiple of 4, {_SMALLEST} at least. "
            f"Received: image_size={image_size}"
        )


def grayscale(images):
    """Images in gray, as colorization starts from.

    Args:
        images: tensor of shape `(batch, height, width, 3)` in [-1, 1].

    Returns:
        Tensor of shape `(batch, height, width, 1)` in [-1, 1].
    """
    weights = tf.constant(_LUMA, images.dtype)
    return tf.reduce_sum(images * weights, -1, keepdims=True)


def scaled_down(images, sizes):
    """Images at smaller sizes.

    Args:
        images: tensor of shape `(batch, size, size, 3)`.
        sizes: ascending sides; the last is that of the images.

    Returns:
        List of tensors.
    """
    return [
        images
        if size == images.shape[1]
        else tf.image.resize(images, (size, size), antialias=True)
        for size in sizes
    ]
