"""Copies of pictures that TensorFlow would not show as they are meant."""

import hashlib
import os

import numpy as np
import PIL.Image
import PIL.ImageOps

from tfragan.data.cache_folder import cache_folder
from tfragan.data.cache_folder import write_once
from tfragan.data.image_header import orientation

# Part of the names of the copies: raise it whenever the pixels change.
_VERSION = 1
_FOLDER = "images"
_MOST_LEVELS = 65535


class UnshowableImageError(ValueError):
    """A picture that cannot be shown, and why, in a few words."""


def copies_folder():
    """The folder within the user's cache that holds all copies."""
    return os.path.join(cache_folder(), _FOLDER)


def upright_copy(path):
    """An 8-bit RGB PNG of a picture that Pillow reads, made only once.

    The copy lies in the user's cache folder, under a name that follows from
    the file's path, size and time of change.

    Args:
        path: The picture, in any format and mode that Pillow knows.

    Returns:
        Path of the PNG file.

    Raises:
        UnshowableImageError: The picture is damaged, or its levels or colors
            are not known to Pillow.
        ValueError: The cache folder cannot be written.
    """
    about = os.stat(path)
    identity = (
        _VERSION,
        os.path.realpath(path),
        about.st_size,
        about.st_mtime_ns,
    )
    digest = hashlib.sha256(repr(identity).encode()).hexdigest()
    target = os.path.join(copies_folder(), digest[:2], f"{digest[2:32]}.png")
    return write_once(target, lambda file: _write(path, file))


def _write(path, file):
    # Level 1 takes a third of the time, and is decoded just as fast.
    _read(path).save(file, "PNG", compress_level=1)


def _read(path):
    format = "image"
    try:
        with PIL.Image.open(path) as image:
            format = str(image.format)
            return shown_as_rgb(image)
    except UnshowableImageError:
        raise
    except Exception as error:  # Pillow raises many kinds for damaged files.
        cut = "truncated" in str(error)
        raise UnshowableImageError(
            f"{'truncated' if cut else 'undecodable'} {format}"
        ) from error


def shown_as_rgb(image):
    """A picture as a viewer shows it, on a white page.

    It is turned as its EXIF data say. Of 16 bits the upper 8 are kept, of an
    animation the first frame; transparent parts become white.

    Args:
        image: A `PIL.Image.Image`.

    Returns:
        A `PIL.Image.Image` of mode RGB.

    Raises:
        UnshowableImageError: The picture has levels of no known range, such
            as floating-point ones.
        ValueError: Its colors are such that Pillow cannot convert them.
    """
    if orientation(image) != 1:
        image = PIL.ImageOps.exif_transpose(image)
    if image.mode == "F" or image.mode.startswith("I"):
        image = _upper_bits(image)
    if image.has_transparency_data:
        page = PIL.Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
        image = page
    return image.convert("RGB")


def _upper_bits(image):
    levels = np.asarray(image)
    integers = levels.dtype.kind in "iu"
    if not integers or levels.min() < 0 or levels.max() > _MOST_LEVELS:
        raise UnshowableImageError("levels of unknown range")
    return PIL.Image.fromarray((levels >> 8).astype(np.uint8))
