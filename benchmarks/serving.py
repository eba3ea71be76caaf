"""A SavedModel: written in one process, loaded and asked in another."""

import pathlib
import time

from benchmarks import networks
from benchmarks.peak_memory import peak_memory

_BATCHES = (1, 8, 32)


def write(seconds, folder, **kwargs):
    """Exports an untrained AttnGAN.

    Args:
        seconds: not used.
        folder: where to.
        **kwargs: see `networks.attngan`.

    Returns:
        Dict with what the folder holds.
    """
    from tfragan import export

    del seconds
    start = time.perf_counter()
    model = networks.attngan(**kwargs)
    path = export.saved_model(model, folder, captions=[networks.caption()])
    files = [entry for entry in path.rglob("*") if entry.is_file()]
    return {
        "size": model.image_sizes[-1],
        "export_seconds": time.perf_counter() - start,
        "export_bytes": sum(entry.stat().st_size for entry in files),
    }


def serve(seconds, folder, **kwargs):
    """Loads the SavedModel with TensorFlow alone and asks for PNGs.

    Args:
        seconds: how long to measure each batch size; at least three requests.
        folder: where it is.
        **kwargs: not used.

    Returns:
        A row of the table, a dict.
    """
    import tensorflow as tf

    del kwargs
    path = max(pathlib.Path(folder).iterdir())
    loaded, load_seconds = _timed(lambda: tf.saved_model.load(path))
    signature = loaded.signatures["serving_default"]

    def ask(count):
        request = {
            "caption": tf.constant([networks.caption()] * count),
            "seed": tf.range(count),
        }
        return signature(**request)["image_bytes"].numpy()

    _, first = _timed(lambda: ask(1))
    rates = {}
    for count in _BATCHES:
        ask(count)
        rates[count] = _median(lambda count=count: ask(count), seconds)
    return {
        "load_seconds": load_seconds,
        "first_milliseconds": 1e3 * first,
        "later_milliseconds": 1e3 * rates[1],
        **{f"images_at_{count}": count / rates[count] for count in _BATCHES},
        "peak_memory": peak_memory(),
    }


def _timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _median(work, seconds):
    stop = time.perf_counter() + seconds
    times = []
    while len(times) < 3 or time.perf_counter() < stop:
        times.append(_timed(work)[1])
    return sorted(times)[len(times) // 2]
