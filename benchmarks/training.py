"""Training steps of the models."""

from benchmarks import networks
from benchmarks import published_form
from benchmarks.peak_memory import peak_memory
from benchmarks.stopwatch import measure


def train_attngan(seconds, batch_size, **kwargs):
    """Measures AttnGAN's step, see `train`."""
    model = networks.attngan(**kwargs)
    return train(model, model.image_sizes, batch_size, seconds)


def train_damsm(seconds, batch_size, **kwargs):
    """Measures DAMSM's step on 64 pixels, and its encoders; see `train`."""
    model = networks.damsm(**kwargs)
    row = train(model, (64,), batch_size, seconds)
    row.update(_encoding(model, seconds))
    return row


def train(model, image_sizes, batch_size, seconds):
    """Measures the function that `fit` calls, on a batch in memory.

    Args:
        model: a compiled model.
        image_sizes: sides of its images.
        batch_size: images of a step.
        seconds: how long to measure.

    Returns:
        A row of the table, a dict.
    """
    import tensorflow as tf

    batch = networks.random_batch(image_sizes, batch_size)
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
    model.make_train_function()

    def run():
        logs = model.train_function(batches)
        return [value.numpy() for value in logs.values()]

    timing = measure(run, seconds)
    peak = peak_memory()
    done, published = published_form.count(
        model.train_step, batch, loop_steps=networks.WORDS
    )
    return {
        "size": image_sizes[-1],
        "batch": batch_size,
        "images_per_second": batch_size / timing.seconds,
        "peak_memory": peak,
        **_speed(timing, done, published),
    }


def generate(seconds, batch_size, **kwargs):
    """Measures a generator by itself, in inference mode.

    Args:
        seconds: how long to measure.
        batch_size: images of a call.
        **kwargs: see `tfragan.models.AttnGANGenerator`.

    Returns:
        A row of the table, a dict.
    """
    import tensorflow as tf

    from tfragan.models import AttnGANGenerator

    generator = AttnGANGenerator(**kwargs)
    generator.build()
    width = generator.embedding_dim
    shapes = [
        (batch_size, width),
        (batch_size, networks.WORDS, width),
        (batch_size, generator.noise_dim),
        (batch_size, generator.condition_dim),
    ]
    sentence, words, noise, condition_noise = (
        tf.random.stateless_normal(shape, (0, index))
        for index, shape in enumerate(shapes)
    )
    mask = tf.ones((batch_size, networks.WORDS), tf.bool)
    inputs = (sentence, words, mask, noise, condition_noise)

    def images(*inputs):
        return generator(*inputs, training=False)["images"]

    function = tf.function(images, autograph=False)
    timing = measure(lambda: function(*inputs)[-1].numpy(), seconds)
    peak = peak_memory()
    done, published = published_form.count(images, *inputs)
    return {
        "size": generator.image_sizes[-1],
        "batch": batch_size,
        "images_per_second": batch_size / timing.seconds,
        "peak_memory": peak,
        **_speed(timing, done, published),
    }


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


def _encoding(model, seconds):
    """Images and captions a second that the encoders take in."""
    import numpy as np

    rates = {}
    for batch_size in (1, 8, 32):
        images = np.zeros((batch_size, 64, 64, 3), np.uint8)
        captions = [networks.caption()] * batch_size
        for name, encode in (
            ("images", lambda images=images: model.encode_images(images)),
            ("captions", lambda texts=captions: model.encode_captions(texts)),
        ):
            timing = measure(encode, seconds / 6)
            rates[f"{name}_at_{batch_size}"] = batch_size / timing.seconds
    return {"encoding": rates}
