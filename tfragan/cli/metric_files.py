"""Where measurements are kept: a file a metric, a line a measurement."""

import datetime
import json
import pathlib


def append(folder, name, record):
    """Appends a measurement to metric-<name>.jsonl, with the time.

    Args:
        folder: the file's folder, made if missing.
        name: of the metric.
        record: dict of JSON values, the numbers and the protocol.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    time = datetime.datetime.now().isoformat(timespec="seconds")
    line = json.dumps({**record, "time": time})
    path = folder / f"metric-{name}.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def r_precision(result):
    """What is kept of an R-precision.

    Args:
        result: an `RPrecision`.

    Returns:
        Dict of JSON values.
    """
    return {
        "value": result.rate,
        "std": result.std,
        "chance": result.chance,
        "candidates": result.candidates,
    }


def in_words(values):
    """A measurement as it is printed.

    Args:
        values: dict with `value`, and maybe its spread `std` and the level
            of `chance`.

    Returns:
        A str.
    """
    text = f"{values['value']:.4f}"
    if "std" in values:
        text += f" +- {values['std']:.4f}"
    if "chance" in values:
        text += f", chance {values['chance']:.4f}"
    return text
