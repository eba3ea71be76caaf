"""Looking at the image files of a data set before they are used."""

import concurrent.futures
import dataclasses
import logging

from tfragan.data.bad_items import BadItems
from tfragan.data.image_header import ImageHeader
from tfragan.data.image_header import decoding_error
from tfragan.data.image_header import read_image_header
from tfragan.data.upright_copy import UnshowableImageError
from tfragan.data.upright_copy import copies_folder
from tfragan.data.upright_copy import upright_copy

_THREADS = 8


def keep_usable(items, examine, bad_items):
    """The items that an examination passes, in their order.

    Args:
        items: `EncodedImage` entries.
        examine: Function from an item to the item as it is to be used, what
            is wrong with it or `None`, and what is odd about it or `None`;
            called in several threads.
        bad_items: `BadItems` report that the findings are added to.

    Returns:
        List of the items as `examine` gave them.
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
    `upright_copy`.

    Args:
        items: `EncodedImage` entries that are files of their own.
        decode: Whether to decode each image instead of looking at the
            beginning and the end of its file.

    Returns:
        `(good, bad_items)`: the usable items in their order, and a
        `BadItems` report of the others.

    Raises:
        ValueError: The cache folder for the copies cannot be written.
    """
    bad_items = BadItems()

    def examine(item):
        header = header_of(item)
        if header.shown_otherwise:
            return _with_copy(item)
        error = header.error
        if error is None and decode:
            error = decoding_error(item.read())
        return item, error, None

    good = keep_usable(items, examine, bad_items)
    copies = sum(item.path.startswith(copies_folder()) for item in good)
    if copies:
        logging.getLogger("tfragan").info(
            "%d of %d images are read from PNG copies in %s.",
            copies,
            len(good),
            copies_folder(),
        )
    return good, bad_items


def _with_copy(item):
    try:
        path = upright_copy(item.path)
    except UnshowableImageError as error:
        return item, str(error), None
    return dataclasses.replace(item, path=path), None, None
