"""A SavedModel: written in one process, loaded and asked in another."""

import pathlib
import time

from benchmarks.peak_memory import peak_memory
from benchmarks.stopwatch import median_seconds
from benchmarks.subject import subject_of

_BATCHES = (1, 8, 32)


def write(seconds, folder, subject, **options):
    """Exports an untrained model.

    Args:
        seconds: not used.
        folder: where to.
        subject: name of the model.
        **options: see `subject_of`.

    Returns:
        Dict with what the folder holds.
    """
    del seconds
    start = time.perf_counter()
    path, size = subject_of(subject, **options).export(folder)
    files = [entry for entry in path.rglob("*") if entry.is_file()]
    return {
        "size": size,
        "export_seconds": time.perf_counter() - start,
        "export_bytes": sum(entry.stat().st_size for entry in files),
    }


def serve(seconds, folder, subject, **options):
    """Loads the SavedModel with TensorFlow alone and asks for PNGs.

    Args:
        seconds: how long to measure each batch size.
        folder: where it is.
        subject: name of the model.
        **options: see `subject_of`.

    Returns:
        A row of the table, a dict.
    """
    import tensorflow as tf

    subject = subject_of(subject, **options)
    requests = {count: subject.request(count) for count in _BATCHES}
    path = max(pathlib.Path(folder).iterdir())
    loaded, load_seconds = _timed(lambda: tf.saved_model.load(path))
    signature = loaded.signatures["serving_default"]

    def ask(count):
        return signature(**requests[count])["image_bytes"].numpy()

    _, first = _timed(lambda: ask(1))
    times = _times(ask, seconds)
    return {
        "load_seconds": load_seconds,
        "first_milliseconds": 1e3 * first,
        "later_milliseconds": 1e3 * times[1],
        **_rates("images", times),
        "peak_memory": peak_memory(),
    }


def call(seconds, folder, subject, **options):
    """Asks the model itself, in process, for as many images.

    Args:
        seconds: how long to measure each batch size.
        folder: not used.
        subject: name of the model.
        **options: see `subject_of`.

    Returns:
        Dict of rates for the row.
    """
    del folder
    caller = subject_of(subject, **options).caller()
    return _rates("in_process", _times(caller, seconds))


def _times(ask, seconds):
    """Seconds of an answer, by the number of images in it."""
    times = {}
    for count in _BATCHES:
        ask(count)
        times[count] = median_seconds(lambda n=count: ask(n), seconds)
    return times


def _rates(name, times):
    return {f"{name}_at_{count}": count / times[count] for count in times}


def _timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start
