"""A convolution that is a matrix product where the kernel is the larger."""

import keras
import tensorflow as tf

from tfragan.layers.patch_product import is_better_as_product
from tfragan.layers.patch_product import patch_product

# Positions of an image at which its convolution is still a small matrix.
_POSITIONS = 16


@keras.saving.register_keras_serializable(package="tfragan")
class PatchConvolution(keras.layers.Conv2D):
    """A `Conv2D` that is fast for large kernels on 4x4 maps.

    There the patches are laid out and multiplied by the kernel as it is, see
    `is_better_as_product`.

    Args:
        filters: see `keras.layers.Conv2D`, as all others.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
    """

    def convolution_op(self, inputs, kernel):
        kernel = tf.convert_to_tensor(kernel)
        step = self.strides[0]
        if self._pads_alike(inputs):
            edge = [(kernel.shape[0] - step) // 2] * 2
            padded = tf.pad(inputs, [[0, 0], edge, edge, [0, 0]])
            if is_better_as_product(padded, kernel, step, _POSITIONS):
                return patch_product(padded, kernel, step)
        return super().convolution_op(inputs, kernel)

    def _pads_alike(self, inputs):
        """Whether `same` pads both sides by the same known number."""
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
        )
