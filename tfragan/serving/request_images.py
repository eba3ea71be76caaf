"""Images as files that a request carries, and the files of an answer."""

import io
import os

import numpy as np
import PIL.Image
import PIL.ImageOps

from tfragan.place import local_path
from tfragan.regular_file import read_regular

# What PNG holds as it is.
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_ORIENTATION = 0x0112


def image_file(image):
    """An image as a JPEG or PNG file, which exported models take.

    JPEG and PNG files stay as they are, unless a camera noted that they are
    to be turned, which no model sees: then they are turned here.

    Args:
        image: path, bytes of a file, PIL image, or uint8 array
            `(height, width, 3)`.

    Returns:
        bytes.

    Raises:
        OSError: the file cannot be read.
        TypeError: it is nothing of these.
        ValueError: it is no image.
    """
    name = "image"
    if isinstance(image, (str, os.PathLike)):
        name, image = str(image), read_regular(local_path(image))
    if isinstance(image, (bytes, bytearray, memoryview)):
        content, image = bytes(image), _opened(image, name, load=False)
        turned = image.getexif().get(_ORIENTATION, 1) != 1
        if image.format in ("JPEG", "PNG") and not turned:
            return content
        image = _opened(content, name)
    elif isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(
                "image: expected a uint8 array (height, width, 3), received "
                f"{image.dtype} {image.shape}."
            )
        image = PIL.Image.fromarray(np.ascontiguousarray(image))
    elif not isinstance(image, PIL.Image.Image):
        raise TypeError(
            "image: expected a path, bytes, a PIL image or an array, received "
            f"{type(image).__name__}."
        )
    image = PIL.ImageOps.exif_transpose(image)
    if image.mode not in _MODES:
        image = image.convert("RGB")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def image_files(images):
    """List of bytes of one image, a list, or an array with a batch axis."""
    if isinstance(images, np.ndarray) and images.ndim == 4:
        images = list(images)
    if not isinstance(images, (list, tuple)):
        images = [images]
    return [image_file(image) for image in images]


def picture(file):
    """The `PIL.Image.Image` of the bytes of an answer.

    Raises:
        ValueError: the bytes are no image.
    """
    return _opened(file, "the picture of the answer")


def _opened(content, name, load=True):
    try:
        image = PIL.Image.open(io.BytesIO(content))
        if load:
            image.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise ValueError(
            f"{name}: expected an image file, received {len(content):,} bytes "
            "that are none."
        ) from error
    return image
