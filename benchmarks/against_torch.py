"""The same case here and in PyTorch, in turn."""

import json
import pathlib
import statistics
import subprocess
import sys
import time

from benchmarks import tables
from benchmarks.cases import choose

# Those that `benchmarks.torch_training` knows.
_NAMES = (
    "attngan64",
    "attngan256",
    "generator256_*",
    "dfgan256",
    "dfgan_generator256_*",
    "ssagan256",
    "ssagan_generator256_*",
    "ugatit_light128",
    "ugatit_light256",
    "ugatit_generator256_*",
    "ragan_edit256",
    "ragan_generator256_*",
)
_OURS = ("float32", "mixed_bfloat16")
_ROUNDS = 3


class Side:
    """A process that does the work of a case when it is told to.

    Args:
        case: a `Case` of a training step or a generator.
        policy: dtype policy of Keras; None for PyTorch.
    """

    def __init__(self, case, policy=None):
        function = {
            "training": "training_run",
            "generator": "generator_run",
        }[case.table]
        self.policy = policy
        self.runs = []
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.taking_turns"),
                "training" if policy else "torch_training",
                *(function, json.dumps(case.options), policy or ""),
            ],
            cwd=pathlib.Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def wait(self):
        """Returns when the process is ready."""
        self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            side = self.policy or "PyTorch"
            raise RuntimeError(f"{side}: exit {self._process.wait()}")
        return json.loads(line)

    def run(self):
        """Does the work once and keeps how long it took."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.runs.append(self._answer())

    def end(self):
        """Ends the process.

        Returns:
            Dict of medians over the runs and of what the process tells.
        """
        wall, cpu = zip(*self.runs, strict=True)
        self._process.stdin.close()
        told = self._answer()
        self._process.wait()
        return {
            "milliseconds": 1e3 * statistics.median(wall),
            "cpu_milliseconds": 1e3 * statistics.median(cpu),
            **told,
        }


def compared_cases(patterns):
    """The cases of the given names that are known to PyTorch, or all.

    Args:
        patterns: see `benchmarks.cases.choose`.

    Returns:
        List of `Case`.

    Raises:
        ValueError: for a name that is not there, or that PyTorch has not.
    """
    known = choose(list(_NAMES))
    wanted = choose(patterns) if patterns else known
    for case in wanted:
        if case not in known:
            names = ", ".join(case.name for case in known)
            raise ValueError(
                f"only: expected some of {names}, which are written in "
                f"PyTorch too. Received: {case.name}"
            )
    return wanted


def sides_of(case):
    """The processes of a case, ready: both policies, then PyTorch.

    Args:
        case: a `Case`.

    Returns:
        List of `Side`.
    """
    sides = [*(Side(case, policy) for policy in _OURS), Side(case)]
    for side in sides:
        side.wait()
    return sides


def take_turns(sides, seconds):
    """Lets each side run after the other, again and again.

    Args:
        sides: list of `Side`.
        seconds: how long all together; three rounds at least, and one before
            them that does not count.
    """
    _turn(sides)
    for side in sides:
        side.runs.clear()
    start, rounds = time.perf_counter(), 0
    while rounds < _ROUNDS or time.perf_counter() - start < seconds:
        _turn(sides)
        rounds += 1


def _turn(sides):
    for side in sides:
        side.run()


def rows_of(case, sides):
    """Ends the sides of a case.

    Args:
        case: the `Case`.
        sides: what `sides_of` made, after some turns.

    Returns:
        List of rows, dicts, one of each policy.
    """
    *ours, torch = ((side.policy, side.end()) for side in sides)
    return [
        {
            "name": case.name,
            "text": case.text,
            "batch": case.options["batch_size"],
            "policy": policy,
            "ours": row,
            "torch": torch[1],
        }
        for policy, row in ours
    ]


def _ratio(row, key):
    return tables.number(row["torch"][key] / row["ours"][key], 2)


def _pair(row, key, unit=1.0):
    return " / ".join(
        tables.number(row[side][key] / unit) for side in ("ours", "torch")
    )


_COLUMNS = (
    ("ours / PyTorch", lambda row: f"{row['text']} ({row['name']})"),
    ("batch", lambda row: str(row["batch"])),
    ("ours in", lambda row: row["policy"]),
    ("ms", lambda row: _pair(row, "milliseconds")),
    ("CPU ms", lambda row: _pair(row, "cpu_milliseconds")),
    ("peak MiB", lambda row: _pair(row, "peak_memory", 2**20)),
    ("off oneDNN", lambda row: str(sum(row["ours"]["off_onednn"].values()))),
    ("times as fast", lambda row: _ratio(row, "milliseconds")),
    ("by CPU time", lambda row: _ratio(row, "cpu_milliseconds")),
)


def table(rows):
    """Rows of `rows_of` as text."""
    return tables.table(_COLUMNS, rows)
