"""Image files, looked at before they are used: headers, damage, copies."""

import concurrent.futures
import dataclasses
import hashlib
import io
import logging
import os

import numpy as np
import PIL.Image
import PIL.ImageOps

from tfragan.data.bad_items import BadItems
from tfragan.data.cache_folder import cache_folder
from tfragan.data.cache_folder import write_once
from tfragan.data.decodable_images import keep_decodable
from tfragan.regular_file import open_regular

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


# Part of the names of the copies: raise it whenever the pixels change.
_COPIES_VERSION = 1
_COPIES = "images"
_MOST_LEVELS = 65535
_THREADS = 8


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
        orientation: How it has to be turned, see `orientation`; `size` is
            that before.
    """

    size: tuple[int, int] | None = None
    error: str | None = None
    remark: str | None = None
    shown_otherwise: bool = False
    orientation: int = 1


def read_image_header(path, byte_range=None):
    """Looks at the beginning and the end of an image file.

    Only an image whose end looks wrong is decoded, to be sure. `byte_range` is
    that of the image in a larger file. Returns an `ImageHeader`.
    """
    try:
        with open_regular(path) as file:
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
    """What is wrong with an encoded image, such as `"truncated JPEG"`.

    `None` for one that TensorFlow decodes.
    """
    import tensorflow as tf

    from tfragan.data.image_augmentation import decode_image

    try:
        decode_image(data)
    except tf.errors.InvalidArgumentError:
        return _name_of_damage(data)
    return None


def damage_of(item):
    """What is wrong with an `EncodedImage` that cannot be decoded, in words."""
    error = header_of(item).error
    try:
        return error or decoding_error(item.read()) or _NO_IMAGE
    except OSError as unreadable:
        return f"unreadable file, {unreadable.strerror}"


def orientation(image):
    """The EXIF orientation of a `PIL.Image.Image`, 1 to 8.

    1 is upright and also stands for EXIF data that are missing or damaged.
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
        turned = orientation(image)
        return ImageHeader(
            image.size, error, shown_otherwise=True, orientation=turned
        )
    if _looks_cut(file, length, image.format):
        file.seek(0)
        error = decoding_error(file.read())
        if error is not None:
            return ImageHeader(image.size, error)
    modes = _SHOWN_ALIKE.get(image.format)
    alike = modes is None or image.mode in modes
    turned = orientation(image)
    return ImageHeader(
        image.size,
        remark=_remark(file, image.format, image.mode),
        shown_otherwise=not alike or turned != 1,
        orientation=turned,
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


class UnshowableImageError(ValueError):
    """A picture that cannot be shown, and why, in a few words."""


def copies_folder():
    """The folder within the user's cache that holds all copies."""
    return os.path.join(cache_folder(), _COPIES)


def upright_copy(path):
    """The path of an 8-bit RGB PNG of a picture that Pillow reads.

    It is made only once, in the user's cache folder, under a name that follows
    from the file's path, size and time of change. A picture that is damaged, or
    whose levels or colors Pillow does not know, is an `UnshowableImageError`.
    """
    about = os.stat(path)
    identity = (
        _COPIES_VERSION,
        os.path.realpath(path),
        about.st_size,
        about.st_mtime_ns,
    )
    digest = hashlib.sha256(repr(identity).encode()).hexdigest()
    target = os.path.join(copies_folder(), digest[:2], f"{digest[2:32]}.png")
    # Level 1 takes a third of the time, and is decoded just as fast.
    return write_once(
        target, lambda file: _read(path).save(file, "PNG", compress_level=1)
    )


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
    """A `PIL.Image.Image` as a viewer shows it, in RGB on a white page.

    It is turned as its EXIF data say. Of 16 bits the upper 8 are kept, of an
    animation the first frame; transparent parts become white.

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


def keep_usable(items, examine, bad_items):
    """The items that an examination passes, in their order.

    `examine` is called in several threads, and makes of an item the item as it
    is to be used, what is wrong with it or `None`, and what is odd about it or
    `None`. What is wrong or odd is reported.
    """
    with concurrent.futures.ThreadPoolExecutor(_THREADS) as threads:
        findings = list(threads.map(examine, items))
    good = []
    for item, error, remark in findings:
        if error is not None:
            bad_items.skip(error, item.key)
            continue
        if remark is not None:
            bad_items.remark(remark, item.key)
        good.append(item)
    return good


def header_of(item):
    """The `ImageHeader` of an item, with odd file names as errors."""
    try:
        item.path.encode("utf-8")
    except UnicodeEncodeError:
        return ImageHeader(error="file name that is not UTF-8")
    return read_image_header(item.path, item.byte_range)


def upright_images(items, decode=False):
    """Makes sure that TensorFlow shows images as they are meant.

    Images that it cannot read, or would show otherwise than a viewer does
    (turned, other color spaces, transparent), are replaced by copies, see
    `upright_copy`. With `decode` each is decoded, and not only the beginning
    and the end of its file looked at. Returns the usable items in their order,
    and `BadItems` of the others.
    """
    bad_items = BadItems()

    def examine(item):
        item, _, error = as_shown(item)
        return item, error, None

    good = keep_usable(items, examine, bad_items)
    if decode:
        good = keep_decodable(good, bad_items)
    log_copies(good)
    return good, bad_items


def log_copies(items):
    """Says in the log how many images are read from copies, if any."""
    copies = sum(item.path.startswith(copies_folder()) for item in items)
    if copies:
        logging.getLogger("tfragan").info(
            "%d of %d images are read from PNG copies in %s.",
            copies,
            len(items),
            copies_folder(),
        )


def as_shown(item):
    """An `EncodedImage` as TensorFlow is to read it, whatever the data set.

    Returns the item, reading from a copy where TensorFlow would show the file
    otherwise than a viewer does, the `ImageHeader` of the original, and what is
    wrong or `None`.
    """
    header = header_of(item)
    # Prepared images are upright, and no files of their own.
    if header.shown_otherwise and item.byte_range is None:
        try:
            path = upright_copy(item.path)
        except UnshowableImageError as damage:
            return item, header, str(damage)
        return dataclasses.replace(item, path=path), header, None
    return item, header, header.error


def turned_box(box, size, orientation):
    """The box `(x, y, width, height)` in a picture turned as its EXIF data say.

    `size` is the `(width, height)` of the picture as it is stored.
    """
    x, y, width, height = box
    right, below = size[0] - x - width, size[1] - y - height
    corners = {
        1: (x, y),
        2: (right, y),
        3: (right, below),
        4: (x, below),
        5: (y, x),
        6: (below, x),
        7: (below, right),
        8: (y, right),
    }
    sides = (width, height) if orientation < 5 else (height, width)
    return (*corners[orientation], *sides)
