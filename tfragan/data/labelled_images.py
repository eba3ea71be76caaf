"""Images with labels, as guidance by labels is trained on."""

import dataclasses
import hashlib
import os

from tfragan.data.bad_items import BadItems
from tfragan.data.emoji import VENDORS
from tfragan.data.emoji import emoji
from tfragan.data.emoji import emoji_categories
from tfragan.data.encoded_image import EncodedImage
from tfragan.data.image_inspection import upright_images
from tfragan.data.image_split import ImageSplit
from tfragan.data.label_names import LabelNames
from tfragan.data.label_table import has_label_table
from tfragan.data.label_table import image_files
from tfragan.data.label_table import labels_of_folders
from tfragan.data.label_table import read_label_table
from tfragan.data.opening import check_opening
from tfragan.data.source_files import data_folder


@dataclasses.dataclass(frozen=True)
class LabelledImage(EncodedImage):
    """One image with its labels.

    Attributes:
        key: As for `EncodedImage`.
        path: As for `EncodedImage`.
        byte_range: As for `EncodedImage`.
        label_ids: The id of its label of each attribute, see `LabelNames`.
    """

    label_ids: tuple[int, ...]


class LabelledImages(ImageSplit):
    """A split of a data set of images with labels, in a fixed order.

    Args:
        items: `LabelledImage` entries.
        labels: The `LabelNames` of the data set.
        name: Name of the data set, such as `"flowers"`.
        split: Name of the split, such as `"train"`.
        mirrored_fits: Whether an image seen in a mirror still fits its
            labels, so that training may flip it.
        bad_items: What was left out on opening, a `BadItems` report or
            `None`.

    Raises:
        ValueError: No items.

    Example:

    >>> dataset = labelled_images("emoji", "test")
    >>> dataset
    <LabelledImages 'emoji', split 'test': 640 images, 'category' with 9, \
'vendor' with 2>
    >>> batch = next(iter(dataset.batches(4, image_sizes=(16, 32))))
    >>> batch["images"][1].shape, batch["label_ids"].shape
    (TensorShape([4, 32, 32, 3]), TensorShape([4, 2]))
    """

    item_kind = "image with labels"

    def __init__(
        self, items, labels, name, split, mirrored_fits=True, bad_items=None
    ):
        super().__init__(items, name, split, mirrored_fits, bad_items)
        self.labels = labels

    def __repr__(self):
        labels = repr(self.labels).removeprefix("<LabelNames: ")
        return (
            f"<LabelledImages {self.name!r}, split {self.split!r}: "
            f"{len(self)} images, {labels}"
        )

    @property
    def attributes(self):
        """Names of the attributes, as a tuple."""
        return self.labels.attributes

    @property
    def label_names(self):
        """For each attribute the names of its labels, as a tuple of tuples."""
        return self.labels.names

    @property
    def num_labels(self):
        """Number of labels of all attributes together."""
        return self.labels.num_labels

    @property
    def fingerprint(self):
        """SHA-256 over the names of images and their labels, as hex digits.

        It does not depend on where the data lies, so that a run can be
        resumed from a copy of the data in another folder.
        """
        rows = [(item.key, item.label_ids) for item in self.items]
        content = (self.attributes, self.label_names, rows)
        return hashlib.sha256(repr(content).encode()).hexdigest()

    def label_ids_of(self, labels):
        """The ids of labels, see `LabelNames.ids_of`."""
        return self.labels.ids_of(labels)

    def _make_batches(self, batch_size, *arguments, **options):
        from tfragan.data import labelled_batches

        return labelled_batches.labelled_batches(
            self, batch_size, *arguments, **options
        )


def labelled_images(
    name_or_folder, split="train", on_bad_item="skip", images="header"
):
    """Opens images with labels by name or from a folder.

    The folder holds `train/`, for testing also `test/`, each with either

    - `labels.csv`, whose first line is `file,<attribute>,<attribute>...`
      with one line an image, or
    - a sub-folder for each label; the only attribute is "label".

    The labels are those of `train/`, sorted by name.

    Args:
        name_or_folder: `"emoji"` for the emoji that come with the package,
            with their category and their vendor as attributes, else the
            folder. `"./emoji"` is a folder.
        split: `"train"` or `"test"`.
        on_bad_item: `"skip"` leaves out what is no sound image or has no
            label and logs which files these are, `"refuse"` raises.
        images: `"header"` looks at the beginning and the end of each file,
            `"decode"` decodes it.

    Returns:
        A `LabelledImages`.

    Raises:
        ValueError: No such folder, no or damaged labels, a label that
            training does not know, no usable image, or a bad item under
            `"refuse"`.
    """
    check_opening(split, on_bad_item, images)
    if os.fspath(name_or_folder) == "emoji":
        return _emoji(split)
    folder = data_folder(name_or_folder, "labelled_images")
    table = _table(folder, split)
    training = table if split == "train" else _table(folder, "train")
    labels = training.known_labels()
    bad_items = BadItems()
    place = os.path.join(folder, split)
    for file in image_files(place):
        if file not in table.labels:
            bad_items.skip("image without labels", file)
    items = [
        LabelledImage(file, os.path.join(place, file), label_ids=ids)
        for file, ids in table.label_ids(labels, bad_items).items()
    ]
    good, bad_images = upright_images(items, images == "decode")
    bad_items.add(bad_images)
    name = os.path.basename(folder)
    where = f"Data set {name!r}, split {split!r},"
    if not good:
        raise ValueError(f"{where} holds no usable image: {bad_items}.")
    bad_items.enforce(on_bad_item, where)
    return LabelledImages(good, labels, name, split, bad_items=bad_items)


def _table(folder, split):
    place = os.path.join(folder, split)
    if not os.path.isdir(place):
        raise ValueError(f"{folder} has to hold the folder {split}.")
    if has_label_table(place):
        return read_label_table(place)
    return labels_of_folders(place)


def _emoji(split):
    attributes = ("category", "vendor")
    categories = sorted(set(emoji_categories("train").values()))
    labels = LabelNames(attributes, (categories, VENDORS))
    category_of = emoji_categories(split)
    items = [
        LabelledImage(
            f"{vendor}/{item.key}",
            item.path,
            label_ids=labels.ids_of((category_of[item.key], vendor)),
        )
        for vendor in VENDORS
        for item in emoji(split, vendor)
    ]
    return LabelledImages(items, labels, "emoji", split, mirrored_fits=False)
