"""Noise that belongs to the seed of one image."""

import numpy as np
import tensorflow as tf


def seeded_noise(seeds, width, stream=0, truncation=None):
    """Standard normal rows, each determined by its own seed.

    Args:
        seeds: integer tensor of shape `(batch,)`.
        width: length of a row.
        stream: Python int that tells uses apart.
        truncation: None, or a factor of numbers that are drawn within two
            standard deviations only, as DF-GAN is evaluated; or a tensor of
            shape `(batch,)` of such factors.

    Returns:
        float32 tensor of shape `(batch, width)`; a row does not depend on
        the other seeds.
    """

    draw = tf.random.stateless_normal
    if truncation is not None:
        draw = tf.random.stateless_truncated_normal
    noise = tf.map_fn(
        lambda seed: draw((width,), tf.stack([seed, stream]), alg="philox"),
        tf.cast(seeds, tf.int32),
        fn_output_signature=tf.TensorSpec((width,), tf.float32),
    )
    if truncation is None:
        return noise
    return tf.reshape(truncation, (-1, 1)) * noise


def seed_list(seed, count):
    """A seed a caption.

    Args:
        seed: an int, the seed of the first caption, from which the others
            count up; or a list of ints.
        count: number of captions.

    Returns:
        List of ints.

    Raises:
        ValueError: seeds and captions differ in number.
    """
    if np.ndim(seed) == 0:
        return [int(seed) + index for index in range(count)]
    if len(seed) != count:
        raise ValueError(
            f"There must be one seed a caption. Received: {len(seed)} seeds "
            f"for {count} captions"
        )
    return [int(value) for value in seed]
