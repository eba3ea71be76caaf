"""Pairs of images, an input and its target, for supervised translation."""

import dataclasses
import hashlib
import os

from tfragan.data.bad_items import BadItems
from tfragan.data.captioned_image import CaptionedImage
from tfragan.data.emoji import emoji
from tfragan.data.emoji import emoji_categories
from tfragan.data.encoded_image import EncodedImage
from tfragan.data.image_split import ImageSplit
from tfragan.data.inspection import inspect_items
from tfragan.data.label_names import LabelNames
from tfragan.data.opening import check_opening
from tfragan.data.pair_folder import PairFolder
from tfragan.data.source_files import data_folder

DIRECTIONS = ("ab", "ba")


@dataclasses.dataclass(frozen=True)
class PairedImage(CaptionedImage):
    """A target with its input, maybe captions, and maybe labels.

    Attributes:
        key: As for `CaptionedImage`.
        path: File of the target, or of both images side by side.
        byte_range: As for `CaptionedImage`.
        captions: Captions of the target, or none.
        class_id: As for `CaptionedImage`.
        box: Always `None`.
        input: The input as an `EncodedImage`.
        label_ids: The id of the target's label of each attribute, or none.
    """

    input: EncodedImage = dataclasses.field(kw_only=True)
    label_ids: tuple[int, ...] = dataclasses.field(default=(), kw_only=True)


class PairedImages(ImageSplit):
    """A split of a data set of pairs of images, in a fixed order.

    Args:
        items: `PairedImage` entries, all with captions or none, and all with
            labels or none.
        name: Name of the data set, such as `"facades"`.
        split: Name of the split, such as `"train"`.
        labels: The `LabelNames` of the data set, or `None`.
        target_half: `"left"` or `"right"`, which half of the image the target
            is, where both are side by side; `None` where they are files.
        mirrored_fits: Whether a pair seen in a mirror is still one, and fits
            its captions and labels.
        bad_items: What was left out on opening, a `BadItems` report or
            `None`.

    Raises:
        ValueError: No items.

    Example:

    >>> dataset = paired_images("emoji", "test")
    >>> dataset
    <PairedImages 'emoji', split 'test': 320 pairs with captions and labels>
    >>> batch = next(iter(dataset.batches(4, image_sizes=(16, 32))))
    >>> batch["images"][1].shape == batch["inputs"].shape
    True
    """

    item_kind = "pair"
    every_caption = False

    def __init__(
        self,
        items,
        name,
        split,
        labels=None,
        target_half=None,
        mirrored_fits=True,
        bad_items=None,
    ):
        super().__init__(items, name, split, mirrored_fits, bad_items)
        self.labels = labels
        self.target_half = target_half

    def __repr__(self):
        named = ["captions"] * self.has_captions
        named += ["labels"] * (self.labels is not None)
        extras = f" with {' and '.join(named)}" if named else ""
        return (
            f"<PairedImages {self.name!r}, split {self.split!r}: "
            f"{len(self)} pairs{extras}>"
        )

    @property
    def sample_kind(self):
        return "pairs"

    @property
    def has_captions(self):
        """Whether the targets have captions."""
        return bool(self.items[0].captions)

    @property
    def fingerprint(self):
        """SHA-256 over names, captions and labels, as hex digits.

        It does not depend on where the data lies, so that a run can be
        resumed from a copy of the data in another folder.
        """
        rows = [
            (item.key, item.input.key, item.captions, item.label_ids)
            for item in self.items
        ]
        labels = self.labels and (self.labels.attributes, self.labels.names)
        content = repr((self.target_half, labels, rows))
        return hashlib.sha256(content.encode()).hexdigest()

    def captions(self):
        """All captions, pair after pair, as a list of `str`."""
        return [caption for item in self.items for caption in item.captions]

    def label_ids_of(self, labels):
        """The ids of labels, see `LabelNames.ids_of`.

        Raises:
            ValueError: There are no labels, or others.
        """
        if self.labels is None:
            raise ValueError(f"The pairs of {self.name!r} have no labels.")
        return self.labels.ids_of(labels)

    def _make_batches(self, batch_size, *arguments, **options):
        from tfragan.data import paired_batches

        return paired_batches.paired_batches(
            self, batch_size, *arguments, **options
        )


def paired_images(
    name_or_folder,
    split="train",
    direction="ab",
    on_bad_item="skip",
    images="header",
):
    """Opens pairs of images by name or from a folder.

    The folder holds either

    - `trainA` with the inputs and `trainB` with the targets, for testing
      `testA` and `testB`: files of the same name, maybe of another
      extension and size, but of the same proportions; or
    - `train`, for testing `test`: images of even width with the input in the
      left half and the target in the right one.

    Captions may stand beside the targets or the inputs, as `captions.csv`,
    `captions.jsonl` or a text file an image (see `image_folder`), labels in a
    `labels.csv` (see `labelled_images`). Where there are any, a pair without
    is left out.

    Args:
        name_or_folder: `"emoji"` for the emoji that come with the package
            (inputs by Noto, targets by Twemoji, with captions, and the
            category as label), else the folder. `"./emoji"` is a folder.
        split: `"train"` or `"test"`.
        direction: `"ab"`, or `"ba"` to make inputs of the targets.
        on_bad_item: `"skip"` leaves out what is no sound pair and logs which
            files these are, `"refuse"` raises.
        images: `"header"` looks at the beginning and the end of each file,
            `"decode"` decodes it.

    Returns:
        A `PairedImages`.

    Raises:
        ValueError: No such folder, a damaged table, a label that training
            does not know, no usable pair, or a bad item under `"refuse"`.
    """
    check_opening(split, on_bad_item, images)
    if direction not in DIRECTIONS:
        raise ValueError(
            f"direction has to be one of {', '.join(DIRECTIONS)}. "
            f"Received: direction={direction!r}"
        )
    if os.fspath(name_or_folder) == "emoji":
        return _emoji(split, direction)
    folder = data_folder(name_or_folder, "paired_images")
    source = PairFolder(folder, split, direction)
    bad_items = BadItems()
    pairs = source.pairs(images == "decode", bad_items)
    captions = source.captions()
    labels, label_ids = _labels(source, folder, split, direction, bad_items)
    for what, names in (("captions", captions), ("labels", label_ids)):
        for name in sorted(set(names or ()) - source.names()):
            bad_items.skip(f"{what} without an image", name)
    items = _items(pairs, captions, label_ids, bad_items)
    name = os.path.basename(folder)
    where = f"Data set {name!r}, split {split!r},"
    if not items and bad_items:
        raise ValueError(f"{where} holds no usable pair: {bad_items}.")
    bad_items.enforce(on_bad_item, where)
    target_half = None
    if source.side_by_side:
        target_half = "right" if direction == "ab" else "left"
    return PairedImages(
        items, name, split, labels, target_half, bad_items=bad_items
    )


def _labels(source, folder, split, direction, bad_items):
    """The `LabelNames` and the ids of each name, or `(None, None)`."""
    table = source.label_table()
    if table is None:
        return None, None
    training = table
    if split != "train":
        training = PairFolder(folder, "train", direction).label_table()
        if training is None:
            raise ValueError(
                f"{table.where} gives labels, so there has to be such a "
                "table for training."
            )
    labels = training.known_labels()
    return labels, table.label_ids(labels, bad_items)


def _items(pairs, captions, label_ids, bad_items):
    items = []
    for name, (input_image, target) in pairs.items():
        if label_ids is not None and name not in label_ids:
            bad_items.skip("pair without labels", target.key)
            continue
        item = PairedImage(
            target.key,
            target.path,
            () if captions is None else captions.get(name, ()),
            class_id=len(items),
            input=input_image,
            label_ids=() if label_ids is None else label_ids[name],
        )
        items.append(item)
    if captions is not None:
        items, found = inspect_items(items, images=None)
        bad_items.add(found)
    return items


def _emoji(split, direction):
    vendors = ("noto", "twemoji")
    if direction == "ba":
        vendors = vendors[::-1]
    categories = emoji_categories(split)
    labels = LabelNames(
        ("category",), [sorted(set(emoji_categories("train").values()))]
    )
    inputs, targets = (emoji(split, vendor) for vendor in vendors)
    items = [
        PairedImage(
            target.key,
            target.path,
            target.captions,
            target.class_id,
            input=EncodedImage(source.key, source.path),
            label_ids=labels.ids_of(categories[target.key]),
        )
        for source, target in zip(inputs, targets, strict=True)
    ]
    return PairedImages(items, "emoji", split, labels, mirrored_fits=False)
