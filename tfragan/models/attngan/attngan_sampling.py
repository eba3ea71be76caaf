"""From captions and seeds to images, in graph ops."""

import tensorflow as tf

_NOISE_STREAM = 0
_CONDITION_STREAM = 1


def seeded_noise(seeds, width, stream):
    """Standard normal rows, each determined by its own seed.

    Args:
        seeds: integer tensor of shape `(batch,)`.
        width: length of a row.
        stream: Python int that tells uses apart.

    Returns:
        float32 tensor of shape `(batch, width)`; a row does not depend on
        the other seeds.
    """
    return tf.map_fn(
        lambda seed: tf.random.stateless_normal(
            (width,), tf.stack([seed, stream]), alg="philox"
        ),
        tf.cast(seeds, tf.int32),
        fn_output_signature=tf.TensorSpec((width,), tf.float32),
    )


def sample(text_encoder, generator, token_ids, seeds):
    """Generates images in inference mode.

    Args:
        text_encoder: a `TextEncoder`.
        generator: an `AttnGANGenerator`.
        token_ids: integer tensor of shape `(batch, words)`.
        seeds: integer tensor of shape `(batch,)`.

    Returns:
        The generator's dict, see `AttnGANGenerator`.
    """
    words, sentence = text_encoder(token_ids, training=False)
    return generator(
        sentence,
        words,
        tf.not_equal(token_ids, 0),
        seeded_noise(seeds, generator.noise_dim, _NOISE_STREAM),
        seeded_noise(seeds, generator.condition_dim, _CONDITION_STREAM),
        training=False,
    )


def to_pixels(images):
    """Images in [-1, 1] as uint8, truncated as the published code does.

    Args:
        images: float tensor of any shape.

    Returns:
        uint8 tensor of the same shape.
    """
    scaled = (tf.cast(images, tf.float32) + 1.0) * 127.5
    return tf.cast(tf.clip_by_value(scaled, 0.0, 255.0), tf.uint8)
