"""From the values inside networks to pixels, and to PNG files."""

import io

import numpy as np
from PIL import Image

from tfragan.atomic_file import write_atomically
from tfragan.data.image_augmentation import to_uint8


def to_pixels(images):
    """Images in [-1, 1] as uint8, rounded.

    Args:
        images: float tensor of any shape; values outside are clipped.

    Returns:
        uint8 array of the same shape.

    Raises:
        NotFiniteError: a number is NaN or infinite.
    """
    return to_uint8(np.asarray(images, np.float32), "nearest").numpy()


def to_unit_range(pixels):
    """The inverse of `to_pixels`.

    Args:
        pixels: uint8 array of any shape.

    Returns:
        float32 array of the same shape, in [-1, 1].
    """
    return np.asarray(pixels, np.float32) / np.float32(127.5) - np.float32(1.0)


def write_png(path, image):
    """Writes a picture as a PNG file, atomically.

    Args:
        path: where to write; missing folders are made.
        image: (height, width, 3) uint8, or (height, width) of gray levels.

    Returns:
        The path, a `pathlib.Path`.

    Raises:
        ValueError: for anything but an RGB or gray picture in uint8.
    """
    image = np.asarray(image)
    channels = image.shape[2:]
    if image.ndim < 2 or channels not in ((), (3,)) or image.dtype != np.uint8:
        raise ValueError(
            f"Cannot write {path}: expected a uint8 picture (height, width, "
            f"3) or (height, width). Received: {image.dtype} of shape "
            f"{image.shape}"
        )
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, "png")
    return write_atomically(path, encoded.getvalue())
