"""CycleGAN's networks once more, out of paddings and plain convolutions."""

import tensorflow as tf


def generator(weights, images, residual_blocks):
    """The image that a `CycleGANGenerator` of these weights makes."""
    weights = iter(weights)

    def convolve(x, padding, mode="CONSTANT", strides=1):
        kernel, bias = next(weights), next(weights)
        sides = [padding, padding]
        x = tf.pad(x, [[0, 0], sides, sides, [0, 0]], mode)
        return tf.nn.conv2d(x, kernel, strides, "VALID") + bias

    x = tf.nn.relu(_normalize(convolve(images, 3, "REFLECT")))
    for _ in range(2):
        x = tf.nn.relu(_normalize(convolve(x, 1, strides=2)))
    for _ in range(residual_blocks):
        y = tf.nn.relu(_normalize(convolve(x, 1, "REFLECT")))
        x += _normalize(convolve(y, 1, "REFLECT"))
    for _ in range(2):
        kernel, bias = next(weights), next(weights)
        x = tf.nn.relu(_normalize(_spread(x, kernel) + bias))
    return tf.tanh(convolve(x, 3, "REFLECT"))


def discriminator(weights, images):
    """The logits of a `CycleGANDiscriminator` of three halvings."""
    x, strides = images, (2, 2, 2, 1, 1)
    for index, (kernel, bias) in enumerate(
        zip(weights[::2], weights[1::2], strict=True)
    ):
        x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        x = tf.nn.conv2d(x, kernel, strides[index], "VALID") + bias
        if 0 < index < 4:
            x = _normalize(x)
        if index < 4:
            x = tf.maximum(x, 0.2 * x)
    return x


def _normalize(x):
    mean = tf.reduce_mean(x, (1, 2), keepdims=True)
    variance = tf.reduce_mean(tf.square(x - mean), (1, 2), keepdims=True)
    return (x - mean) / tf.sqrt(variance + 1e-5)


def _spread(x, kernel):
    """A transposed convolution: zeros between the pixels, kernel mirrored."""
    batch, height, width, channels = x.shape
    zeros = tf.zeros_like(x)
    rows = tf.reshape(
        tf.stack([x, zeros], 2), (batch, 2 * height, width, channels)
    )
    zeros = tf.zeros_like(rows)
    x = tf.reshape(
        tf.stack([rows, zeros], 3), (batch, 2 * height, 2 * width, channels)
    )
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    mirrored = tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
    return tf.nn.conv2d(x, mirrored, 1, "VALID")
