"""Rows of measurements as text."""

import math

_MIB = 2**20


def number(value, digits=0):
    """A number with commas; nothing for None."""
    return "" if value is None else f"{value:,.{digits}f}"


def _rate(value):
    """With three digits that count, or with all before the point."""
    if not value:
        return ""
    return number(value, max(0, 2 - math.floor(math.log10(value))))


def _published(row, key, digits):
    return number((row["published"] or {}).get(key), digits)


# Header of a column and what stands in it.
_TRAINING = (
    ("training", lambda row: row["text"]),
    ("pixels", lambda row: str(row["size"])),
    ("batch", lambda row: str(row["batch"])),
    ("images/s", lambda row: _rate(row["images_per_second"])),
    ("ms", lambda row: number(row["milliseconds"])),
    ("CPU ms", lambda row: number(row["cpu_milliseconds"])),
    ("off oneDNN", lambda row: str(sum(row["off_onednn"].values()))),
    ("peak MiB", lambda row: number(row["peak_memory"] / _MIB)),
    ("GFLOP", lambda row: number(row["published_gflop"], 1)),
    ("fraction", lambda row: number(row["published_fraction"], 2)),
    ("by CPU time", lambda row: number(row["cpu_published_fraction"], 2)),
    ("GFLOP done", lambda row: number(row["done_gflop"], 1)),
    ("done", lambda row: number(row["done_fraction"], 2)),
    ("published code", lambda row: _published(row, "fraction", 2)),
    ("its GB", lambda row: _published(row, "gigabytes", 1)),
)
_PIPELINE = (
    ("input pipeline", lambda row: row["text"]),
    ("batch", lambda row: str(row["batch"])),
    ("images/s", lambda row: _rate(row["images_per_second"])),
    ("peak MiB", lambda row: number(row["peak_memory"] / _MIB)),
    ("times what training consumes", lambda row: _consumption(row)),
)
_SERVING = (
    ("SavedModel", lambda row: row["text"]),
    ("MiB", lambda row: number(row["export_bytes"] / _MIB, 1)),
    ("load s", lambda row: number(row["load_seconds"], 2)),
    ("first ms", lambda row: number(row["first_milliseconds"])),
    ("later ms", lambda row: number(row["later_milliseconds"])),
    ("images/s at 1", lambda row: _rate(row["images_at_1"])),
    ("at 8", lambda row: _rate(row["images_at_8"])),
    ("at 32", lambda row: _rate(row["images_at_32"])),
    ("in process at 1", lambda row: _rate(row["in_process_at_1"])),
    ("at 8", lambda row: _rate(row["in_process_at_8"])),
    ("at 32", lambda row: _rate(row["in_process_at_32"])),
    ("peak MiB", lambda row: number(row["peak_memory"] / _MIB)),
)
_ENCODING = (
    ("DAMSM's encoders", lambda row: row["text"]),
    ("images/s at 1", lambda row: number(row["images_at_1"])),
    ("at 8", lambda row: number(row["images_at_8"])),
    ("at 32", lambda row: number(row["images_at_32"])),
    ("captions/s at 1", lambda row: number(row["captions_at_1"])),
    ("at 8", lambda row: number(row["captions_at_8"])),
    ("at 32", lambda row: number(row["captions_at_32"])),
)
_GENERATOR = (("generator", _TRAINING[0][1]), *_TRAINING[1:])


def tables(rows):
    """All tables, with an empty line between them.

    Args:
        rows: list of dicts, each with `name`, `table`, `text` and what the
            columns of its table need, or with `error`.

    Returns:
        A string.
    """
    good = [row for row in rows if "error" not in row]
    add_consumption(good)
    encoding = [
        {"text": row["text"], **row["encoding"]}
        for row in good
        if "encoding" in row
    ]
    parts = [
        table(columns, chosen)
        for columns, chosen in (
            (_TRAINING, _of(good, "training")),
            (_GENERATOR, _of(good, "generator")),
            (_ENCODING, encoding),
            (_PIPELINE, _of(good, "pipeline")),
            (_SERVING, _of(good, "serving")),
        )
        if chosen
    ]
    parts += [
        f"{row['name']} failed: {row['error']}"
        for row in rows
        if "error" in row
    ]
    return "\n\n".join(parts)


def add_consumption(rows):
    """Adds `consumption` to pipelines: case to ratio of their rates."""
    rates = {row["name"]: row.get("images_per_second") for row in rows}
    for row in _of(rows, "pipeline"):
        row["consumption"] = {
            name: row["images_per_second"] / rates[name]
            for name in row["consumers"]
            if rates.get(name)
        }


def table(columns, rows):
    """A table in Markdown, aligned.

    Args:
        columns: tuple of pairs of a header and a function of a row.
        rows: list of rows.

    Returns:
        A string of several lines.
    """
    lines = [[header for header, _ in columns]]
    lines += [[cell(row) for _, cell in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])

    def line(cells):
        first, *others = (
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(
                zip(cells, widths, strict=True)
            )
        )
        return f"| {' | '.join([first, *others])} |"

    return "\n".join(line(cells) for cells in lines)


def _of(rows, name):
    return [row for row in rows if row["table"] == name]


def _consumption(row):
    return ", ".join(
        f"{ratio:,.1f} ({name})" for name, ratio in row["consumption"].items()
    )
