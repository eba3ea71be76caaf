"""Measures every case in processes of its own and prints tables.

python -m benchmarks
python -m benchmarks --only=attngan64,served64 --seconds=3
python -m benchmarks --only='ugatit_light*'
python -m benchmarks --against=torch --only=attngan64
"""

import argparse
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from benchmarks import against_torch
from benchmarks import tables
from benchmarks.cases import CASES
from benchmarks.cases import choose
from tfragan.atomic_file import write_atomically

_LIMIT_SECONDS = 600
_NOTES = """\
images/s: a step of image translation takes an image of each domain for each
sample of the batch; both count. fraction: operations a second of the published
computation, as a fraction of what a 2048 x 2048 float32 matrix product reaches
in the same process between the steps; by CPU time: the same by processor time.
done: with the operations that are really done, which are fewer. published code:
the fraction that the published PyTorch code reached on two cores, and its peak
memory."""


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.list:
        width = max(len(case.name) for case in CASES)
        for case in CASES:
            marked = "" if case.default else " (when named)"
            print(f"{case.name:{width}} {case.table}: {case.text}{marked}")
        return 0
    names = [name for name in options.only.split(",") if name]
    try:
        if options.against:
            return _compare(against_torch.compared_cases(names), options)
        cases = choose(names)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    rows = []
    for case in cases:
        start = time.perf_counter()
        rows.append(measure(case, options.seconds))
        passed = time.perf_counter() - start
        print(f"{case.name}: {passed:.0f} s", file=sys.stderr, flush=True)
    print(f"{tables.tables(rows)}\n\n{_machine()}\n{_NOTES}")
    if options.output:
        _write(options.output, rows)
    return int(any("error" in row for row in rows))


def _compare(cases, options):
    """Prints the cases here and in PyTorch, each when it is measured."""
    rows = []
    for case in cases:
        sides = against_torch.sides_of(case)
        against_torch.take_turns(sides, options.seconds)
        rows += against_torch.rows_of(case, sides)
        print(f"{against_torch.table(rows[-2:])}\n", flush=True)
    print(f"{against_torch.table(rows)}\n\n{_machine()}")
    if options.output:
        _write(options.output, rows)
    return 0


def measure(case, seconds):
    """Measures a case in processes of its own.

    Args:
        case: a `Case`.
        seconds: how long each of its measurements takes.

    Returns:
        A row, a dict; with `error` where a process failed.
    """
    row = {
        "name": case.name,
        "table": case.table,
        "text": case.text,
        "published": case.published and dataclasses.asdict(case.published),
        "consumers": case.consumers,
    }
    with tempfile.TemporaryDirectory() as folder:
        for step in case.steps:
            options = {**case.options, "seconds": seconds}
            if case.table in ("pipeline", "serving"):
                options["folder"] = os.path.join(folder, "data")
                os.makedirs(options["folder"], exist_ok=True)
            error = _run(step, options, os.path.join(folder, "row"), row)
            if error:
                row["error"] = f"{step}: {error}"
                break
    return row


def _run(step, options, output, row):
    """Adds to the row what a process measures; returns what went wrong."""
    command = [sys.executable, "-m", "benchmarks.child", step]
    try:
        # This process is small, as it does not import TensorFlow, and quiet:
        # what TensorFlow notes on its way is shown after a failure only.
        subprocess.run(
            [*command, json.dumps(options), output],
            check=True,
            timeout=_LIMIT_SECONDS,
            cwd=pathlib.Path(__file__).parents[1],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {_LIMIT_SECONDS} seconds"
    except subprocess.CalledProcessError as error:
        text = error.stderr.decode("utf-8", "replace").strip()
        print(text, file=sys.stderr)
        last = text.splitlines()[-1] if text else ""
        return last or f"exit status {error.returncode}"
    with open(output, encoding="utf-8") as file:
        row.update(json.load(file))
    return ""


def _machine():
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    cores = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count()
    )
    return f"{cores} cores, load {load:.1f} at the end."


def _write(path, rows):
    write_atomically(path, json.dumps(rows, indent=2) + "\n")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--only",
        default="",
        help="names of cases, with commas between them; * is any letters",
    )
    parser.add_argument(
        "--against",
        choices=("torch",),
        help="let each case take turns with the published networks in PyTorch",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=8.0,
        help="how long a measurement takes (default: %(default)s)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="also write all numbers as JSON"
    )
    parser.add_argument(
        "--list", action="store_true", help="list the cases and stop"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
