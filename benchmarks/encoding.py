"""Encoders of images and captions."""

from benchmarks.stopwatch import measure
from benchmarks.subject import subject_of

_BATCHES = (1, 8, 32)


def encode(seconds, subject, batch_size, **options):
    """Measures how much the encoders of a model take in.

    Args:
        seconds: how long to measure all of it.
        subject: name of the model.
        batch_size: not used; it belongs to the training.
        **options: see `subject_of`.

    Returns:
        Dict of `encoding` to images and captions a second.
    """
    del batch_size
    encoders = subject_of(subject, **options).encoders()
    share = seconds / (len(_BATCHES) * len(encoders))
    rates = {}
    for count in _BATCHES:
        for name, encode_some in encoders.items():
            timing = measure(lambda f=encode_some, n=count: f(n), share)
            rates[f"{name}_at_{count}"] = count / timing.seconds
    return {"encoding": rates}
