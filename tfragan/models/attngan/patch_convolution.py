"""A convolution that is a matrix product where the kernel is the larger."""

import math

import keras
import tensorflow as tf

# Positions of an image at which its convolution is still a small matrix.
_POSITIONS = 16
# Weights from which on rearranging the kernel takes longer than using it.
_WEIGHTS = 2**22


@keras.saving.register_keras_serializable(package="tfragan")
class PatchConvolution(keras.layers.Conv2D):
    """A `Conv2D` that is fast for large kernels on 4x4 maps.

    The last convolutions of a discriminator have tens of millions of weights
    and meet few positions each. The processor's convolution brings all the
    weights into its own order before it starts, in every call and for each of
    the three products of training, which takes longer than the arithmetic.
    There the patches are laid out instead, and multiplied by the kernel as it
    is. GPUs and other dtypes than float32 keep the convolution.

    Args:
        filters: see `keras.layers.Conv2D`, as all others.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
    """

    def convolution_op(self, inputs, kernel):
        kernel = tf.convert_to_tensor(kernel)
        if not self._as_product(inputs, kernel):
            return super().convolution_op(inputs, kernel)
        kernel_size, _, channels, filters = kernel.shape
        step = self.strides[0]
        height, width = (size // step for size in inputs.shape[1:3])
        # With sizes that the step divides, `same` pads both sides alike.
        edge = [(kernel_size - step) // 2] * 2
        padded = tf.pad(inputs, [[0, 0], edge, edge, [0, 0]])
        taps = [
            padded[:, row : row + step * height : step, column:][
                :, :, : step * width : step
            ]
            for row in range(kernel_size)
            for column in range(kernel_size)
        ]
        # (batch * height * width, taps * channels) x (taps * channels, filters)
        outputs = tf.matmul(
            tf.reshape(tf.concat(taps, -1), (-1, kernel_size**2 * channels)),
            tf.reshape(kernel, (-1, filters)),
        )
        return tf.reshape(outputs, (-1, height, width, filters))

    def _as_product(self, inputs, kernel):
        sizes = inputs.shape[1:3]
        step = self.strides[0]
        return (
            self.padding == "same"
            and self.data_format == "channels_last"
            and self.groups == 1
            and set(self.dilation_rate) == {1}
            and len(set(self.kernel_size)) == 1
            and len(set(self.strides)) == 1
            and self.kernel_size[0] >= step
            and (self.kernel_size[0] - step) % 2 == 0
            and None not in sizes
            and all(size % step == 0 for size in sizes)
            and math.prod(sizes) // step**2 <= _POSITIONS
            and math.prod(kernel.shape) >= _WEIGHTS
            and inputs.dtype == tf.float32
            and not tf.config.list_physical_devices("GPU")
        )
