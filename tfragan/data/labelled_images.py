"""Images with labels, as guidance by labels is trained on."""

import dataclasses
import numbers
import os

from tfragan.data.avatars import ATTRIBUTES
from tfragan.data.avatars import avatar_attributes
from tfragan.data.avatars import avatars
from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_opening
from tfragan.data.delimited_table import read_delimited
from tfragan.data.emoji import VENDORS
from tfragan.data.emoji import emoji
from tfragan.data.emoji import emoji_categories
from tfragan.data.image_inspection import upright_images
from tfragan.data.image_split import EncodedImage
from tfragan.data.image_split import ImageSplit
from tfragan.data.name_forms import matched_keys
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import keep_inside
from tfragan.data.source_files import relative_files
from tfragan.data.split_names import folder_named

_NAMES_SHOWN = 10
_MOST_SHOWN = 200

LABELS = "labels.csv"

# The attribute of sub-folders, which has no name of its own.
FOLDER_ATTRIBUTE = "label"

# The last two are what tables of captions call it.
_FILE_COLUMNS = ("file", "image", "file_name")
_NO_IMAGES = (".csv", ".tsv", ".json", ".jsonl", ".txt")


class LabelNames:
    """Attributes such as "color", each with the labels it can take.

    An image has one label of each attribute. The ids of all attributes are
    numbered through: with 3 labels the first has the ids 0 to 2, the second
    begins at 3.

    Args:
        attributes: Names of the attributes.
        names: For each attribute the names of its labels, in order.

    Raises:
        ValueError: No attribute, one without a label, a name twice, or not
            as many tuples of names as attributes.

    Example:

    >>> labels = LabelNames(["color", "size"], [["blue", "red"], ["big"]])
    >>> labels.num_labels, labels.ids_of(["red", "big"])
    (3, (1, 2))
    >>> labels.names_of([1, 2])
    ('red', 'big')
    """

    def __init__(self, attributes, names):
        self.attributes = tuple(attributes)
        self.names = tuple(tuple(group) for group in names)
        if not self.attributes or len(self.attributes) != len(self.names):
            raise ValueError(
                "`names` must hold the labels of each of `attributes`, at "
                f"least one. Received: attributes={self.attributes}, "
                f"names of {len(self.names)}"
            )
        _check_unique(self.attributes, "`attributes`")
        for attribute, group in zip(self.attributes, self.names, strict=True):
            _check_unique(group, f"The labels of {attribute!r}")

    def __eq__(self, other):
        if not isinstance(other, LabelNames):
            return NotImplemented
        return (self.attributes, self.names) == (other.attributes, other.names)

    def __hash__(self):
        return hash((self.attributes, self.names))

    def __repr__(self):
        counts = ", ".join(
            f"{attribute!r} with {len(group)}"
            for attribute, group in zip(
                self.attributes, self.names, strict=True
            )
        )
        return f"<LabelNames: {counts}>"

    def contents(self):
        """What there is in words, such as "9 labels of category"."""
        return ", ".join(
            f"{len(group):,} labels of {attribute}"
            for attribute, group in zip(
                self.attributes, self.names, strict=True
            )
        )

    @property
    def num_labels(self):
        """Number of labels of all attributes together."""
        return sum(map(len, self.names))

    @property
    def offsets(self):
        """The first id of each attribute, as a tuple."""
        counts = [len(group) for group in self.names]
        return tuple(sum(counts[:place]) for place in range(len(counts)))

    def ids_of(self, labels):
        """The ids of an image's labels.

        Args:
            labels: A label for each attribute, by name or by id: a list in
                the order of `attributes`, or a dict from attributes; a
                single name where there is one attribute.

        Returns:
            Tuple of ints, one for each attribute.

        Raises:
            ValueError: A label is missing, unknown, or of another attribute.
        """
        labels = self._in_order(labels)
        return tuple(
            self._id_of(place, label) for place, label in enumerate(labels)
        )

    def names_of(self, label_ids):
        """The names of an image's labels.

        Args:
            label_ids: The id of each attribute, in the order of
                `attributes`.

        Returns:
            Tuple of names.

        Raises:
            ValueError: An id is out of the range of its attribute, or not
                as many ids as attributes.
        """
        ids = self.ids_of([int(label_id) for label_id in label_ids])
        return tuple(
            group[label_id - offset]
            for label_id, offset, group in zip(
                ids, self.offsets, self.names, strict=True
            )
        )

    def _in_order(self, labels):
        if isinstance(labels, dict):
            if set(labels) == set(self.attributes):
                return [labels[attribute] for attribute in self.attributes]
            labels = tuple(labels)
        else:
            single = isinstance(labels, str | numbers.Integral)
            labels = [labels] if single else list(labels)
            if len(labels) == len(self.attributes):
                return labels
        raise ValueError(
            "One label is expected for each attribute, "
            f"{', '.join(self.attributes)}. Received: "
            f"{', '.join(map(str, labels)) or 'none'}"
        )

    def _id_of(self, place, label):
        attribute, group = self.attributes[place], self.names[place]
        offset = self.offsets[place]
        if isinstance(label, numbers.Integral):
            if not offset <= label < offset + len(group):
                raise ValueError(
                    f"The ids of {attribute!r} are {offset} to "
                    f"{offset + len(group) - 1}. Received: {label}"
                )
            return int(label)
        if label not in group:
            raise ValueError(
                f"The labels of {attribute!r} are {_shown(group)}. "
                f"Received: {label!r}"
            )
        return offset + group.index(label)


def _shown(group):
    more = len(group) - _NAMES_SHOWN
    shown = ", ".join(group[:_NAMES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _check_unique(names, what):
    if not names or len(set(names)) < len(names):
        raise ValueError(
            f"{what} have to be one or more different names. "
            f"Received: {', '.join(map(str, names)) or 'none'}"
        )


@dataclasses.dataclass
class LabelTable:
    """What is known of the labels of the images in one folder.

    Attributes:
        where: The csv or the folder that it was read from, for messages.
        attributes: Names of the attributes.
        labels: Dict from images, as paths within the folder, to the names
            of their labels, one for each attribute; "" where one is missing.
    """

    where: str
    attributes: tuple[str, ...]
    labels: dict[str, tuple]

    def known_labels(self):
        """The `LabelNames` of all labels here, sorted by name."""
        groups = []
        for place, attribute in enumerate(self.attributes):
            names = {labels[place] for labels in self.labels.values()} - {""}
            if not names:
                raise ValueError(
                    f"{self.where} has to give labels of {attribute!r}."
                )
            groups.append(sorted(names))
        return LabelNames(self.attributes, groups)

    def label_ids(self, labels, bad_items):
        """Dict from images to the ids of their labels; those without are bad.

        Attributes and labels have to be those of `labels`, a `LabelNames`.
        """
        if set(self.attributes) != set(labels.attributes):
            raise ValueError(
                f"{self.where} has to have the attributes of training, "
                f"{', '.join(labels.attributes)}. Received: "
                f"{', '.join(self.attributes)}"
            )
        ids = {}
        for file, names in self.labels.items():
            if not all(names):
                bad_items.skip("missing label", file)
                continue
            try:
                ids[file] = labels.ids_of(
                    dict(zip(self.attributes, names, strict=True))
                )
            except ValueError as error:
                raise ValueError(f"{self.where}, {file}: {error}") from error
        return ids


def image_files(folder):
    """What may be images in a folder: all files but tables and texts."""
    return [
        name
        for name in relative_files(folder, ("",))
        if not name.lower().endswith(_NO_IMAGES)
    ]


def has_label_table(folder):
    """Whether a folder holds a `labels.csv`."""
    return os.path.exists(os.path.join(folder, LABELS))


def read_label_table(folder):
    """The `LabelTable` of the `labels.csv` of a folder.

    Its first line is `file,<attribute>,<attribute>...`, and each other line
    gives the labels of one image. The column `file` may also be called
    `image` or `file_name`.
    """
    path = os.path.join(folder, LABELS)
    table = read_delimited(path, lambda name: name.lower() in _FILE_COLUMNS)
    columns = [
        name.lower() if name.lower() in _FILE_COLUMNS else name
        for name in table.columns
    ]
    file_column = next((name for name in _FILE_COLUMNS if name in columns), "")
    attributes = tuple(name for name in columns if name != file_column)
    named = all(columns) and len(set(columns)) == len(columns)
    if not file_column or not attributes or not named:
        raise ValueError(
            f"{path} has to begin with the names of its columns, "
            '"file" and one or more attributes. Received: '
            f"{','.join(columns)[:_MOST_SHOWN] or 'nothing'}"
        )
    for number, kind, _ in table.bad_rows:
        raise ValueError(
            f"{path}, line {number}, has to give a file and its labels "
            f"in {len(columns)} columns. Received: a {kind}"
        )
    labels = {}
    for number, cells in table.rows:
        fields = dict(zip(columns, cells, strict=True))
        if not fields[file_column]:
            raise ValueError(
                f"{path}, line {number}, has to give a file and its labels "
                f"in {len(columns)} columns."
            )
        file = os.path.normpath(fields[file_column].strip())
        file = file.replace(os.sep, "/")
        if file in labels:
            raise ValueError(f"{path}, line {number}, names {file} again.")
        labels[file] = tuple(
            (fields[attribute] or "").strip() for attribute in attributes
        )
    return LabelTable(path, attributes, labels)


def labels_of_folders(folder):
    """The sub-folder of each image as its label, a `LabelTable`.

    What lies deeper in a sub-folder belongs to it.
    """
    labels = {
        file: (file.rpartition("/")[0].partition("/")[0],)
        for file in image_files(folder)
    }
    if not any(any(names) for names in labels.values()):
        raise ValueError(
            f"{folder} has to hold a {LABELS}, or images in one sub-folder "
            "a label."
        )
    return LabelTable(folder, (FOLDER_ATTRIBUTE,), labels)


@dataclasses.dataclass(frozen=True)
class LabelledImage(EncodedImage):
    """One image with its labels.

    Attributes, beside those of `EncodedImage`:
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

    def contents(self):
        return f"{super().contents()}, {self.labels.contents()}"

    def identity(self):
        rows = [(item.key, item.label_ids) for item in self.items]
        return self.labels.attributes, self.labels.names, rows


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
            with their category and their vendor as attributes, `"avatars"`
            for the faces, with nine attributes such as hair, else the folder.
            `"./emoji"` is a folder.
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
    built_in = _BUILT_IN.get(os.fspath(name_or_folder))
    if built_in is not None:
        return built_in(split)
    folder = data_folder(name_or_folder, "labelled_images")
    table = _table(folder, split)
    training = table if split == "train" else _table(folder, "train")
    labels = training.known_labels()
    bad_items = BadItems()
    place = folder_named(folder, split)
    files = image_files(place)
    table.labels = matched_keys(table.labels, files, bad_items)
    for file in files:
        if file not in table.labels:
            bad_items.skip("image without labels", file)
    items = [
        LabelledImage(file, os.path.join(place, file), label_ids=ids)
        for file, ids in table.label_ids(labels, bad_items).items()
    ]
    items = keep_inside(items, place, bad_items)
    good, bad_images = upright_images(items, images == "decode")
    bad_items.add(bad_images)
    name = os.path.basename(folder)
    where = f"Data set {name!r}, split {split!r},"
    if not good:
        raise ValueError(f"{where} holds no usable image: {bad_items}.")
    bad_items.enforce(on_bad_item, where)
    return LabelledImages(good, labels, name, split, bad_items=bad_items)


def _table(folder, split):
    place = folder_named(folder, split)
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


def _avatars(split):
    labels = LabelNames(ATTRIBUTES, ATTRIBUTES.values())
    attributes = avatar_attributes(split)
    items = [
        LabelledImage(
            item.key, item.path, label_ids=labels.ids_of(attributes[item.key])
        )
        for item in avatars(split)
    ]
    return LabelledImages(items, labels, "avatars", split, mirrored_fits=False)


_BUILT_IN = {"avatars": _avatars, "emoji": _emoji}
