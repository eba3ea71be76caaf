"""Reading the small files of a data set with errors that name them."""

import csv
import json
import os


def data_folder(folder, what):
    """The absolute path of an existing folder.

    Args:
        folder: Path as given by the user.
        what: What the folder should be, for the message.

    Returns:
        The absolute path as `str`.

    Raises:
        ValueError: There is no such folder.
    """
    path = os.path.abspath(os.path.expanduser(os.fspath(folder)))
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


def read_text(path):
    """A text file as `str`; bytes that are not UTF-8 become U+FFFD."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        return file.read()


def read_lines(path):
    """The lines of a text file that are not blank, stripped."""
    # Not `splitlines`: a caption may hold U+2028 and the like.
    lines = (line.strip() for line in read_text(path).split("\n"))
    return [line for line in lines if line]


def caption_text(text):
    """A caption on one line, without the halves of surrogate pairs.

    JSON can spell such halves; no UTF-8 text, and so no tensor, holds them.
    """
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return " ".join(text.split())


def read_json(path):
    """A JSON file.

    Raises:
        ValueError: The file is not JSON.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}.") from error


def read_json_lines(path):
    """The objects of a file with one JSON object a line, as dicts.

    Returns:
        List of `(line number, dict)`, the first line being 1.

    Raises:
        ValueError: A line is not a JSON object.
    """
    rows = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{path}, line {number}, is not JSON: {error}."
            ) from error
        if not isinstance(row, dict):
            raise ValueError(
                f"{path}, line {number}, has to be a JSON object. Received: "
                f"{line.strip()[:60]}"
            )
        rows.append((number, row))
    return rows


def read_csv(path):
    """The rows of a CSV file whose first line names the columns.

    Args:
        path: The file.

    Returns:
        `(columns, rows)`: the names of the columns, and a list of `(line
        number, dict)`. A row that ends early holds `None` for what it lacks,
        and cells beyond the last column as a list under `None`.

    Raises:
        ValueError: The file is not CSV.
    """
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            reader.fieldnames = [
                name.strip() for name in reader.fieldnames or ()
            ]
            rows = [(reader.line_num, fields) for fields in reader]
        except csv.Error as error:
            raise ValueError(
                f"{path}, line {reader.line_num}, is not CSV: {error}."
            ) from error
    return reader.fieldnames, rows


def relative_files(folder, extensions):
    """Files below `folder` by extension, sorted, with `/` between folders.

    Args:
        folder: Where to look; hidden files and folders are passed over.
        extensions: Tuple of lower-case endings such as `(".jpg", ".png")`.

    Returns:
        List of paths relative to `folder`.
    """
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        prefix = os.path.relpath(parent, folder).replace(os.sep, "/")
        for name in files:
            if name.startswith(".") or not name.lower().endswith(extensions):
                continue
            found.append(name if prefix == "." else f"{prefix}/{name}")
    return sorted(found)
