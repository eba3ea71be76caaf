"""Images as discriminators see them: moved, and with a part cut out."""

import tensorflow as tf

from tfragan.distribution import replica_uniform

# Of the height, as in section 4 of the paper.
_MOST_SHIFT = 1 / 8
_CUTOUT = 1 / 2


def _translated(images, draws):
    """Images moved by whole pixels, each otherwise, zeros coming in."""
    size = images.shape[1]
    most = round(size * _MOST_SHIFT)
    shift = tf.cast(draws[:, :2] * (2 * most + 1), tf.int32) - most
    target = tf.range(size)[None, :]
    # A product with rows of one-hot numbers: a gather's gradient is slower.
    rows, columns = (
        tf.one_hot(target + shift[:, axis, None], size, dtype=images.dtype)
        for axis in (0, 1)
    )
    moved = tf.einsum("bij,bjwc->biwc", rows, images)
    return tf.einsum("bwj,bijc->biwc", columns, moved)


def _cut_out(images, draws):
    """Images with a square of zeros, at another place in each."""
    size = images.shape[1]
    side = round(size * _CUTOUT)
    start = tf.cast(draws[:, 2:] * (size + 1), tf.int32) - side // 2
    place = tf.range(size)[None, :]
    rows, columns = (
        (place >= start[:, axis, None]) & (place < start[:, axis, None] + side)
        for axis in (0, 1)
    )
    hole = rows[:, :, None, None] & columns[:, None, :, None]
    return tf.where(hole, tf.zeros((), images.dtype), images)


AUGMENTATIONS = {"translation": _translated, "cutout": _cut_out}


def check_augmentations(augment):
    """Refuses what is no list of augmentations.

    Args:
        augment: names of `AUGMENTATIONS`, separated by commas, or `""`.

    Raises:
        ValueError: a name is unknown.
    """
    unknown = sorted(set(filter(None, augment.split(","))) - set(AUGMENTATIONS))
    if unknown:
        raise ValueError(
            f"augment must be of {', '.join(AUGMENTATIONS)}, separated by "
            f"commas. Received: augment={augment!r}"
        )


def augmented_images(images, augment, seed, step, stream, replica):
    """Augments images differentiably, each with random numbers of its own.

    A discriminator that sees real and generated images in this way alone can
    not learn the training images by heart, and the generator does not learn
    to make augmented ones.

    Args:
        images: `(batch, size, size, 3)`, of known size.
        augment: names of `AUGMENTATIONS`, separated by commas, or `""`.
        seed: int, that of the model.
        step: scalar integer tensor.
        stream: int that tells uses apart.
        replica: the `Replica`.

    Returns:
        Tensor of the shape and dtype of `images`.

    Reference:
        - [Zhao et al., 2020](https://arxiv.org/abs/2006.10738)
    """
    if not augment:
        return images
    draws = replica_uniform(
        (tf.shape(images)[0], 4), seed, step, stream, replica
    )
    for name, change in AUGMENTATIONS.items():
        if name in augment.split(","):
            images = change(images, draws)
    return images
