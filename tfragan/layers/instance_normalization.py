"""Instance normalization with exact second-order gradients."""

import keras
import tensorflow as tf

from tfragan.layers.channel_normalization import normalize_channels
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class InstanceNormalization(RecordedLayer):
    """Normalizes each channel of each sample over its positions.

    `keras.layers.GroupNormalization(groups=-1)` has the same output, but its
    gradient treats a part of the mean as a constant, so that a gradient
    penalty through it is a few per cent off without an error. This one is
    written with differentiable means only. Training and inference are the
    same, and no sample depends on the batch or on the replica around it.

    Under a mixed policy the statistics are taken in float32.

    Args:
        epsilon: added to the variance. The default is PyTorch's;
            tensorflow-addons used 1e-3.
        center: whether to learn a shift for each channel.
        scale: whether to learn a scale for each channel. PyTorch's
            `InstanceNorm2d` has neither unless asked.

    Call arguments:
        inputs: tensor of shape `(batch, ..., channels)` with at least one
            axis of positions.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Ulyanov et al., 2016](https://arxiv.org/abs/1607.08022), eq. 2

    Example:

    >>> layer = InstanceNormalization()
    >>> layer(np.ones((2, 4, 4, 3), "float32")).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(self, epsilon=1e-5, center=True, scale=True, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale

    def build(self, input_shape):
        channels = input_shape[-1]
        if len(input_shape) < 3 or channels is None:
            raise ValueError(
                "The input must be (batch, ..., channels) with a position "
                "axis and a known last axis. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                shape=(channels,),
                initializer="ones",
                autocast=False,
                name="gamma",
            )
        if self.center:
            self.beta = self.add_weight(
                shape=(channels,),
                initializer="zeros",
                autocast=False,
                name="beta",
            )

    def call(self, inputs):
        dtype = self.variable_dtype
        gamma, beta = tf.ones((), dtype), tf.zeros((), dtype)
        if self.gamma is not None:
            gamma = tf.convert_to_tensor(self.gamma.value)
        if self.beta is not None:
            beta = tf.convert_to_tensor(self.beta.value)

        def coefficients(count, mean, squares, gamma, beta):
            return gamma * tf.math.rsqrt(squares / count + self.epsilon), beta

        inputs = tf.cast(inputs, self.compute_dtype)
        return normalize_channels(
            inputs, coefficients, gamma, beta, dtype=dtype
        )

    def compute_output_shape(self, input_shape):
        return input_shape
