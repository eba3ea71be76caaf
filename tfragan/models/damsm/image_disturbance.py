"""Images that are moved, blurred and noisy, for encoders that see content."""

import tensorflow as tf

from tfragan.distribution import replica_normal

# Of the height: 4 pixels of 64, and 1.
_MOST_SHIFT = 1 / 16
_MOST_BLUR = 1 / 64
_MOST_NOISE = 0.2
# Pixels on both sides, enough for the blur of 128 pixels.
_REACH = 4
_SEED_STRIDE = 1000


def disturbed_images(images, seed, step, stream, replica):
    """Moves, blurs and adds noise to images, as much for all of a batch.

    A network whose images are disturbed says the same of an image and of its
    disturbed version, so that its gradient asks for shapes and colors, not
    for a pattern of pixels that only it can see.

    Args:
        images: `(batch, size, size, 3)` in [-1, 1], of known size.
        seed: int, that of the model.
        step: scalar integer tensor.
        stream: int that tells uses apart.
        replica: the `Replica`; all replicas move and blur alike.

    Returns:
        Tensor of the shape and dtype of `images`.

    Reference:
        - [Zhao et al., 2020](https://arxiv.org/abs/2006.10738), for the move
    """
    run = (seed * _SEED_STRIDE + stream) % 2**31
    key = tf.stack([tf.constant(run, tf.int32), tf.cast(step, tf.int32)])
    draws = tf.random.stateless_uniform((4,), key, alg="philox")
    size = images.shape[1]
    noise = replica_normal(
        (tf.shape(images)[0], size, size, 3), seed, step, stream, replica
    )
    x = tf.cast(images, tf.float32)
    x = _moved(x, draws[:2])
    x = _blurred(x, draws[2] * size * _MOST_BLUR)
    x += noise * draws[3] * _MOST_NOISE
    return tf.cast(x, images.dtype)


def _moved(images, draws):
    size = images.shape[1]
    border = max(1, round(size * _MOST_SHIFT))
    sides = [border, border]
    padded = tf.pad(images, [[0, 0], sides, sides, [0, 0]], "REFLECT")
    start = tf.cast(draws * (2 * border + 1), tf.int32)
    begin = tf.stack([0, start[0], start[1], 0])
    moved = tf.slice(padded, begin, (-1, size, size, 3))
    return tf.ensure_shape(moved, (None, size, size, 3))


def _blurred(images, sigma):
    distance = tf.range(-_REACH, _REACH + 1, dtype=images.dtype)
    kernel = tf.exp(-0.5 * (distance / tf.maximum(sigma, 0.01)) ** 2)
    kernel = tf.tile((kernel / tf.reduce_sum(kernel))[:, None, None], (1, 3, 1))
    sides = [_REACH, _REACH]
    x = tf.pad(images, [[0, 0], sides, sides, [0, 0]], "REFLECT")
    for axis in (0, 1):
        rows = tf.expand_dims(kernel, 1 - axis)
        x = tf.nn.depthwise_conv2d(x, rows, [1, 1, 1, 1], "VALID")
    return x
