"""Numbers for each channel out of a condition."""

import keras
import tensorflow as tf

from tfragan.layers.fan_in_convolution import fan_in_uniform
from tfragan.layers.fan_in_convolution import fan_in_uniform_bias
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class ConditionProjection(RecordedLayer):
    """Two dense layers with a ReLU between, for a scale or a shift.

    The last one starts with zeros, so that at first every condition gives the
    same number.

    Args:
        units: how many numbers there are.
        hidden_units: width between the layers.
        start: what the numbers are at first.

    Call arguments:
        condition: tensor of shape `(batch, condition_dim)`.

    Output:
        Tensor of shape `(batch, 1, 1, units)`.

    Example:

    >>> layer = ConditionProjection(2, hidden_units=8, start=1.0)
    >>> layer(np.zeros((1, 4), "float32")).numpy().tolist()
    [[[[1.0, 1.0]]]]
    """

    def __init__(self, units, hidden_units, start=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden_units = hidden_units
        self.start = start

    def build(self, condition_shape):
        fan_in = condition_shape[-1]
        self.hidden = keras.layers.Dense(
            self.hidden_units,
            "relu",
            kernel_initializer=fan_in_uniform(),
            bias_initializer=fan_in_uniform_bias(fan_in),
            dtype=self.dtype_policy,
            name="hidden",
        )
        self.output_projection = keras.layers.Dense(
            self.units,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(self.start),
            dtype=self.dtype_policy,
            name="output_projection",
        )
        self.hidden.build(condition_shape)
        self.output_projection.build((None, self.hidden_units))

    def call(self, condition):
        values = self.output_projection(self.hidden(condition))
        # (batch, units) -> (batch, 1, 1, units)
        return values[:, tf.newaxis, tf.newaxis]

    def compute_output_shape(self, condition_shape):
        return (condition_shape[0], 1, 1, self.units)
