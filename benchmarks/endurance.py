"""Load and hostile inputs on an exported model's signatures, in process.

python -m benchmarks.endurance serving/birds
python -m benchmarks.endurance serving/birds --hostile=10000 --seconds=30

What a signature does is what any server calls. Loads the newest version with
TensorFlow, prints a table, and ends with status 1 where a good request had
another answer or a hostile one another error than it must have.
"""

import argparse
import collections
import json
import pathlib
import random
import sys
import threading
import time

import numpy as np

from benchmarks.hostile_requests import good_request
from benchmarks.hostile_requests import hostile_request

_THREADS = (1, 4)
_CHECK_EVERY = 100


def memory():
    """Resident memory of this process in MiB."""
    status = pathlib.Path("/proc/self/status").read_text()
    (line,) = [x for x in status.splitlines() if x.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


class Served:
    """An exported version that is asked in this process.

    Args:
        folder: of the version.
    """

    def __init__(self, folder):
        import tensorflow as tf

        self._tf = tf
        told = json.loads((folder / "export.json").read_text("utf-8"))
        for package in told["needs"]:
            __import__(package)
        self.class_name = told["class_name"]
        self.inputs = {
            name: [*sides["inputs"]]
            for name, sides in told["signatures"].items()
            if "images" not in sides["inputs"]
        }
        self._loaded = tf.saved_model.load(str(folder))

    def ask(self, signature, request):
        """The answer as a dict of lists, or None where it is refused."""
        tf = self._tf
        try:
            answer = self._loaded.signatures[signature](
                **{name: tf.constant(value) for name, value in request.items()}
            )
        except (tf.errors.InvalidArgumentError, TypeError, ValueError):
            # The last two are of shapes that the signature does not have.
            return None
        return {name: value.numpy().tolist() for name, value in answer.items()}


def measure_load(served, seconds):
    """Rows of the table of loads; how many answers differed."""
    request = good_request(served.inputs["serving_default"])
    expected = served.ask("serving_default", request)
    rows, wrong = [], 0
    for count in _THREADS:
        before, times, different = memory(), [], []
        end = time.perf_counter() + seconds

        def ask(end=end, times=times, different=different):
            while (start := time.perf_counter()) < end:
                if served.ask("serving_default", request) != expected:
                    different.append(start)
                times.append(time.perf_counter() - start)

        threads = [threading.Thread(target=ask) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        middle, late = np.percentile(times, [50, 99]) * 1e3
        rate = len(times) / seconds
        rows.append(
            [
                str(count),
                f"{middle:.0f}",
                f"{late:.0f}",
                f"{rate:.1f}",
                f"{before} to {memory()}",
            ]
        )
        wrong += len(different)
    return rows, wrong


def try_hostile(served, count):
    """Outcomes by kind of hostile request; the number of wrong ones."""
    draw = random.Random(0)
    outcomes: dict = collections.defaultdict(collections.Counter)
    wrong = 0
    good = good_request(served.inputs["serving_default"])
    expected = served.ask("serving_default", good)
    for number in range(count):
        name = draw.choice(sorted(served.inputs))
        kind, request, refused = hostile_request(draw, served.inputs[name])
        answer = served.ask(name, request)
        outcomes[kind]["refused" if answer is None else "answered"] += 1
        if refused and answer is not None:
            wrong += 1
            print(f"answered by {name}: {kind}")
        if number % _CHECK_EVERY == 0:
            wrong += served.ask("serving_default", good) != expected
    wrong += served.ask("serving_default", good) != expected
    return outcomes, wrong


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def run(folder, seconds, hostile):
    """Measures one version and prints what came out.

    Args:
        folder: of an exported version.
        seconds: of each load.
        hostile: how many hostile requests.

    Returns:
        The number of failures.
    """
    served = Served(folder)
    rows, different = measure_load(served, seconds)
    print(f"{served.class_name}, {folder}\n")
    head = ["threads", "p50 ms", "p99 ms", "requests/s", "memory, MiB"]
    print(_table(head, rows), "\n")
    before = memory()
    outcomes, wrong = try_hostile(served, hostile)
    rows = [
        [kind, str(found["refused"]), str(found["answered"])]
        for kind, found in sorted(outcomes.items())
    ]
    print(_table(["hostile inputs", "refused", "answered"], rows), "\n")
    print(
        f"{different + wrong} wrong answers; memory {before} to {memory()} MiB"
    )
    return different + wrong


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", help="folder of an exported model's versions")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--hostile", type=int, default=1000)
    options = parser.parse_args(arguments)
    folder = pathlib.Path(options.folder)
    versions = [int(x.name) for x in folder.iterdir() if x.name.isdigit()]
    source = folder / str(max(versions))
    return int(run(source, options.seconds, options.hostile) > 0)


if __name__ == "__main__":
    sys.exit(main())
