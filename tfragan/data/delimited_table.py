"""Tables of cells as people write them: commas, semicolons, tabs, bars."""

import csv
import dataclasses
import os
import re

from tfragan.data.source_files import is_decoded
from tfragan.data.source_files import read_text

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

# Lines of one quoted cell, beyond which its quote counts as never closed.
_MOST_LINES = 50

# Excel's way to say what separates cells.
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.I)

MANY_CELLS = "row with more cells than columns"
OPEN_QUOTE = "row with a quote that is not closed"
NOT_UTF8 = "row that is not UTF-8"


@dataclasses.dataclass
class DelimitedTable:
    """The cells of a table.

    Attributes:
        path: The file.
        columns: Names of the columns.
        rows: List of `(line number, cells)`, one cell a column, `None` where
            the row ends early.
        bad_rows: List of `(line number, kind, cells)` of rows that cannot be
            read; the cells are those that are known, maybe none.
        separator: What separates cells, such as `"commas"`.
        headless: Whether the columns were assumed, the first line being a
            row already.
    """

    path: str
    columns: list[str]
    rows: list
    bad_rows: list
    separator: str
    headless: bool = False


def read_delimited(path, known_columns, text_column=None, assumed=None):
    """Reads a table whose first line names the columns, as a `DelimitedTable`.

    Cells are separated by what parts the first line into most of the known
    columns. A blank may stand before a quoted cell, and a quote within a cell
    is one. Where the last column is text, surplus cells belong to it, being
    text with the separator in it.

    Args:
        path: The file.
        known_columns: Function from the name of a column to whether it is
            known.
        text_column: Function from the name of a column to whether it holds
            text, or `None`.
        assumed: Function from the cells of a first line without known columns
            to names of columns, or to `None` where it is no row either.
    """
    lines = read_text(path, keep_bytes=True).split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    said = _SEPARATOR_LINE.fullmatch(lines[start])
    choices = [said[1]] if said else list(_DELIMITERS)
    start += bool(said)
    header = lines[start] if start < len(lines) else ""
    delimiter, columns = _columns(header, choices, known_columns)
    headless = False
    if assumed is not None and not any(map(known_columns, columns)):
        for choice in choices:
            found = assumed(_stripped(_split(header, choice)))
            if found is not None:
                delimiter, columns, headless = choice, found, True
                break
    table = DelimitedTable(
        path,
        columns,
        [],
        [],
        _DELIMITERS.get(delimiter, repr(delimiter)),
        headless,
    )
    joined = bool(columns and text_column and text_column(columns[-1]))
    first = start + (not headless)
    for number, cells, error in _records(lines, first, delimiter):
        if error is None:
            values, error = _fitted(cells, len(columns), joined)
        if error is None:
            table.rows.append((number, values))
        else:
            table.bad_rows.append((number, error, cells.values))
    return table


def describe_bad_row(path, number):
    """A row in words, such as "captions.csv, line 3"."""
    return f"{os.path.basename(path)}, line {number}"


def _columns(header, choices, known_columns):
    def known(delimiter):
        return sum(map(known_columns, _stripped(_split(header, delimiter))))

    delimiter = max(choices, key=known)
    return delimiter, _stripped(_split(header, delimiter))


def _stripped(cells):
    return [cell.strip() for cell in cells] if any(cells) else []


@dataclasses.dataclass
class _Cells:
    """Cells of a row, and whether surplus ones may be text."""

    values: list[str]
    line: str
    delimiter: str
    quoted: bool


def _records(lines, start, delimiter):
    """Yields line number, `_Cells` and error of each row that is not blank."""
    quoted = re.compile(rf'(^|{re.escape(delimiter)})\s*"')
    while start < len(lines):
        number, line = start + 1, lines[start]
        if not line.strip():
            start += 1
            continue
        cells, start, error = _record(lines, start, delimiter, quoted)
        if error is None and not is_decoded("".join(cells.values)):
            error = NOT_UTF8
        yield number, cells, error


def _record(lines, start, delimiter, quoted):
    """The cells of the row that begins in a line, and where the next does."""
    if '"' not in lines[start]:
        values = lines[start].split(delimiter)
        cells = _Cells(values, lines[start], delimiter, False)
        return cells, start + 1, None
    end = start + 1
    while True:
        try:
            values = _parsed(lines[start:end], delimiter)
        except csv.Error as error:
            if "unexpected end" not in str(error):
                break
            if end in (len(lines), start + _MOST_LINES):
                break
            end += 1
        else:
            starts = quoted.search(lines[start]) is not None
            cells = _Cells(values, lines[start], delimiter, starts)
            return cells, end, None
    values = _split(lines[start], delimiter)
    literal = _Cells(values, lines[start], delimiter, False)
    # A quote that closes before the end of its cell is part of the text; so
    # are all of tables with tabs, whose writers often quote nothing.
    is_text = end == start + 1 and not _opens(lines[start], delimiter)
    known = is_text or delimiter == "\t"
    return literal, start + 1, None if known else OPEN_QUOTE


def _opens(line, delimiter):
    """Whether a line ends within a quoted cell."""
    try:
        _parsed([line], delimiter)
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _parsed(lines, delimiter):
    reader = csv.reader(
        [f"{line}\n" for line in lines],
        delimiter=delimiter,
        skipinitialspace=True,
        strict=True,
    )
    return next(reader)


def _split(line, delimiter):
    """The cells of a line as they stand, without quotes around them."""
    return [_unquoted(cell.strip()) for cell in line.split(delimiter)]


def _unquoted(cell):
    inside = cell[1:-1]
    wrapped = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return inside if wrapped and '"' not in inside else cell


def _fitted(cells, width, joined):
    """One cell a column, or what is wrong."""
    values = cells.values
    while len(values) > width and not values[-1].strip():
        values = values[:-1]
    if len(values) > width:
        if not joined or cells.quoted:
            return values, MANY_CELLS
        rest = cells.line.split(cells.delimiter, width - 1)[-1]
        values = [*values[: width - 1], rest.strip()]
    return values + [None] * (width - len(values)), None
