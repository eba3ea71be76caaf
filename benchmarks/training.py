"""A training step, and a generator by itself."""

from benchmarks import published_form
from benchmarks.op_types import off_onednn
from benchmarks.peak_memory import peak_memory
from benchmarks.stopwatch import measure
from benchmarks.subject import batch_of_noise
from benchmarks.subject import image_size_of
from benchmarks.subject import subject_of


def train(seconds, subject, batch_size, **options):
    """Measures the function that `fit` calls, on a batch in memory.

    Args:
        seconds: how long to measure.
        subject: name of what is trained.
        batch_size: samples of a step.
        **options: see `subject_of`.

    Returns:
        A row of the table, a dict.
    """
    subject = subject_of(subject, **options)
    model, batch, run = _training(subject, batch_size)
    missed = off_onednn(run)
    timing = measure(run, seconds)
    peak = peak_memory()
    done, published = published_form.count(
        model.train_step,
        batch,
        published=subject.published_step(model),
        loop_steps=subject.loop_steps,
    )
    return {
        "size": image_size_of(batch),
        "batch": batch_size,
        "images_per_second": (
            subject.images_per_sample * batch_size / timing.seconds
        ),
        "peak_memory": peak,
        "off_onednn": missed,
        **_speed(timing, done, published),
    }


def generate(seconds, subject, batch_size, **options):
    """Measures a generator by itself, in inference mode.

    Args:
        seconds: how long to measure.
        subject: name of the model that has it.
        batch_size: images of a call.
        **options: see `subject_of`.

    Returns:
        A row of the table, a dict.
    """
    subject = subject_of(subject, **options)
    images, inputs, run = _generator(subject, batch_size)
    missed = off_onednn(run)
    timing = measure(run, seconds)
    peak = peak_memory()
    done, published = published_form.count(
        images.python_function, *inputs, loop_steps=subject.loop_steps
    )
    return {
        "size": image_size_of(images(*inputs)),
        "batch": batch_size,
        "images_per_second": batch_size / timing.seconds,
        "peak_memory": peak,
        "off_onednn": missed,
        **_speed(timing, done, published),
    }


def training_run(subject, batch_size, **options):
    """A function that takes the training step of a subject."""
    return _training(subject_of(subject, **options), batch_size)[-1]


def generator_run(subject, batch_size, **options):
    """A function that computes a batch of a subject's images."""
    return _generator(subject_of(subject, **options), batch_size)[-1]


def _training(subject, batch_size):
    import tensorflow as tf

    model = subject.model()
    model.compile()
    batch = batch_of_noise(model, batch_size)
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
    model.make_train_function()

    def run():
        logs = model.train_function(batches)
        return [value.numpy() for value in logs.values()]

    return model, batch, run


def _generator(subject, batch_size):
    import tensorflow as tf

    images, inputs = subject.generator(batch_size)
    function = tf.function(images, autograph=False)

    def run():
        return function(*inputs)[-1].numpy()

    return function, inputs, run


def _speed(timing, done, published):
    return {
        "milliseconds": 1e3 * timing.seconds,
        "cpu_milliseconds": 1e3 * timing.cpu_seconds,
        "published_gflop": published / 1e9,
        "done_gflop": done / 1e9,
        "product_gflop_per_second": timing.product_rate / 1e9,
        "published_fraction": timing.fraction(published),
        "done_fraction": timing.fraction(done),
        "cpu_published_fraction": timing.cpu_fraction(published),
        "rounds": timing.rounds,
    }
