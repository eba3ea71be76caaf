"""Load and hostile inputs on an exported model's signatures, in process.

python -m benchmarks.endurance serving/birds
python -m benchmarks.endurance serving/birds --hostile=10000 --seconds=30

What a signature does is what any server calls. Loads the newest version with
TensorFlow, prints a table, and ends with status 1 where a good request had
another answer or a hostile one another error than it must have.
"""

import argparse
import pathlib
import sys
import threading
import time

import numpy as np

from benchmarks.hostile_requests import good_request
from benchmarks.hostile_requests import kinds_table
from benchmarks.hostile_requests import load
from benchmarks.hostile_requests import memory
from benchmarks.hostile_requests import table
from benchmarks.hostile_requests import try_hostile

_THREADS = (1, 4)


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


def run(folder, seconds, hostile):
    """Measures one version and prints what came out.

    Args:
        folder: of an exported version.
        seconds: of each load.
        hostile: how many hostile requests.

    Returns:
        The number of failures.
    """
    class_name, served = load(folder)
    rows, different = measure_load(served, seconds)
    print(f"{class_name}, {folder}\n")
    head = ["threads", "p50 ms", "p99 ms", "requests/s", "memory, MiB"]
    print(table(head, rows), "\n")
    before = memory()
    _, kinds, wrong = try_hostile(served, hostile)
    print(kinds_table(kinds), "\n")
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
