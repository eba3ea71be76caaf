"""A quick look at an image file: can TensorFlow read it, and is it odd?"""

import dataclasses
import io
import os

import PIL.Image

# What `tf.io.decode_image` reads; MPO is what phones call some JPEG files.
_DECODABLE = frozenset({"JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP"})

_TAIL = 4096
_ENDINGS = {
    "JPEG": b"\xff\xd9",
    "MPO": b"\xff\xd9",
    "PNG": b"IEND\xaeB`\x82",
}

# Formats that say how long they are: offset of the number, what to add.
_DECLARED_LENGTHS = {"BMP": (2, 0), "WEBP": (4, 8)}

_REMARKS = {
    "1": "gray image, read as RGB",
    "L": "gray image, read as RGB",
    "I": "16-bit image, read as 8-bit",
    "I;16": "16-bit image, read as 8-bit",
    "LA": "gray image, read as RGB",
    "CMYK": "CMYK image, read as RGB",
}


@dataclasses.dataclass(frozen=True)
class ImageHeader:
    """What the quick look found.

    Attributes:
        size: `(width, height)` in pixels, `None` where unknown.
        error: Why the image cannot be used, such as `"truncated JPEG"`, or
            `None`.
        remark: What is odd about a usable image, or `None`.
    """

    size: tuple[int, int] | None = None
    error: str | None = None
    remark: str | None = None


def read_image_header(path, byte_range=None):
    """Looks at the beginning and the end of an image file.

    Only an image whose end looks wrong is decoded, to be sure.

    Args:
        path: The file.
        byte_range: `(offset, length)` of the image in the file, or `None`.

    Returns:
        An `ImageHeader`.
    """
    try:
        with open(path, "rb") as file:
            offset, length = byte_range or (0, os.fstat(file.fileno()).st_size)
            if byte_range is not None:
                file.seek(offset)
                data = file.read(length)
                return _look_at(io.BytesIO(data), length)
            return _look_at(file, length)
    except FileNotFoundError:
        return ImageHeader(error="missing image")
    except OSError as error:
        return ImageHeader(error=f"unreadable file, {error.strerror}")


def decoding_error(data):
    """Decodes an image and returns what is wrong with it.

    Args:
        data: The encoded image as bytes.

    Returns:
        `None` for an image that TensorFlow decodes, else a few words such
        as `"truncated JPEG"`.
    """
    import tensorflow as tf

    from tfragan.data.image_augmentation import decode_image

    try:
        decode_image(data)
    except tf.errors.InvalidArgumentError:
        return _name_of_damage(data)
    return None


def _look_at(file, length):
    opened = _open(file)
    if isinstance(opened, ImageHeader):
        return opened
    format, mode, size = opened
    if format not in _DECODABLE:
        return ImageHeader(size, f"{format} image, which cannot be decoded")
    if format == "BMP" and mode in ("P", "1"):
        # TensorFlow takes the indices of a palette for gray levels.
        return ImageHeader(size, "palette BMP, which cannot be decoded")
    if _looks_cut(file, length, format):
        file.seek(0)
        error = decoding_error(file.read())
        if error is not None:
            return ImageHeader(size, error)
    return ImageHeader(size, None, _remark(file, format, mode))


def _open(file):
    try:
        image = PIL.Image.open(file)
        return image.format, image.mode, image.size
    except PIL.Image.DecompressionBombError:
        return ImageHeader(error="image of too many pixels")
    except OSError as error:
        # Pillow's own complaints, unlike the system's, have no number.
        if error.errno is not None:
            raise
        return ImageHeader(error="undecodable image")
    except (SyntaxError, ValueError):
        return ImageHeader(error="undecodable image")


def _looks_cut(file, length, format):
    if format in _ENDINGS:
        file.seek(max(0, length - _TAIL))
        return _ENDINGS[format] not in file.read(_TAIL)
    if format in _DECLARED_LENGTHS:
        offset, more = _DECLARED_LENGTHS[format]
        file.seek(offset)
        return int.from_bytes(file.read(4), "little") + more > length
    return True


def _remark(file, format, mode):
    if format == "PNG":
        # Pillow calls a 16-bit color PNG plain "RGB"; its header tells.
        file.seek(24)
        if file.read(1) == b"\x10":
            return _REMARKS["I;16"]
    return _REMARKS.get(mode)


def _name_of_damage(data):
    """Tells a file that ends too early from one that never was an image."""
    if not data:
        return "empty file"
    try:
        format = PIL.Image.open(io.BytesIO(data)).format
    except Exception:  # Pillow raises many kinds for a damaged header.
        return "undecodable image"
    if format not in _DECODABLE:
        return f"{format} image, which cannot be decoded"
    shown = "JPEG" if format == "MPO" else format
    cut = _looks_cut(io.BytesIO(data), len(data), format)
    return f"{'truncated' if cut else 'undecodable'} {shown}"
