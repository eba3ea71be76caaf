"""Tables of captions: JSON lines, and cells with or without a header."""

import dataclasses
import os
import re

from tfragan.data.delimited_table import NOT_UTF8
from tfragan.data.delimited_table import describe_bad_row
from tfragan.data.delimited_table import read_delimited
from tfragan.data.flickr_splits import PLACES
from tfragan.data.source_files import UnreadableTextError
from tfragan.data.source_files import caption_text
from tfragan.data.source_files import first_file
from tfragan.data.source_files import has_image_name
from tfragan.data.source_files import read_json_lines
from tfragan.data.source_files import read_lines
from tfragan.shown import shown
from tfragan.shown import shown_names

# `metadata.*` is what the imagefolder format of Hugging Face calls them.
TABLES = (
    "captions.jsonl",
    "captions.csv",
    "metadata.jsonl",
    "metadata.csv",
    "captions.tsv",
    "metadata.tsv",
)

# What Flickr8k and Flickr30k come with. `captions.txt` may also be the text of
# an image, so that these have to look like tables.
_FLICKR_TABLES = (
    "captions.txt",
    "results.csv",
    "Flickr8k.token.txt",
    "results_20130124.token",
)
# Number of the caption, after the name of the image.
_CAPTION_NUMBER = re.compile(r"(\.\w+)#\d+$")

_MOST_SHOWN = 200

# In this order: the first that a row has counts.
_IMAGE_FIELDS = ("image", "file_name", "filename", "image_name", "file")
_CAPTION_FIELDS = ("captions", "caption", "text", "comment")
_CLASS_FIELDS = ("class", "class_name", "class_id")
_BOX_FIELDS = ("box", "bbox")
_FIELDS = (
    *_IMAGE_FIELDS,
    *_CAPTION_FIELDS,
    *_CLASS_FIELDS,
    *_BOX_FIELDS,
    "split",
)


@dataclasses.dataclass
class CaptionRow:
    """What a table says of one image.

    Attributes:
        image: Path relative to the table, with `/` between folders.
        captions: The captions, maybe blank.
        class_name: Name of the class, or `None`.
        split: Name of the split, or `None`.
        box: Bounding box `(x, y, width, height)` in whole pixels, or `None`.
        class_folder: The folder that may be its class, or `None`.
    """

    image: str
    captions: list[str]
    class_name: str | None = None
    split: str | None = None
    box: tuple[int, int, int, int] | None = None
    class_folder: str | None = None


@dataclasses.dataclass
class CaptionTable:
    """The rows of a table of captions.

    Attributes:
        rows: List of `CaptionRow`, one an image.
        bad_rows: List of `(kind, row in words, image or None)` of rows that
            cannot be read.
        notes: How the table was understood, as sentences.
    """

    rows: list
    bad_rows: list
    notes: list

    def report(self, bad_items, prefix=""):
        """Adds what there is to say of the table to a `BadItems`."""
        for sentence in self.notes:
            bad_items.note(f"{prefix}{sentence}")
        for kind, row, image in self.bad_rows:
            named = f"{prefix}{row}"
            bad_items.skip(kind, f"{named} ({image})" if image else named)


def find_table(folder):
    """The path of the captions table of a folder, or `None`."""
    path = first_file(folder, TABLES)
    if path is not None:
        return path
    names = [
        os.path.join(place, name) for name in _FLICKR_TABLES for place in PLACES
    ]
    path = first_file(folder, names)
    return path if path is not None and _looks_like_table(path) else None


def _looks_like_table(path):
    try:
        first = next(iter(read_lines(path)), "")
    except UnreadableTextError:
        return False
    starts = (first.split(delimiter, 1) for delimiter in ",|\t")
    return any(
        len(cells) == 2
        and (
            cells[0].strip().lower() in _IMAGE_FIELDS
            or has_image_name(_CAPTION_NUMBER.sub(r"\1", cells[0]))
        )
        for cells in starts
    )


def read_table(path):
    """The `CaptionTable` of a file such as `captions.jsonl` or `captions.csv`.

    Rows of the same image are joined, in the order of the file.
    """
    if path.endswith(".jsonl"):
        found, table = _json_rows(path)
    else:
        found, table = _cell_rows(path)
    rows = {}
    for number, fields in found:
        row = _caption_row(fields, f"{path}, line {number},")
        first = rows.setdefault(row.image, row)
        if first is not row:
            first.captions.extend(row.captions)
    table.rows = list(rows.values())
    return table


def _json_rows(path):
    bad_rows = []
    found = read_json_lines(path, bad_rows)
    named = [
        (NOT_UTF8, describe_bad_row(path, number), None) for number in bad_rows
    ]
    return found, CaptionTable([], named, [])


def _cell_rows(path):
    """`(line number, fields)` of each row, and the table without rows."""
    cells = read_delimited(
        path,
        lambda name: name.lower() in _FIELDS,
        lambda name: name.lower() in _CAPTION_FIELDS,
        _columns_of_images,
    )
    # Of columns of one name the first counts, but all captions are read.
    names = [name.lower() for name in cells.columns]
    _check_columns(path, cells, names)
    image = _first_name(names, _IMAGE_FIELDS)
    numbered = cells.headless
    captions = _first_name(names, _CAPTION_FIELDS)
    places = {name: names.index(name) for name in names if name in _FIELDS}
    caption_places = [i for i, name in enumerate(names) if name == captions]

    def fields_of(row):
        fields = {
            name: row[place]
            for name, place in places.items()
            if row[place] not in (None, "")
        }
        texts = [row[place] for place in caption_places if row[place]]
        if numbered and image in fields:
            fields[image] = _CAPTION_NUMBER.sub(r"\1", fields[image].strip())
        # An empty cell of captions is an empty caption.
        fields[captions] = texts or [""]
        return fields

    bad_rows = []
    for number, kind, values in cells.bad_rows:
        place = places[image]
        name = values[place] if place < len(values) else None
        bad_rows.append((kind, describe_bad_row(path, number), name))
    found = [(number, fields_of(row)) for number, row in cells.rows]
    return found, CaptionTable([], bad_rows, [_understood(path, cells, places)])


def _columns_of_images(cells):
    """The columns of a table without header: an image, then its caption."""
    first = _CAPTION_NUMBER.sub(r"\1", cells[0]) if cells else ""
    if len(cells) > 1 and has_image_name(first):
        return ["image", "caption"]
    return None


def _first_name(names, fields):
    return next((name for name in fields if name in names), None)


def _check_columns(path, cells, names):
    for what, fields in (
        ("the image", _IMAGE_FIELDS[:2]),
        ("the caption", _CAPTION_FIELDS[1:]),
    ):
        known = _IMAGE_FIELDS if what == "the image" else _CAPTION_FIELDS
        if _first_name(names, known) is None:
            raise ValueError(
                f"{path} has to name {what} by a column "
                f'"{fields[0]}" or "{fields[1]}" in its first line. Received: '
                f"{shown_names(cells.columns) or 'nothing'}"
            )


def _understood(path, cells, places):
    others = [name for name in cells.columns if name.lower() not in places]
    unread = f", without {', '.join(others)[:_MOST_SHOWN]}" if others else ""
    head = ", without a header" if cells.headless else ""
    return (
        f"{os.path.basename(path)}: cells parted by {cells.separator}{head}, "
        f"read as {', '.join(places)}{unread}."
    )


def _caption_row(fields, where):
    image = _first(fields, _IMAGE_FIELDS)
    if not isinstance(image, str) or not image:
        raise ValueError(
            f'{where} has to name the image by "image" or "file_name". '
            f"Received: {shown_names(fields) or 'nothing'}"
        )
    class_name = _first(fields, _CLASS_FIELDS)
    split = fields.get("split")
    return CaptionRow(
        image=os.path.normpath(image.strip()).replace(os.sep, "/"),
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
            f"Received: {shown(value)}"
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
            f"height. Received: {shown(value)}"
        ) from error
    return x, y, width, height
