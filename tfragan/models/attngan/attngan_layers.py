"""Layers of AttnGAN's generator and discriminators."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers import GatedLinearUnit
from tfragan.layers import UpsampleConvolution
from tfragan.layers.patch_product import is_better_as_product
from tfragan.layers.patch_product import patch_product
from tfragan.layers.recorded_config import RecordedLayer

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


def scale_initializer():
    """N(1, 0.02), as published, for the scale of batch normalizations."""
    return keras.initializers.RandomNormal(1.0, 0.02)


class _FilterBlock(RecordedLayer):
    """Base of the blocks that are told their number of output channels."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def _convolution(
        self,
        filters,
        name,
        kernel_size=3,
        strides=1,
        layer=keras.layers.Conv2D,
    ):
        return layer(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer="orthogonal",
            dtype=self.dtype_policy,
            name=name,
        )

    def _normalization(self, name):
        return BatchNormalization(
            gamma_initializer=scale_initializer(),
            dtype=self.dtype_policy,
            name=name,
        )


@keras.saving.register_keras_serializable(package="tfragan")
class UpsampleBlock(_FilterBlock):
    """Doubles an image: nearest neighbor, 3x3 convolution, norm, gate.

    Args:
        filters: output channels.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        training: whether batch statistics are used.
    """

    def build(self, input_shape):
        self.convolution = UpsampleConvolution(
            2 * self.filters, dtype=self.dtype_policy, name="convolution"
        )
        self.normalization = self._normalization("normalization")
        self.gate = GatedLinearUnit(dtype=self.dtype_policy, name="gate")
        self.convolution.build(input_shape)
        self.normalization.build((None, None, None, 2 * self.filters))
        self.gate.build((None, None, None, 2 * self.filters))

    def call(self, inputs, training=False):
        x = self.convolution(inputs)
        return self.gate(self.normalization(x, training=training))

    def compute_output_shape(self, input_shape):
        batch, height, width = input_shape[:3]
        return (
            batch,
            height and 2 * height,
            width and 2 * width,
            self.filters,
        )


@keras.saving.register_keras_serializable(package="tfragan")
class GatedResidualBlock(_FilterBlock):
    """Adds two gated 3x3 convolutions to the input; no final activation.

    Args:
        filters: channels of input and output.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, filters)`.
        training: whether batch statistics are used.
    """

    def build(self, input_shape):
        wide = (None, None, None, 2 * self.filters)
        self.first = self._convolution(2 * self.filters, "first")
        self.first_normalization = self._normalization("first_normalization")
        self.gate = GatedLinearUnit(dtype=self.dtype_policy, name="gate")
        self.second = self._convolution(self.filters, "second")
        self.second_normalization = self._normalization("second_normalization")
        self.first.build(input_shape)
        self.first_normalization.build(wide)
        self.gate.build(wide)
        self.second.build(input_shape)
        self.second_normalization.build(input_shape)

    def call(self, inputs, training=False):
        x = self.first(inputs)
        x = self.gate(self.first_normalization(x, training=training))
        x = self.second(x)
        return inputs + self.second_normalization(x, training=training)

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable(package="tfragan")
class ImageHead(keras.layers.Layer):
    """A 3x3 convolution to RGB and tanh, in float32.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        float32 images in [-1, 1], `(batch, height, width, 3)`.
    """

    def build(self, input_shape):
        self.convolution = keras.layers.Conv2D(
            3,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer="orthogonal",
            dtype=self.dtype_policy,
            name="convolution",
        )
        self.convolution.build(input_shape)

    def call(self, inputs):
        return tf.tanh(tf.cast(self.convolution(inputs), tf.float32))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:3], 3)


@keras.saving.register_keras_serializable(package="tfragan")
class LeakyConvolution(_FilterBlock):
    """A convolution, batch normalization and leaky ReLU of slope 0.2.

    Args:
        filters: output channels.
        kernel_size: 4 with `strides=2` halves the image, 3 with `strides=1`
            keeps it.
        strides: step of the convolution.
        normalize: whether there is a batch normalization.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        training: whether batch statistics are used.
    """

    def __init__(
        self, filters, kernel_size=3, strides=1, normalize=True, **kwargs
    ):
        super().__init__(filters, **kwargs)
        self.kernel_size = kernel_size
        self.strides = strides
        self.normalize = normalize

    def build(self, input_shape):
        self.convolution = self._convolution(
            self.filters,
            "convolution",
            self.kernel_size,
            self.strides,
            PatchConvolution,
        )
        self.convolution.build(input_shape)
        self.normalization = None
        if self.normalize:
            self.normalization = self._normalization("normalization")
            self.normalization.build((None, None, None, self.filters))

    def call(self, inputs, training=False):
        x = self.convolution(inputs)
        if self.normalization is not None:
            x = self.normalization(x, training=training)
        return tf.nn.leaky_relu(x, 0.2)

    def compute_output_shape(self, input_shape):
        batch, height, width = input_shape[:3]
        return (
            batch,
            height and -(-height // self.strides),
            width and -(-width // self.strides),
            self.filters,
        )
