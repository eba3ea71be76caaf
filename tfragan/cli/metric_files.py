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
