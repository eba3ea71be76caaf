"""Pairs of images, an input and its target, for supervised translation."""

import dataclasses
import os

from tfragan.choice import check_choice
from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_opening
from tfragan.data.caption_table import find_table
from tfragan.data.caption_table import read_table
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import inspect_items
from tfragan.data.emoji import emoji
from tfragan.data.emoji import emoji_categories
from tfragan.data.image_folder import has_caption_files
from tfragan.data.image_folder import read_caption_files
from tfragan.data.image_inspection import header_of
from tfragan.data.image_inspection import keep_usable
from tfragan.data.image_inspection import upright_images
from tfragan.data.image_split import EncodedImage
from tfragan.data.image_split import ImageSplit
from tfragan.data.labelled_images import LabelNames
from tfragan.data.labelled_images import has_label_table
from tfragan.data.labelled_images import image_files
from tfragan.data.labelled_images import read_label_table
from tfragan.data.name_forms import matched_keys
from tfragan.data.source_files import data_folder
from tfragan.data.split_names import folder_named

DIRECTIONS = ("ab", "ba")


class PairFolder:
    """A split of a folder of pairs.

    It holds `<split>A` and `<split>B`, or `<split>` with both images of a pair
    side by side. In direction `"ab"` A, or the left, is the input.
    """

    def __init__(self, folder, split, direction):
        def exists(place):
            return os.path.isdir(folder_named(folder, place))

        self._folder = folder
        two = [f"{split}{letter}" for letter in direction.upper()]
        self.side_by_side = exists(split) and not any(map(exists, two))
        # The input is first, the target last.
        self.places = [split] if self.side_by_side else two
        if not all(map(exists, self.places)):
            raise ValueError(
                f"{folder} has to hold the folders {split}A and {split}B, or "
                f"{split} with both images of a pair side by side."
            )

    def names(self):
        """The names, without extension, of all images in either place."""
        return {
            _name(file) for path in self._paths() for file in image_files(path)
        }

    def target_names(self):
        """The names, without extension, of the targets."""
        return list(map(_name, image_files(self._paths()[0])))

    def pairs(self, decode, bad_items):
        """The usable pairs of input and target, by the target's stem."""
        found = [self._by_name(place, bad_items) for place in self.places]
        if not self.side_by_side:
            found[0] = matched_keys(
                found[0], list(found[-1]), bad_items, f"{self.places[0]}/"
            )
        inputs, targets = found[0], found[-1]
        for place, images in zip(self.places, found, strict=True):
            for name, image in images.items():
                if name not in inputs or name not in targets:
                    bad_items.skip(
                        "image without its pair", f"{place}/{image.key}"
                    )
        matched = [name for name in targets if name in inputs]
        usable = []
        for place, images in zip(self.places, found, strict=True):
            chosen = [images[name] for name in matched]
            good, bad_images = upright_images(chosen, decode)
            bad_items.add(bad_images, f"{place}/")
            names = {image.key: name for name, image in images.items()}
            usable.append({names[image.key]: image for image in good})
        pairs = [
            _Pair(target.key, usable[0][name], target)
            for name, target in usable[-1].items()
            if name in usable[0]
        ]
        examine = _examine_halves if self.side_by_side else _examine_sizes
        return {
            _name(pair.key): (pair.input, pair.target)
            for pair in keep_usable(pairs, examine, bad_items)
        }

    def captions(self, bad_items):
        """Captions beside the targets, else beside the inputs.

        A dict from names without extension to tuples, or `None` where there are
        none.
        """
        for path in self._paths():
            table = find_table(path)
            if table is not None:
                read = read_table(table)
                read.report(bad_items)
                rows = read.rows
            elif has_caption_files(path):
                rows, _ = read_caption_files(path, bad_items)
            else:
                continue
            return {_name(row.image): tuple(row.captions) for row in rows}
        return None

    def label_table(self):
        """The `LabelTable` beside the targets, else inputs, or `None`.

        Its images are names without extension.
        """
        for path in self._paths():
            if has_label_table(path):
                table = read_label_table(path)
                labels = {
                    _name(file): names for file, names in table.labels.items()
                }
                return dataclasses.replace(table, labels=labels)
        return None

    def _paths(self):
        return [
            folder_named(self._folder, place) for place in self.places[::-1]
        ]

    def _by_name(self, place, bad_items):
        path = folder_named(self._folder, place)
        images = {}
        for file in image_files(path):
            image = EncodedImage(file, os.path.join(path, file))
            if images.setdefault(_name(file), image) is not image:
                bad_items.skip("second image of one name", f"{place}/{file}")
        return images


@dataclasses.dataclass(frozen=True)
class _Pair:
    key: str
    input: EncodedImage
    target: EncodedImage


def _name(file):
    return os.path.splitext(file)[0]


def _examine_halves(pair):
    width, _ = header_of(pair.target).size
    odd = "side-by-side image of odd width"
    return pair, odd if width % 2 else None, None


def _examine_sizes(pair):
    width, height = header_of(pair.input).size
    target_width, target_height = header_of(pair.target).size
    # One is the other, scaled and rounded: up to a pixel of difference.
    difference = abs(width * target_height - height * target_width)
    tolerance = max(width, height, target_width, target_height)
    error = "pair of different proportions"
    return pair, error if difference > tolerance else None, None


@dataclasses.dataclass(frozen=True)
class PairedImage(CaptionedImage):
    """A target with its input, maybe captions, and maybe labels.

    Attributes, beside those of `CaptionedImage`:
        path: File of the target, or of both images side by side.
        captions: Captions of the target, or none.
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
    sample_kind = "pairs"
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

    def contents(self):
        parts = [f"{len(self):,} pairs"]
        if self.has_captions:
            parts.append(f"{len(self.captions()):,} captions")
        if self.labels is not None:
            parts.append(self.labels.contents())
        return ", ".join(parts)

    @property
    def has_captions(self):
        """Whether the targets have captions."""
        return bool(self.items[0].captions)

    @property
    def inputs(self):
        """The input of each pair, `EncodedImage` entries."""
        return [item.input for item in self.items]

    def identity(self):
        rows = [
            (item.key, item.input.key, item.captions, item.label_ids)
            for item in self.items
        ]
        labels = self.labels and (self.labels.attributes, self.labels.names)
        return self.target_half, labels, rows

    def captions(self):
        """All captions, pair after pair, as a list of `str`."""
        return [caption for item in self.items for caption in item.captions]


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
    check_choice("direction", direction, DIRECTIONS)
    if os.fspath(name_or_folder) == "emoji":
        return _emoji(split, direction)
    folder = data_folder(name_or_folder, "paired_images")
    source = PairFolder(folder, split, direction)
    bad_items = BadItems()
    pairs = source.pairs(images == "decode", bad_items)
    captions = source.captions(bad_items)
    labels, label_ids = _labels(source, folder, split, direction, bad_items)
    targets = source.target_names()
    if captions is not None:
        captions = matched_keys(captions, targets, bad_items)
    if label_ids is not None:
        label_ids = matched_keys(label_ids, targets, bad_items)
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
