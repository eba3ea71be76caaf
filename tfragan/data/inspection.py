"""Finding the items of a data set that cannot be trained on."""

import dataclasses

from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_policy
from tfragan.data.captioned_image import CaptionedImages
from tfragan.data.image_header import decoding_error
from tfragan.data.image_inspection import header_of
from tfragan.data.image_inspection import keep_usable


def inspect_items(items, tokenizer=None, images="header"):
    """Sorts items into usable ones and bad ones.

    A caption that is blank, or that holds no word the tokenizer knows, is
    taken out; an image that loses all its captions is bad. Gray, 16-bit and
    CMYK images are usable, since TensorFlow decodes them to 8-bit RGB; the
    report lists them as kept.

    Args:
        items: `CaptionedImage` entries; captions may be missing or blank.
        tokenizer: A `tfragan.text.CaptionTokenizer`, or `None` to leave the
            words of captions unchecked.
        images: `"header"` reads the beginning and the end of each file,
            `"decode"` decodes each image, `None` leaves images alone.

    Returns:
        `(good, bad_items)`: the usable items in their order and a
        `BadItems` report.

    Raises:
        ValueError: `images` is none of these.
    """
    if images not in ("header", "decode", None):
        raise ValueError(
            'images has to be "header", "decode" or None. '
            f"Received: images={images!r}"
        )
    bad_items = BadItems()
    items = _with_captions(items, bad_items)
    if tokenizer is not None:
        items = _with_known_words(items, tokenizer, bad_items)
    if images is not None:
        examine = _decode if images == "decode" else _look
        items = keep_usable(items, examine, bad_items)
    return items, bad_items


def inspected(
    items,
    name,
    split,
    class_names=None,
    bad_items=None,
    on_bad_item="skip",
    images="header",
):
    """A `CaptionedImages` of the usable items, with the report logged.

    Args:
        items: `CaptionedImage` entries that a source found.
        name: Name of the data set.
        split: Name of the split.
        class_names: Class names, or `None`.
        bad_items: What the source itself found wrong, or `None`.
        on_bad_item: `"skip"` leaves bad items out and logs the report,
            `"refuse"` raises.
        images: As in `inspect_items`.

    Returns:
        A `CaptionedImages` whose `bad_items` is the report.

    Raises:
        ValueError: A bad item under `"refuse"`, or no usable item.
    """
    check_policy(on_bad_item)
    report = BadItems()
    if bad_items is not None:
        report.add(bad_items)
    good, found = inspect_items(items, images=images)
    report.add(found)
    where = f"Data set {name!r}, split {split!r},"
    if not good and report:
        raise ValueError(f"{where} holds no usable image: {report}.")
    report.enforce(on_bad_item, where)
    return CaptionedImages(good, name, split, class_names, bad_items=report)


def with_known_words(dataset, tokenizer, on_bad_item="skip"):
    """The data set without captions of unknown words only.

    Such a caption would reach the text encoder as no words at all.

    Args:
        dataset: A `CaptionedImages`.
        tokenizer: A `tfragan.text.CaptionTokenizer`.
        on_bad_item: `"skip"` or `"refuse"`.

    Returns:
        `dataset` itself where nothing is to be left out, else a new one.

    Raises:
        ValueError: A bad item under `"refuse"`, or no usable item.
    """
    good, found = inspect_items(dataset.items, tokenizer, images=None)
    if not found:
        return dataset
    where = f"Data set {dataset.name!r}, split {dataset.split!r},"
    if not good:
        raise ValueError(f"{where} holds no usable caption: {found}.")
    found.enforce(on_bad_item, where)
    if dataset.bad_items is not None:
        found.add(dataset.bad_items)
    cleaned = dataset.replace_items(good)
    cleaned.bad_items = found
    return cleaned


def _with_captions(items, bad_items):
    good = []
    for item in items:
        kept = tuple(text for text in item.captions if text.strip())
        _sort_in(item, kept, "empty caption", good, bad_items)
    return good


def _with_known_words(items, tokenizer, bad_items):
    captions = [caption for item in items for caption in item.captions]
    if not captions:
        return items
    known = iter(tokenizer.ragged(captions).row_lengths().numpy() > 0)
    good = []
    for item in items:
        kept = tuple(text for text in item.captions if next(known))
        kind = "caption with only unknown words"
        _sort_in(item, kept, kind, good, bad_items)
    return good


def _sort_in(item, kept, kind, good, bad_items):
    if not kept:
        missing = "no caption" if not item.captions else kind
        bad_items.skip(missing, item.key)
    elif len(kept) < len(item.captions):
        bad_items.remark(f"{kind}, beside others", item.key)
        good.append(dataclasses.replace(item, captions=kept))
    else:
        good.append(item)


def _look(item):
    header = header_of(item)
    if header.error is not None:
        return item, header.error, None
    if item.box is not None and not _box_meets(item.box, header.size):
        return item, "bounding box outside the image", None
    return item, None, header.remark


def _decode(item):
    item, error, remark = _look(item)
    if error is None:
        error = decoding_error(item.read())
    return item, error, remark


def _box_meets(box, size):
    """Whether the crop around a box holds at least one pixel.

    The crop reaches `3/4 max(width, height)` to each side of the center.
    """
    x, y, width, height = box
    reach = 3 * max(width, height) // 4
    return all(
        max(0, center - reach) < min(side, center + reach)
        for center, side in zip(
            ((2 * x + width) // 2, (2 * y + height) // 2), size, strict=True
        )
    )
