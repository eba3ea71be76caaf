"""Captions of a user's own folder: jsonl, csv, or a text file an image."""

import dataclasses
import os

from tfragan.data.source_files import caption_text
from tfragan.data.source_files import first_existing
from tfragan.data.source_files import read_csv
from tfragan.data.source_files import read_json_lines
from tfragan.data.source_files import read_lines
from tfragan.data.source_files import relative_files

IMAGE_EXTENSIONS = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp")
# `metadata.*` is what the imagefolder format of Hugging Face calls them.
TABLES = ("captions.jsonl", "captions.csv", "metadata.jsonl", "metadata.csv")

_IMAGE_FIELDS = ("image", "file_name")
_CAPTION_FIELDS = ("captions", "caption", "text")
_CLASS_FIELDS = ("class", "class_name", "class_id")
_BOX_FIELDS = ("box", "bbox")


@dataclasses.dataclass
class CaptionRow:
    """What a table says of one image.

    Attributes:
        image: Path relative to the table, with `/` between folders.
        captions: The captions, maybe blank.
        class_name: Name of the class, or `None`.
        split: Name of the split, or `None`.
        box: Bounding box `(x, y, width, height)` in whole pixels, or `None`.
    """

    image: str
    captions: list[str]
    class_name: str | None = None
    split: str | None = None
    box: tuple[int, int, int, int] | None = None


def find_table(folder):
    """The path of the captions table of a folder, or `None`."""
    return first_existing(folder, TABLES)


def has_caption_files(folder):
    """Whether any image of a folder has a text file of its own name."""
    images = relative_files(folder, IMAGE_EXTENSIONS)
    return any(os.path.exists(_text_path(folder, image)) for image in images)


def read_table(path):
    """The rows of `captions.jsonl` or `captions.csv`, one an image.

    Rows of the same image are joined, in the order of the file.

    Args:
        path: The table.

    Returns:
        List of `CaptionRow`.

    Raises:
        ValueError: The file is damaged or a row lacks the image.
    """
    read = read_json_lines if path.endswith(".jsonl") else _read_csv
    rows = {}
    for number, fields in read(path):
        row = _caption_row(fields, f"{path}, line {number},")
        first = rows.setdefault(row.image, row)
        if first is not row:
            first.captions.extend(row.captions)
    return list(rows.values())


def read_caption_files(folder):
    """Rows of the images of a folder, captions from `<image name>.txt`.

    Args:
        folder: Where the images are, in subfolders or not; a subfolder is a
            class.

    Returns:
        `(rows, orphans)`: list of `CaptionRow`, without captions where there
        is no text file, and the text files that belong to no image.
    """
    rows = []
    used = set()
    for image in relative_files(folder, IMAGE_EXTENSIONS):
        text = f"{os.path.splitext(image)[0]}.txt"
        captions = []
        if os.path.exists(_text_path(folder, image)):
            used.add(text)
            # A file of blank lines is an empty caption, not a missing file.
            captions = read_lines(_text_path(folder, image)) or [""]
        rows.append(CaptionRow(image, captions, os.path.dirname(image) or None))
    texts = relative_files(folder, (".txt",))
    return rows, [text for text in texts if text not in used]


def _text_path(folder, image):
    return os.path.join(folder, f"{os.path.splitext(image)[0]}.txt")


def _read_csv(path):
    rows = []
    for number, fields in read_csv(path)[1]:
        given = {
            name: value
            for name, value in fields.items()
            if name is not None and value not in (None, "")
        }
        # An empty cell of captions is an empty caption.
        for name in _CAPTION_FIELDS:
            if name in fields:
                given.setdefault(name, "")
        rows.append((number, given))
    return rows


def _caption_row(fields, where):
    image = _first(fields, _IMAGE_FIELDS)
    if not isinstance(image, str) or not image:
        raise ValueError(
            f'{where} has to name the image by "image" or "file_name". '
            f"Received: {', '.join(map(repr, fields)) or 'nothing'}"
        )
    class_name = _first(fields, _CLASS_FIELDS)
    split = fields.get("split")
    return CaptionRow(
        image=os.path.normpath(image).replace(os.sep, "/"),
        captions=_captions(_first(fields, _CAPTION_FIELDS), where),
        class_name=None if class_name is None else str(class_name),
        split=None if split is None else str(split),
        box=_box(_first(fields, _BOX_FIELDS), where),
    )


def _first(fields, names):
    return next(
        (fields[name] for name in names if fields.get(name) is not None), None
    )


def _captions(value, where):
    if value is None:
        return []
    captions = [value] if isinstance(value, str) else value
    if not isinstance(captions, list) or not all(
        isinstance(caption, str) for caption in captions
    ):
        raise ValueError(
            f"{where} has to give captions as a string or a list of strings. "
            f"Received: {value!r:.80}"
        )
    return [caption_text(caption) for caption in captions]


def _box(value, where):
    if value is None:
        return None
    numbers = value.split() if isinstance(value, str) else value
    try:
        x, y, width, height = (int(float(number)) for number in numbers)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{where} has to give the box as four numbers, x, y, width and "
            f"height. Received: {value!r:.80}"
        ) from error
    return x, y, width, height
