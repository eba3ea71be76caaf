"""A convolution of an image that its mirror image continues."""

import keras
import tensorflow as tf

from tfragan.layers.patch_product import is_better_as_product
from tfragan.layers.patch_product import patch_product
from tfragan.layers.recomputation import recompute
from tfragan.layers.reflection_padding import both_sides
from tfragan.layers.reflection_padding import check_size
from tfragan.layers.reflection_padding import padded_shape
from tfragan.layers.reflection_padding import reflect

# Positions of an image at which its convolution is still a small matrix.
_POSITIONS = 64


@keras.saving.register_keras_serializable(package="tfragan")
class ReflectionConvolution(keras.layers.Conv2D):
    """`ReflectionPadding` and a `Conv2D` without padding of its own.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel.
        reflection: pixels of mirror image on each side, see
            `ReflectionPadding`.
        block: height and width of the blocks of pixels that are computed at
            once, as if they were channels. With a few filters the processor
            is used better that way, for a little more arithmetic; the
            numbers are the same. Height and width of the output must be
            multiples of it, and the strides 1.
        **kwargs: those of `keras.layers.Conv2D`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of shape `(batch, new_height, new_width, filters)`.

    Example:

    >>> layer = ReflectionConvolution(8, 4, strides=2)
    >>> layer(np.zeros((2, 6, 6, 3), "float32")).shape
    TensorShape([2, 3, 3, 8])
    """

    def __init__(self, filters, kernel_size, reflection=1, block=1, **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        if self.padding != "valid" or self.data_format != "channels_last":
            raise ValueError(
                "A reflected convolution has no other padding, and channels "
                f"last. Received: padding={self.padding!r}, "
                f"data_format={self.data_format!r}"
            )
        if block < 1 or (block > 1 and set(self.strides) != {1}):
            raise ValueError(
                "block must be positive, and 1 with strides. "
                f"Received: block={block}, strides={self.strides}"
            )
        self.reflection = both_sides(reflection)
        self.block = block

    def build(self, input_shape):
        check_size(input_shape, self.reflection)
        super().build(input_shape)

    def convolution_op(self, inputs, kernel):
        check_size(inputs.shape, self.reflection)
        self._check_blocks(inputs.shape)
        convolve = super().convolution_op

        def padded(inputs, kernel):
            images = reflect(inputs, self.reflection)
            step = self.strides[0]
            if is_better_as_product(images, kernel, step, _POSITIONS):
                return patch_product(images, kernel, step)
            if self.block > 1:
                return _convolve_blocks(images, kernel, self.block)
            return convolve(images, kernel)

        # The padded image is made again for the gradient of the kernel: the
        # image itself is kept anyway, by the activation that it comes from.
        return recompute(padded, inputs, tf.convert_to_tensor(kernel))

    def _check_blocks(self, input_shape):
        sizes = self.compute_output_shape(input_shape)[1:3]
        if any(size is not None and size % self.block for size in sizes):
            raise ValueError(
                f"An output of {sizes[0]} x {sizes[1]} cannot be made of "
                f"blocks of {self.block} x {self.block}."
            )

    def compute_output_shape(self, input_shape):
        return super().compute_output_shape(
            padded_shape(input_shape, self.reflection)
        )

    def get_config(self):
        config = super().get_config()
        config.update(
            {"reflection": list(self.reflection), "block": self.block}
        )
        return config


def _convolve_blocks(images, kernel, block):
    """A convolution whose filters are those of all pixels of a block."""
    # Each pixel sees the kernel at its own place in a larger window.
    windows = [
        tf.pad(
            kernel,
            [
                [row, block - 1 - row],
                [column, block - 1 - column],
                [0, 0],
                [0, 0],
            ],
        )
        for row in range(block)
        for column in range(block)
    ]
    # (height, width, channels, block * block * filters)
    kernel = tf.concat(windows, -1)
    outputs = tf.nn.conv2d(images, kernel, block, "VALID")
    return tf.nn.depth_to_space(outputs, block)
