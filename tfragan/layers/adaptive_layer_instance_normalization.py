"""Layer-instance normalization that is scaled and shifted from outside."""

import keras
import tensorflow as tf

from tfragan.layers.channel_normalization import check_positions
from tfragan.layers.channel_normalization import layer_instance_coefficients
from tfragan.layers.channel_normalization import normalize_channels
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class AdaptiveLayerInstanceNormalization(RecordedLayer):
    """AdaLIN: `InstanceLayerNormalization` with given scale and shift.

    `outputs = gamma * (rho * a_I + (1 - rho) * a_L) + beta` with `gamma` and
    `beta` of each sample. Only `rho` is learned here. Whoever trains the layer
    clips it to [0, 1] after each step.

    Under a mixed policy the layer computes in float32.

    Args:
        epsilon: added to both variances.
        unbiased: see `InstanceLayerNormalization`.
        initial_rho: start of `rho`: 0.9 in the published PyTorch code, 1 in
            the TensorFlow code.
        smoothing: with a positive number, `clip(rho - smoothing, 0, 1)` is
            used in the place of `rho`; 0.1 in the TensorFlow code.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)` with more
            than one position.
        gamma: tensor of shape `(batch, channels)`, the scale.
        beta: tensor of shape `(batch, channels)`, the shift.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          eq. 1; published code

    Example:

    >>> layer = AdaptiveLayerInstanceNormalization()
    >>> x, style = np.ones((2, 4, 4, 3), "float32"), np.ones((2, 3))
    >>> layer(x, style, style).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(
        self,
        epsilon=1e-5,
        unbiased=True,
        initial_rho=0.9,
        smoothing=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.unbiased = unbiased
        self.initial_rho = initial_rho
        self.smoothing = smoothing

    def build(self, inputs_shape, gamma_shape=None, beta_shape=None):
        check_positions(inputs_shape)
        self.rho = self.add_weight(
            shape=(inputs_shape[-1],),
            initializer=keras.initializers.Constant(self.initial_rho),
            autocast=False,
            name="rho",
        )

    def call(self, inputs, gamma, beta):
        rho = tf.convert_to_tensor(self.rho.value)
        if self.smoothing:
            rho = tf.clip_by_value(rho - self.smoothing, 0.0, 1.0)
        # (batch, channels) -> (batch, 1, 1, channels)
        gamma, beta = (
            tf.cast(style, self.variable_dtype)[:, tf.newaxis, tf.newaxis]
            for style in (gamma, beta)
        )
        return normalize_channels(
            tf.cast(inputs, self.compute_dtype),
            layer_instance_coefficients(self.epsilon, self.unbiased),
            rho,
            gamma,
            beta,
            dtype=self.variable_dtype,
        )

    def compute_output_shape(self, inputs_shape, *style_shapes):
        return inputs_shape
