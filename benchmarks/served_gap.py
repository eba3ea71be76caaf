"""SavedModels beside the same models called in process, in turn.

python -m benchmarks.served_gap
python -m benchmarks.served_gap --only='served64,ugatit_served*' --seconds=5

Prints a line an export and batch size: milliseconds of the signature, of the
model's own method in Python, and of the generator alone in a `tf.function`;
and how much longer the signature takes than the latter. Calls alternate, so
that whatever else a machine does slows all of them down.
"""

import argparse
import statistics
import tempfile
import time

from benchmarks.cases import choose
from benchmarks.subject import subject_of

# Options of `tfragan.export.saved_model`.
_EXPORTS = {
    "whole batches": {},
    "by rows": {"row_by_row": True},
    "compiled": {"jit_compile": True},
}
_FEWEST_ROUNDS = 3


def measure(case, counts, seconds):
    """Measures all exports of a model.

    Args:
        case: a `Case` of the table "serving".
        counts: how many images are asked for at once, list of int.
        seconds: how long, for each export and batch size.

    Yields:
        Dict of `export`, `images` and the milliseconds `served`,
        `in_python` and `generator`.
    """
    import tensorflow as tf

    options = dict(case.options)
    subject = subject_of(options.pop("subject"), **options)
    caller = subject.caller()
    for name, export_options in _EXPORTS.items():
        with tempfile.TemporaryDirectory() as folder:
            path, _ = subject.export(folder, **export_options)
            loaded = tf.saved_model.load(str(path))
        signature = loaded.signatures["serving_default"]
        for count in counts:
            calls = {
                "served": _asking(signature, subject.request(count)),
                "in_python": lambda n=count: caller(n),
                "generator": _generating(tf, subject, count),
            }
            times = _milliseconds(calls, seconds)
            yield {"export": name, "images": count, **times}


def _asking(signature, request):
    return lambda: signature(**request)["image_bytes"].numpy()


def _generating(tf, subject, count):
    function, inputs = subject.generator(count)
    graph = tf.function(function)
    return lambda: graph(*inputs)[-1].numpy()


def _milliseconds(calls, seconds):
    """Medians of the times of calls that take turns."""
    times = {name: [] for name in calls}
    for call in calls.values():
        call()
        call()
    start = time.perf_counter()
    while (
        time.perf_counter() - start < seconds
        or len(times["served"]) < _FEWEST_ROUNDS
    ):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - began)
    return {name: 1e3 * statistics.median(all_) for name, all_ in times.items()}


def main():
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="*served*", help="names of cases")
    parser.add_argument("--images", default="1,32", help="at once")
    parser.add_argument("--seconds", type=float, default=6.0)
    arguments = parser.parse_args()
    counts = [int(count) for count in arguments.images.split(",")]
    print("model, export, images: served, in Python, generator alone; ms")
    for case in choose(arguments.only.split(",")):
        for row in measure(case, counts, arguments.seconds):
            gap = row["served"] / row["generator"] - 1.0
            print(
                f"{case.text}, {row['export']}, {row['images']}: "
                f"{row['served']:.1f}, {row['in_python']:.1f}, "
                f"{row['generator']:.1f}; {gap:+.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
