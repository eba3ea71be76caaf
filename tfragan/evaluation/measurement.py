"""One number, with everything that it depends on."""

import dataclasses
import datetime
import json
import math

from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.regular_file import read_regular

_FILE = "metrics.jsonl"
LOWER = "lower"
HIGHER = "higher"


@dataclasses.dataclass(frozen=True)
class Measurement:
    """A measured value and its protocol.

    Attributes:
        metric: name of the metric, which says what features it is of, such as
            `"frechet_distance_efficientnet_lite0"`.
        of: what was measured: `"generated"`, `"untrained"`, `"real"`, or the
            direction of a translation and what it is compared with.
        value: the number.
        step: the global step of the model; 0 for no model.
        error: how far the number may be off, None where that is unknown.
        error_kind: what `error` is, such as `"standard error"`.
        better: `"lower"`, `"higher"`, or None where it is neither.
        details: other numbers of the same measurement, by name.
        protocol: all that the value depends on, by name: data and split,
            counts of images, features, their weights and resize, statistics,
            seed, the preset and its hash.
    """

    metric: str
    of: str
    value: float
    step: int = 0
    error: float | None = None
    error_kind: str | None = None
    better: str | None = None
    details: dict = dataclasses.field(default_factory=dict)
    protocol: dict = dataclasses.field(default_factory=dict)

    def in_words(self):
        """The value and its error, str."""
        text = f"{self.value:.4f}"
        if self.error is not None:
            text += f" +- {self.error:.4f}"
        return text


def append_measurements(folder, measurements):
    """Appends measurements to `metrics.jsonl`, a line each.

    The lines are beside those of training, which have no `metric`. All of
    them are written at once, so that another process that writes to the same
    file cannot come between.

    Args:
        folder: a run folder or another one, made if missing.
        measurements: list of `Measurement`.
    """
    folder = local_path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    lines = [
        json.dumps({**_finite(dataclasses.asdict(each)), "measured": now})
        for each in measurements
    ]
    with open(folder / _FILE, "ab") as file:
        file.write("".join(line + "\n" for line in lines).encode())


def read_measurements(folder):
    """All measurements of a folder, in the order in which they were made.

    Lines of training, and a line cut off by a kill, are left out.

    Args:
        folder: a run folder or another one with `metrics.jsonl`.

    Returns:
        List of `Measurement`; a value that was not finite is NaN.
    """
    try:
        lines = read_regular(local_path(folder) / _FILE).splitlines()
    except FileNotFoundError:
        return []
    names = [field.name for field in dataclasses.fields(Measurement)]
    found = []
    for line in lines:
        try:
            record = parse_json(line)
        except ValueError:
            continue
        if not isinstance(record, dict) or "metric" not in record:
            continue
        known = {name: record[name] for name in names if name in record}
        if known.get("value") is None:
            known["value"] = math.nan
        if _is_whole(known):
            found.append(Measurement(**known))
    return found


def _is_whole(fields):
    """Whether fields of a line can be those of a measurement."""
    return (
        all(isinstance(fields.get(name), str) for name in ("metric", "of"))
        and isinstance(fields["value"], int | float)
        and isinstance(fields.get("step", 0), int | None)
        and all(
            isinstance(fields.get(name, {}), dict)
            for name in ("details", "protocol")
        )
    )


def last_measurements(folder):
    """The last measurement of each metric and of each thing measured.

    Args:
        folder: see `read_measurements`.

    Returns:
        List of `Measurement`, in the order in which they were first made.
    """
    return [*latest_of(read_measurements(folder)).values()]


def latest_of(measurements):
    """The last measurement of each (metric, of), as first made."""
    return {(each.metric, each.of): each for each in measurements}


def _finite(values):
    """The same with None instead of what JSON has no word for."""
    if isinstance(values, dict):
        return {name: _finite(value) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_finite(value) for value in values]
    if isinstance(values, float) and not math.isfinite(values):
        return None
    return values


def measurement_table(measurements):
    """One line a metric, one column for each thing that was measured."""
    columns = list(dict.fromkeys(each.of for each in measurements))
    names = list(dict.fromkeys(each.metric for each in measurements))
    values = {(each.metric, each.of): each for each in measurements}
    rows = [["", *columns]]
    for name in names:
        cells = [values.get((name, of)) for of in columns]
        rows.append(
            [name, *("" if cell is None else cell.in_words() for cell in cells)]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def error_kinds(measurements):
    """What the numbers after +- are, a sentence, or "" without any."""
    by_kind: dict[str, list[str]] = {}
    for each in measurements:
        if each.error_kind:
            names = by_kind.setdefault(each.error_kind, [])
            if each.metric not in names:
                names.append(each.metric)
    if not by_kind:
        return ""
    if len(by_kind) == 1:
        return f"+- is the {next(iter(by_kind))}."
    *others, most = sorted(by_kind, key=lambda kind: len(by_kind[kind]))
    told = [f"of {', '.join(by_kind[kind])} the {kind}" for kind in others]
    return f"+- is the {most}, {'; '.join(told)}."
