"""The gated linear unit."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfragan")
class GatedLinearUnit(keras.layers.Layer):
    """First half of the channels times the sigmoid of the second half.

    Call arguments:
        inputs: tensor of shape `(..., 2 * channels)`.

    Output:
        Tensor of shape `(..., channels)`.

    Reference:
        - [Dauphin et al., 2016](https://arxiv.org/abs/1612.08083), eq. 1

    Example:

    >>> GatedLinearUnit()(np.zeros((2, 6), "float32")).shape
    TensorShape([2, 3])
    """

    def build(self, input_shape):
        if input_shape[-1] % 2:
            raise ValueError(
                "The last axis of the input must be even. "
                f"Received: input_shape={tuple(input_shape)}"
            )

    def call(self, inputs):
        value, gate = tf.split(inputs, 2, axis=-1)
        return value * tf.sigmoid(gate)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] // 2)
