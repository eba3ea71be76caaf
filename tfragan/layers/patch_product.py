"""Convolutions of small maps by large kernels, as matrix products."""

import math

import tensorflow as tf

from tfragan.distribution.graph_gradients import graph_holds_gradients

# Weights from which on rearranging the kernel takes longer than using it.
_WEIGHTS = 2**22


def is_better_as_product(images, kernel, step, most_positions):
    """Whether a convolution without padding had better be a matrix product.

    The last convolutions of a discriminator have tens of millions of weights
    and meet few positions each, up to `most_positions`. The processor's
    convolution brings all the weights into its own order before it starts, in
    every call and for each of the three products of training, which takes
    longer than the arithmetic. GPUs and other dtypes than float32 keep the
    convolution.
    """
    sizes = images.shape[1:3]
    if None in sizes:
        return False
    positions = math.prod(
        _positions(size, taps, step)
        for size, taps in zip(sizes, kernel.shape[:2], strict=True)
    )
    return (
        positions <= most_positions
        and math.prod(kernel.shape) >= _WEIGHTS
        and images.dtype == tf.float32
        and not tf.config.list_physical_devices("GPU")
    )


def patch_product(images, kernel, step):
    """A convolution without padding as a product of all patches.

    Args:
        images: tensor of shape `(batch, height, width, channels)` with known
            height and width.
        kernel: tensor of shape `(taps, taps, channels, filters)`.
        step: stride of the convolution.

    Returns:
        Tensor of shape `(batch, new_height, new_width, filters)`.
    """
    taps, _, channels, filters = kernel.shape
    height, width = (_positions(n, taps, step) for n in images.shape[1:3])
    patches = [
        images[:, row : row + step * height : step, column:][
            :, :, : step * width : step
        ]
        for row in range(taps)
        for column in range(taps)
    ]
    # (batch * height * width, taps * channels) x (taps * channels, filters)
    outputs = _product(
        tf.reshape(tf.concat(patches, -1), (-1, taps**2 * channels)),
        tf.reshape(kernel, (-1, filters)),
    )
    return tf.reshape(outputs, (-1, height, width, filters))


def _positions(size, taps, step):
    return (size - taps) // step + 1


@graph_holds_gradients
@tf.custom_gradient
def _product(patches, kernel):
    def gradient(upstream):
        # The large matrix stays as it is: to transpose the small ones costs
        # less.
        by_patches = tf.transpose(tf.matmul(kernel, upstream, transpose_b=True))
        return by_patches, tf.matmul(patches, upstream, transpose_a=True)

    return tf.matmul(patches, kernel), gradient
