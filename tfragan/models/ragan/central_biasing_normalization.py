"""Central biasing normalization, which a condition steers."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers.channel_normalization import normalize_channels
from tfragan.models.ragan.normalized_part import NormalizedPart
from tfragan.models.ragan.ragan_initializers import scale_initializer
from tfragan.models.ragan.ragan_initializers import xavier_normal


@keras.saving.register_keras_serializable(package="tfragan")
class CentralBiasingNormalization(NormalizedPart, keras.layers.Layer):
    """Normalizes, centers each channel of each sample, and shifts it.

    With `t = tanh(dense(condition))`, one number a channel, the result is
    `(centered + t) * gamma + beta`: what the condition says replaces the mean
    of a channel. `centered` is the instance-normalized input, or the
    batch-normalized one less the mean of each channel of each sample, so that
    of the batch only its variance is left.

    Args:
        normalization: `"instance"`, the same in training and inference, or
            `"batch"`, whose statistics are those of the global batch.
        scale_start: `"uniform"` starts `gamma` at random between 0 and 1, as
            published, `"ones"` at 1.
        epsilon: added to the variance.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, dim)`.
        training: whether batch statistics are used and updated.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Yu et al., 2018, Central Biasing Normalization](
          https://arxiv.org/abs/1806.10050), section 3

    Example:

    >>> layer = CentralBiasingNormalization()
    >>> layer(np.ones((2, 4, 4, 3), "float32"), np.ones((2, 5))).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(
        self,
        normalization="instance",
        scale_start="uniform",
        epsilon=1e-5,
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        self.epsilon = epsilon

    def build(self, inputs_shape, condition_shape):
        channels = inputs_shape[-1]
        self.projection = keras.layers.Dense(
            channels,
            activation="tanh",
            kernel_initializer=xavier_normal(),
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build(condition_shape)
        self.gamma, self.beta = (
            self.add_weight(
                shape=(channels,),
                initializer=initializer,
                autocast=False,
                name=name,
            )
            for name, initializer in (
                ("gamma", scale_initializer(self.scale_start)),
                ("beta", "zeros"),
            )
        )
        self.statistics = None
        if self.normalization == "batch":
            self.statistics = BatchNormalization(
                epsilon=self.epsilon,
                affine=False,
                dtype=self.dtype_policy,
                name="statistics",
            )
            self.statistics.build(inputs_shape)
        self.built = True

    def call(self, inputs, condition, training=False):
        bias = self.projection(tf.cast(condition, self.compute_dtype))
        # (batch, channels) -> (batch, 1, 1, channels)
        bias = tf.cast(bias, self.variable_dtype)[:, tf.newaxis, tf.newaxis]
        inputs = tf.cast(inputs, self.compute_dtype)
        coefficients = self._instance_coefficients
        if self.statistics is not None:
            inputs = self.statistics(inputs, training=training)
            coefficients = _centering_coefficients
        return normalize_channels(
            inputs,
            coefficients,
            bias,
            tf.convert_to_tensor(self.gamma.value),
            tf.convert_to_tensor(self.beta.value),
            dtype=self.variable_dtype,
        )

    def _instance_coefficients(self, count, mean, squares, bias, gamma, beta):
        del mean
        scale = gamma * tf.math.rsqrt(squares / count + self.epsilon)
        return scale, bias * gamma + beta

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return inputs_shape

    def get_config(self):
        config = super().get_config()
        config.update({"epsilon": self.epsilon})
        return config


def _centering_coefficients(count, mean, squares, bias, gamma, beta):
    del count, squares
    return gamma * tf.ones_like(mean), bias * gamma + beta
