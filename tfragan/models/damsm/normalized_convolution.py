"""Convolution, batch normalization and activation as one layer."""

import typing

import keras
import tensorflow as tf

from tfragan.layers.batch_normalization import BatchNormalization
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class NormalizedConvolution(RecordedLayer):
    """Convolution without bias, batch normalization, activation.

    Where moving statistics are used, the normalization is multiplied into
    the kernel: one pass over the image instead of three, which matters as
    the generator learns through frozen encoders in every step.

    Args:
        filters: output channels; for `depthwise` `None`.
        kernel_size: int or `(height, width)`.
        strides: int.
        padding: `"same"` (TensorFlow's, extra cells at the bottom and right)
            or `"valid"`.
        activation: name of a Keras activation, or `None`.
        epsilon: of the normalization.
        momentum: of the normalization.
        depthwise: whether each channel is convolved by itself.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        training: whether the normalization uses and records the statistics
            of the batch, even where the layer is frozen.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="same",
        activation="relu",
        epsilon=1e-5,
        momentum=0.9,
        depthwise=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if padding not in ("same", "valid"):
            raise ValueError(
                f'padding must be "same" or "valid". '
                f"Received: padding={padding!r}"
            )
        if depthwise != (filters is None):
            raise ValueError(
                "filters must be None exactly for a depthwise convolution. "
                f"Received: filters={filters}, depthwise={depthwise}"
            )
        self.filters = filters
        if isinstance(kernel_size, int):
            kernel_size = (kernel_size, kernel_size)
        self.kernel_size = tuple(kernel_size)
        self.strides = strides
        self.padding = padding
        self.activation = activation
        self.epsilon = epsilon
        self.momentum = momentum
        self.depthwise = depthwise
        self._activation = keras.activations.get(activation)
        self.normalization = BatchNormalization(
            momentum=momentum,
            epsilon=epsilon,
            frozen_by_trainable=False,
            dtype=self.dtype_policy,
            name="normalization",
        )

    def build(self, input_shape):
        channels = input_shape[-1]
        outputs = 1 if self.depthwise else self.filters
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels, outputs),
            # Keras counts the fan-in of a depthwise kernel as of a full one.
            initializer=keras.initializers.VarianceScaling(
                2.0 * (channels if self.depthwise else 1)
            ),
            autocast=False,
            name="kernel",
        )
        self.normalization.build((None, None, None, self._channels(channels)))

    def _channels(self, channels):
        return channels if self.depthwise else self.filters

    def call(self, inputs, training=False):
        inputs = tf.convert_to_tensor(inputs)
        if training:
            outputs = self._convolve(inputs, self.kernel.value)
            outputs = self.normalization(outputs, training=True)
        else:
            scale, shift = self._scale_and_shift()
            if self.depthwise:
                scale = scale[:, tf.newaxis]
            outputs = self._convolve(inputs, self.kernel.value * scale)
            outputs = tf.nn.bias_add(outputs, tf.cast(shift, outputs.dtype))
        return self._activation(outputs)

    def _convolve(self, inputs, kernel):
        kernel = tf.cast(kernel, inputs.dtype)
        padding = self.padding.upper()
        if self.depthwise:
            strides = (1, self.strides, self.strides, 1)
            return tf.nn.depthwise_conv2d(inputs, kernel, strides, padding)
        return tf.nn.conv2d(inputs, kernel, self.strides, padding)

    def _scale_and_shift(self):
        normalization: typing.Any = self.normalization
        scale = normalization.gamma.value * tf.math.rsqrt(
            normalization.moving_variance.value + self.epsilon
        )
        shift = (
            normalization.beta.value - normalization.moving_mean.value * scale
        )
        return scale, shift

    def compute_output_shape(self, input_shape):
        sizes = []
        for size, kernel in zip(
            input_shape[1:3], self.kernel_size, strict=True
        ):
            if size is not None:
                cut = kernel - 1 if self.padding == "valid" else 0
                size = -(-(size - cut) // self.strides)
            sizes.append(size)
        return (input_shape[0], *sizes, self._channels(input_shape[-1]))
