"""A quick look at an image file: can TensorFlow read it, and is it odd?"""

import dataclasses
import io
import os

import PIL.Image

# What `tf.io.decode_image` reads; MPO is what phones call some JPEG files.
_DECODABLE = frozenset({"JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP"})

# Their modes that it shows as Pillow does; of formats not named, every mode.
_SHOWN_ALIKE = {
    "JPEG": ("L", "RGB"),
    "MPO": ("L", "RGB"),
    "GIF": (),
    # It reads three of their many kinds.
    "BMP": (),
}

_NO_IMAGE = "undecodable image"

_ORIENTATION = 0x0112
_PNG_EXIF = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}

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
        shown_otherwise: Whether TensorFlow would show it otherwise than
            Pillow does, or not at all: other formats, color spaces and
            orientations, and transparency outside PNG. It is no `error` to
            a reader that has Pillow decode such images.
    """

    size: tuple[int, int] | None = None
    error: str | None = None
    remark: str | None = None
    shown_otherwise: bool = False


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


def orientation(image):
    """How a picture has to be turned to be seen as it was taken.

    Args:
        image: An opened `PIL.Image.Image`.

    Returns:
        The EXIF orientation, 1 to 8, where 1 is upright and also stands for
        EXIF data that are missing or damaged.
    """
    # Asking a PNG decodes it where nothing of the kind comes before it.
    if image.format == "PNG" and not _PNG_EXIF & image.info.keys():
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Pillow raises many kinds for damaged EXIF data.
        return 1
    return value if value in range(1, 9) else 1


def _look_at(file, length):
    image = _open(file)
    if isinstance(image, ImageHeader):
        return image
    undecodable = _undecodable(image)
    if undecodable is not None:
        error = f"{undecodable}, which cannot be decoded"
        return ImageHeader(image.size, error, shown_otherwise=True)
    if _looks_cut(file, length, image.format):
        file.seek(0)
        error = decoding_error(file.read())
        if error is not None:
            return ImageHeader(image.size, error)
    return ImageHeader(
        image.size,
        remark=_remark(file, image.format, image.mode),
        shown_otherwise=_shown_otherwise(image),
    )


def _open(file):
    try:
        return PIL.Image.open(file)
    except PIL.Image.DecompressionBombError:
        return ImageHeader(error="image of too many pixels")
    except OSError as error:
        # Pillow's own complaints, unlike the system's, have no number.
        if error.errno is not None:
            raise
        file.seek(0)
        empty = not file.read(1)
        return ImageHeader(error="empty file" if empty else _NO_IMAGE)
    except (SyntaxError, ValueError):
        return ImageHeader(error=_NO_IMAGE)


def _undecodable(image):
    """What a sound image is called that TensorFlow cannot read."""
    if image.format not in _DECODABLE:
        return f"{image.format} image"
    if image.format == "BMP" and image.mode in ("P", "1"):
        # TensorFlow takes the indices of a palette for gray levels.
        return "palette BMP"
    if image.format == "WEBP":
        if getattr(image, "is_animated", False):
            return "animated WEBP"
        if image.mode != "RGB":
            return "transparent WEBP"
    return None


def _shown_otherwise(image):
    modes = _SHOWN_ALIKE.get(image.format)
    alike = modes is None or image.mode in modes
    return not alike or orientation(image) != 1


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
        return _NO_IMAGE
    if format not in _DECODABLE:
        return f"{format} image, which cannot be decoded"
    shown = "JPEG" if format == "MPO" else format
    cut = _looks_cut(io.BytesIO(data), len(data), format)
    return f"{'truncated' if cut else 'undecodable'} {shown}"
