"""Reading the small files of a data set with errors that name them."""

import codecs
import os
import re

from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.regular_file import read_regular

# What the names of pictures end in; other files beside them are none.
IMAGE_EXTENSIONS = (
    ".jpg",
    ".jpeg",
    ".jfif",
    ".png",
    ".gif",
    ".bmp",
    ".webp",
    ".tif",
    ".tiff",
    ".avif",
)


def has_image_name(name):
    """Whether a file is named like a picture."""
    return name.lower().endswith(IMAGE_EXTENSIONS)


def data_folder(folder, what):
    """The absolute path of a folder; `what` says what it should be."""
    path = os.path.abspath(local_path(folder))
    if not os.path.isdir(path):
        raise ValueError(f"{what} expects a folder. There is none at {path}.")
    return path


def first_existing(folder, names):
    """The path of the first of `names` that exists in `folder`, or `None`."""
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    return None


def first_file(folder, names):
    """As `first_existing`, passing over folders and what has no end."""
    paths = (os.path.join(folder, name) for name in names)
    return next(filter(os.path.isfile, paths), None)


NO_TEXT_FILE = "captions that are no file of text"
OUTSIDE = "image outside of the data folder"


def keep_inside(items, folder, bad_items):
    """The items whose file is in a folder; others are reported.

    A list that comes with data may name any file of the machine.
    """
    inside = []
    for item in items:
        if is_inside(item.path, folder):
            inside.append(item)
        else:
            bad_items.skip(OUTSIDE, item.key)
    return inside


def is_inside(path, folder):
    """Whether a path leads into a folder, an absolute path, through no `..`.

    Links may lead anywhere: they are the user's own.
    """
    return os.path.normpath(path).startswith(os.path.join(folder, ""))


class UnreadableTextError(ValueError):
    """A file that should be text and is not."""


# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What Python makes of bytes that are kept though they are no text.
_KEPT_BYTES = re.compile("[\udc80-\udcff]")


def read_text(path, keep_bytes=False):
    """A text file as `str`, with `\\n` at the end of lines.

    It is UTF-8, or what its byte order mark says. With `keep_bytes` others are
    kept as halves of surrogate pairs, see `is_decoded`, so that the reader can
    tell which part is damaged.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise UnreadableTextError(f"{path}: expected a file of text.")
    data = read_regular(path)
    mark, encoding = next(
        (row for row in _MARKS if data.startswith(row[0])), (b"", "utf-8")
    )
    keep_bytes = keep_bytes and encoding == "utf-8"
    try:
        text = data[len(mark) :].decode(
            encoding, "surrogateescape" if keep_bytes else "strict"
        )
    except UnicodeDecodeError as error:
        start = len(mark) + error.start
        line = data.count(b"\n", 0, start) + 1
        raise UnreadableTextError(
            f"{path}, line {line}: expected {encoding.upper()}, received a "
            f"byte that is none at offset {start}."
        ) from error
    if "\0" in text:
        raise UnreadableTextError(
            f"{path}: expected text in UTF-8, or in UTF-16 with a byte order "
            "mark, received NUL characters."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_decoded(text):
    """Whether all of a text was UTF-8 when `read_text` kept its bytes."""
    return text.isascii() or _KEPT_BYTES.search(text) is None


def read_lines(path):
    """The lines of a text file that are not blank, stripped."""
    # Not `splitlines`: a caption may hold U+2028 and the like.
    lines = (line.strip() for line in read_text(path).split("\n"))
    return [line for line in lines if line]


def read_captions(path, name, bad_items):
    """The captions in a text file, one a line.

    They are `[""]` for a file of blank lines, which is an empty caption and no
    missing file; or `None` for what is no text, which is reported under `name`.
    """
    try:
        return read_lines(path) or [""]
    except UnreadableTextError:
        is_file = os.path.isfile(path)
        kind = "captions that are not UTF-8" if is_file else NO_TEXT_FILE
        bad_items.skip(kind, name)
        return None


def caption_text(text):
    """A caption on one line, without the halves of surrogate pairs.

    JSON can spell such halves; no UTF-8 text, and so no tensor, holds them.
    """
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return " ".join(text.split())


def read_json(path, keep_bytes=False):
    """A JSON file; `keep_bytes` is as for `read_text`."""
    return _parsed(read_text(path, keep_bytes), path)


def read_json_lines(path, bad_rows=None):
    """List of (line number from 1, object) of a file of JSON objects.

    The numbers of lines that are not UTF-8 go to `bad_rows`; without they are
    refused.
    """
    rows = []
    text = read_text(path, keep_bytes=bad_rows is not None)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if bad_rows is not None and not is_decoded(line):
            bad_rows.append(number)
            continue
        row = _parsed(line, f"{path}, line {number},")
        if not isinstance(row, dict):
            raise ValueError(
                f"{path}, line {number}, has to be a JSON object. Received: "
                f"{line.strip()[:60]}"
            )
        rows.append((number, row))
    return rows


def _parsed(text, where):
    try:
        return parse_json(text)
    except ValueError as error:
        raise ValueError(f"{where} is not JSON: {error}.") from error


def relative_files(folder, extensions):
    """Files below `folder` by extension, sorted, with `/` between folders.

    Folders that are links are followed, but no folder is walked twice. Hidden
    files and folders are passed over, and so is what is neither a file nor a
    link, such as a pipe. Extensions are in lower case.
    """
    found, links, walked = [], [], set()
    _walk(os.fspath(folder), "", extensions, found, links, walked)
    # Last, so that what lies in the folder itself keeps its names.
    while links:
        path, prefix = links.pop(0)
        target = os.path.realpath(path)
        if target not in walked and not _is_within(folder, target):
            _walk(path, prefix, extensions, found, links, walked)
    return sorted(found)


def _walk(top, prefix, extensions, found, links, walked):
    """Collects the files of a folder, and the links to folders in it."""
    folders = [(top, prefix)]
    while folders:
        parent, prefix = folders.pop()
        real = os.path.realpath(parent)
        if real in walked:
            continue
        walked.add(real)
        try:
            entries = sorted(os.scandir(parent), key=lambda entry: entry.name)
        except OSError:
            # As `os.walk`: a folder that may not be read.
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = f"{prefix}{entry.name}"
            link = entry.is_symlink()
            # Of links, as `DirEntry` raises where they lead in a circle.
            if os.path.isdir(entry.path) if link else entry.is_dir():
                (links if link else folders).append((entry.path, f"{name}/"))
                continue
            # A link that leads nowhere is a missing file.
            is_file = link or entry.is_file()
            if is_file and entry.name.lower().endswith(extensions):
                found.append(name)


def _is_within(folder, other):
    """Whether a folder lies in another, which would be a loop."""
    folder = os.path.realpath(folder)
    return os.path.commonpath([folder, other]) == other
