"""From two unpaired domains to the batches that `fit` takes."""

import functools

import tensorflow as tf

from tfragan.data import image_augmentation
from tfragan.data import sample_choice
from tfragan.data.encoded_image_reader import EncodedImageReader
from tfragan.data.image_batches import load_batches
from tfragan.data.image_batches import part_of_shard


def unpaired_batches(
    dataset,
    batch_size,
    image_size,
    seed=0,
    start_step=0,
    enlarge=30,
    flip=True,
    num_shards=1,
    shard_index=0,
):
    """Endless training batches of two domains, shuffled independently.

    Batch k is a function of `seed` and k alone. Each domain has its own
    epochs, in which every image comes once in a new order; where one ends
    within a batch, the next begins there. Each time an image comes it is
    mirrored with probability 1/2, resized to a square of `image_size +
    enlarge`, whatever its proportions, and cropped at random.

    With `num_shards` workers each gets its contiguous part of the batch, so
    that together they see what one worker would see.

    Args:
        dataset: an `UnpairedImages`.
        batch_size: images of each domain in a global batch, over all shards.
        image_size: side of the images in pixels.
        seed: seed of all random choices.
        start_step: step to begin at; gives exactly what a stream that began
            at 0 gives from this step on.
        enlarge: how many pixels larger the square is that the images are
            cropped from. 30 is published for images of any size.
        flip: whether to mirror images at random.
        num_shards: number of workers that share each global batch.
        shard_index: which of them this one is.

    Returns:
        `tf.data.Dataset` of dicts with `images_a` and `images_b`, float32
        (batch_size / num_shards, image_size, image_size, 3) in [-1, 1].

    Raises:
        ValueError: An argument is out of range, or the data set is prepared
            for smaller images.

    Reference:
        Kim et al., "U-GAT-IT", https://arxiv.org/abs/1907.10830, published
        code: training transform, two independent loaders.
    """
    _check(batch_size, image_size, start_step, enlarge)
    part = part_of_shard(batch_size, num_shards, shard_index)
    domains = (dataset.domain_a, dataset.domain_b)
    for domain in domains:
        domain.require_size(image_size + enlarge)
    loaders = [
        _TrainingLoader(domain, image_size, enlarge, flip) for domain in domains
    ]
    choices = [
        _choices(domain, batch_size, part, seed, stream, start_step)
        for stream, domain in enumerate(domains)
    ]

    def load(choice_a, choice_b):
        return {
            "images_a": loaders[0](choice_a),
            "images_b": loaders[1](choice_b),
        }

    return load_batches(
        tf.data.Dataset.zip(tuple(choices)),
        load,
        part.stop - part.start,
        tf.data.INFINITE_CARDINALITY,
    )


def domain_batches(domain, batch_size, image_size):
    """One pass over an `ImageDomain`, as its `batches` say."""
    _check(batch_size, image_size)
    domain.require_size(image_size)
    source = EncodedImageReader(domain.items)

    def choose(step, indices):
        return indices

    def load(index):
        square = image_augmentation.resize_image(
            source.image(index), [image_size, image_size]
        )
        return {"images": square, "index": index}

    return load_batches(
        sample_choice.evaluation_stream(len(domain), batch_size).map(choose),
        load,
        batch_size,
        -(-len(domain) // batch_size),
        drop_remainder=False,
    )


@functools.cache
def square_decoder():
    """`decode_square` as one graph for all files, sizes and threads."""
    decoder = tf.function(
        image_augmentation.decode_square,
        input_signature=(
            tf.TensorSpec([], tf.string),
            tf.TensorSpec([], tf.int32),
        ),
    )
    return decoder.get_concrete_function()


class _TrainingLoader:
    """Turns the choice of an image and its seed into the image."""

    def __init__(self, domain, image_size, enlarge, flip):
        self._source = EncodedImageReader(domain.items)
        self._image_size = image_size
        self._enlarge = enlarge
        self._flip = flip

    def __call__(self, choice):
        index, seed = choice
        image = self._source.image(index)
        image = image_augmentation.random_enlarge_and_crop(
            image, self._image_size, seed, self._enlarge, self._flip
        )
        image = tf.ensure_shape(image, [self._image_size] * 2 + [3])
        return image_augmentation.normalize_image(image)


def _choices(domain, batch_size, part, seed, stream, start_step):
    """Data set of this shard's (indices, seeds) of each batch."""
    seed = sample_choice.stream_seed(seed, stream)

    def choose(step, indices):
        seeds = sample_choice.sample_seeds(
            sample_choice.step_seed(seed, step), batch_size
        )
        return indices[part], seeds[part]

    return sample_choice.training_stream(
        len(domain), batch_size, seed, start_step, whole_epochs=True
    ).map(choose)


def _check(batch_size, image_size, start_step=0, enlarge=0):
    if batch_size < 1 or image_size < 1 or start_step < 0 or enlarge < 0:
        raise ValueError(
            "`batch_size` and `image_size` must be at least 1, `start_step` "
            f"and `enlarge` at least 0. Received: batch_size={batch_size}, "
            f"image_size={image_size}, start_step={start_step}, "
            f"enlarge={enlarge}"
        )
