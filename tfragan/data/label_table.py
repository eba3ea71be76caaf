"""Labels of a folder of images: a csv beside them, or their sub-folders."""

import dataclasses
import os

from tfragan.data.label_names import LabelNames
from tfragan.data.source_files import read_csv
from tfragan.data.source_files import relative_files

LABELS = "labels.csv"
# The attribute of sub-folders, which has no name of its own.
FOLDER_ATTRIBUTE = "label"

# The last two are what tables of captions call it.
_FILE_COLUMNS = ("file", "image", "file_name")
_NO_IMAGES = (".csv", ".json", ".jsonl", ".txt")


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
        """The `LabelNames` of all labels here, sorted by name.

        Raises:
            ValueError: An attribute has no label.
        """
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
        """The label ids of all images that have labels.

        Args:
            labels: The `LabelNames` to number them by.
            bad_items: `BadItems` report for the images without.

        Returns:
            Dict from images to tuples of ids.

        Raises:
            ValueError: The attributes are others, or an image has a label
                that is not among `labels`.
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
    """Reads the `labels.csv` of a folder.

    Its first line is `file,<attribute>,<attribute>...`, and each other line
    gives the labels of one image. The column `file` may also be called
    `image` or `file_name`.

    Args:
        folder: Where the table is.

    Returns:
        A `LabelTable`.

    Raises:
        ValueError: The file is no CSV, lacks a column, or names an image
            twice.
    """
    path = os.path.join(folder, LABELS)
    columns, rows = read_csv(path)
    file_column = next((name for name in _FILE_COLUMNS if name in columns), "")
    attributes = tuple(name for name in columns if name != file_column)
    named = all(columns) and len(set(columns)) == len(columns)
    if not file_column or not attributes or not named:
        raise ValueError(
            f"{path} has to begin with the names of its columns, "
            '"file" and one or more attributes. Received: '
            f"{','.join(columns) or 'nothing'}"
        )
    labels = {}
    for number, fields in rows:
        if None in fields or not fields[file_column]:
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
    """The sub-folder of each image as its label.

    Args:
        folder: Folder of sub-folders; what lies deeper in one belongs to it.

    Returns:
        A `LabelTable` of the attribute "label".

    Raises:
        ValueError: No image lies in a sub-folder.
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
