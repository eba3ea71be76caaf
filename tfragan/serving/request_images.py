"""Images as files that a request carries, and the files of an answer."""

import io
import os
import pathlib

import numpy as np
import PIL.Image
import PIL.ImageOps

_PLAIN = ("JPEG", "PNG")
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
    if isinstance(image, (str, os.PathLike)):
        path = pathlib.Path(image)
        return _of_bytes(path.read_bytes(), str(path))
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _of_bytes(bytes(image), "image")
    if isinstance(image, PIL.Image.Image):
        return _png(image)
    if isinstance(image, np.ndarray):
        return _png(_of_array(image))
    raise TypeError(
        "image: expected a path, bytes, a PIL image or an array, received "
        f"{type(image).__name__}."
    )


def image_files(images):
    """Each of some images as a file, see `image_file`.

    Args:
        images: one of what `image_file` takes, a list of such, or a uint8
            array `(batch, height, width, 3)`.

    Returns:
        List of bytes.
    """
    if isinstance(images, np.ndarray) and images.ndim == 4:
        images = list(images)
    if not isinstance(images, (list, tuple)):
        images = [images]
    return [image_file(image) for image in images]


def picture(file):
    """The picture of an answer.

    Args:
        file: bytes of a file.

    Returns:
        `PIL.Image.Image`.

    Raises:
        ValueError: the bytes are no image.
    """
    return _opened(file, "the picture of the answer")


def _of_bytes(content, name):
    image = _opened(content, name, load=False)
    turned = image.getexif().get(_ORIENTATION, 1) != 1
    if image.format in _PLAIN and not turned:
        return content
    return _png(_opened(content, name))


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


def _of_array(array):
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(
            "image: expected a uint8 array (height, width, 3), received "
            f"{array.dtype} {array.shape}."
        )
    return PIL.Image.fromarray(np.ascontiguousarray(array))


def _png(image):
    image = PIL.ImageOps.exif_transpose(image)
    if image.mode not in _MODES:
        image = image.convert("RGB")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
