"""Images with captions, and which of them can be trained on."""

import copy
import dataclasses
import hashlib

from tfragan.choice import check_choice
from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_policy
from tfragan.data.decodable_images import keep_decodable
from tfragan.data.folder_classes import masked_share
from tfragan.data.image_inspection import as_shown
from tfragan.data.image_inspection import keep_usable
from tfragan.data.image_inspection import log_copies
from tfragan.data.image_inspection import turned_box
from tfragan.data.image_split import EncodedImage
from tfragan.data.image_split import ImageSplit

CAPTION_CHOICES = ("random", "every")


@dataclasses.dataclass(frozen=True)
class CaptionedImage(EncodedImage):
    """One image with its captions, class and bounding box.

    Attributes:
        key: Name of the image, unique within the data set, such as
            `"002.Laysan_Albatross/Laysan_Albatross_0001_545"`.
        path: Absolute path of the file that holds the encoded image: the
            image file itself or, with `byte_range`, a record shard.
        captions: The raw captions, at least one.
        class_id: Index of the class. Images of one class do not count as
            mismatched pairs in the matching losses. Data without classes
            gives every image a class of its own.
        box: Bounding box `(x, y, width, height)` in pixels of the image, or
            `None`. Never set for images already cropped to their box.
        byte_range: `(offset, length)` of the encoded image within the file,
            in bytes, or `None` where the file is the image.
    """

    captions: tuple[str, ...]
    class_id: int = 0
    box: tuple[int, int, int, int] | None = None

    def record_fields(self):
        """The captions and the class; a box has been cropped to by then."""
        return {"captions": list(self.captions), "class_id": self.class_id}


class CaptionedImages(ImageSplit):
    """A split of a data set of captioned images, in a fixed order.

    Every source (`cub`, `coco`, `emoji`, ...) returns one of these, and
    `batches` turns it into the `tf.data.Dataset` that `fit` takes.

    Args:
        items: The `CaptionedImage` entries.
        name: Name of the data set, such as `"cub"`.
        split: Name of the split, such as `"train"`.
        class_names: Tuple of class names indexed by `class_id`, or `None`.
        mirrored_fits: Whether an image seen in a mirror still fits its
            captions, so that training may flip it. Not so for scripts,
            flags, or captions with left and right.
        record_image_size: Image size the stored images were made for: they
            are already cropped to their box and shrunk to a short side of
            `int(record_image_size * 76 / 64)`, or `None` for original images.
        bad_items: What was left out on opening, a `BadItems` report or
            `None`.
        every_caption: Whether a training epoch visits every caption, see
            `choose_captions`.

    Raises:
        ValueError: No items, a repeated key, or an item without captions.

    Example:

    >>> red = CaptionedImage("red", "/data/red.png", ("a red dot",))
    >>> blue = CaptionedImage("blue", "/data/blue.png", ("a blue dot",))
    >>> dots = CaptionedImages([red, blue], "dots", "train")
    >>> len(dots), dots.captions()
    (2, ['a red dot', 'a blue dot'])
    """

    item_kind = "image with a caption"
    published_framing = "attngan"
    has_captions = True

    def __init__(
        self,
        items,
        name,
        split,
        class_names=None,
        mirrored_fits=True,
        record_image_size=None,
        bad_items=None,
        every_caption=False,
    ):
        self.class_names = None if class_names is None else tuple(class_names)
        self.record_image_size = record_image_size
        self.every_caption = every_caption
        super().__init__(items, name, split, mirrored_fits, bad_items)

    def _validate(self):
        super()._validate()
        seen = set()
        for item in self.items:
            if item.key in seen:
                raise ValueError(
                    f"Data set {self.name!r}, split {self.split!r}, holds "
                    f"the key {item.key!r} twice; keys have to be unique."
                )
            if not item.captions:
                raise ValueError(
                    f"Image {item.key!r} of data set {self.name!r} has no "
                    "caption; at least one is expected."
                )
            seen.add(item.key)

    def class_ids(self):
        """The class of each image, a list of ints."""
        return [item.class_id for item in self.items]

    def __repr__(self):
        return (
            f"<CaptionedImages {self.name!r}, split {self.split!r}: "
            f"{len(self)} images, {len(self.captions())} captions, "
            f"{self.num_classes} classes>"
        )

    def contents(self):
        return (
            f"{len(self):,} images, {len(self.captions()):,} captions, "
            f"{self.num_classes:,} classes"
        )

    @property
    def num_classes(self):
        """Number of different classes among the items."""
        return len(set(self.class_ids()))

    @property
    def masked_share(self):
        """Share of pairs of images that are of one class, 0 to 1.

        Matching losses leave them out.
        """
        return masked_share(self.class_ids())

    @property
    def record_image_ready(self):
        """Whether the stored images are already cropped to their box."""
        return self.record_image_size is not None

    @property
    def boxes(self):
        """The box of each image or `None`; `None` where no crop is left."""
        boxes = [item.box for item in self.items]
        return boxes if any(boxes) and not self.record_image_ready else None

    @property
    def fingerprint(self):
        """As of `ImageSplit`, over keys, captions, classes and boxes."""
        digest = hashlib.sha256()
        for item in self.items:
            fields = (item.key, item.captions, item.class_id, item.box)
            digest.update(repr(fields).encode())
        return digest.hexdigest()

    def captions(self):
        """All captions, image after image, as a list of `str`."""
        return [caption for item in self.items for caption in item.captions]

    def choose_captions(self, captions):
        """The same data set with another idea of a training epoch.

        Args:
            captions: `"random"` for each image once, with one of its
                captions at random; `"every"` for each caption of each image
                once, so that an image comes as often as it has captions.

        Returns:
            A `CaptionedImages`, whose `batches` and `steps_per_epoch` follow
            the choice.

        Raises:
            ValueError: `captions` is none of these.
        """
        check_choice("captions", captions, CAPTION_CHOICES)
        chosen = copy.copy(self)
        chosen.every_caption = captions == "every"
        return chosen

    @property
    def sample_kind(self):
        """What an epoch of training is made of, `"images"` or `"captions"`."""
        return "captions" if self.every_caption else "images"

    def samples_per_epoch(self):
        """How many samples an epoch of training visits.

        A caption without a known word counts here where every caption does,
        though it never comes: `with_known_words` takes it out beforehand.
        """
        return len(self.captions() if self.every_caption else self.items)

    # The tokenizer first, as captions have always been read.
    def batches(  # type: ignore[override]
        self, batch_size, tokenizer=None, image_sizes=(64,), **options
    ):
        """As `ImageSplit.batches`, with the tokenizer first."""
        return super().batches(batch_size, image_sizes, tokenizer, **options)


def inspect_items(items, tokenizer=None, images="header"):
    """Sorts items into usable ones and bad ones.

    A caption that is blank, or that holds no word the tokenizer knows, is
    taken out; an image that loses all its captions is bad. Images that
    TensorFlow would show otherwise than a viewer does, such as photos on
    their side, are read from copies, see `as_shown`, and their boxes turn
    with them. Gray, 16-bit and CMYK images are listed as kept.

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
        items = keep_usable(items, _examine, bad_items)
        if images == "decode":
            items = keep_decodable(items, bad_items)
        log_copies(items)
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
        on_bad_item: `"skip"` leaves bad items out, `"refuse"` raises.
        images: As in `inspect_items`.
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


def _examine(item):
    shown, header, error = as_shown(item)
    if error is not None:
        return item, error, None
    if item.box is not None:
        # Boxes are of the picture as it is stored, and turn with it.
        if not _box_meets(item.box, header.size):
            return item, "bounding box outside the image", None
        box = turned_box(item.box, header.size, header.orientation)
        shown = dataclasses.replace(shown, box=box)
    return shown, None, header.remark


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
