"""Conditioning augmentation of a sentence embedding."""

import keras
import tensorflow as tf

from tfragan.layers.gated_linear_unit import GatedLinearUnit
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class ConditioningAugmentation(RecordedLayer):
    """Samples a condition from a Gaussian that the sentence determines.

    `condition = mean + noise * exp(log_variance / 2)`, where mean and log
    variance are a gated linear function of the sentence embedding.

    Args:
        condition_dim: width of the condition.
        kernel_initializer: initializer of the linear map.

    Call arguments:
        sentence_embedding: tensor of shape `(batch, dim)`.
        noise: standard normal tensor of shape `(batch, condition_dim)`.
            Given from outside, so that a caller decides about its seed.

    Output:
        Tuple `(condition, mean, log_variance)`, each of shape
        `(batch, condition_dim)`.

    Reference:
        - [Zhang et al., 2016, StackGAN](https://arxiv.org/abs/1612.03242),
          section 3.2
    """

    def __init__(
        self, condition_dim, kernel_initializer="orthogonal", **kwargs
    ):
        super().__init__(**kwargs)
        self.condition_dim = condition_dim
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, sentence_embedding_shape, noise_shape=None):
        self.projection = keras.layers.Dense(
            4 * self.condition_dim,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build(sentence_embedding_shape)
        self.gate = GatedLinearUnit(dtype=self.dtype_policy, name="gate")
        self.gate.build((None, 4 * self.condition_dim))

    def call(self, sentence_embedding, noise):
        statistics = self.gate(self.projection(sentence_embedding))
        # The exponential and the divergence need the range of float32.
        mean, log_variance = tf.split(tf.cast(statistics, tf.float32), 2, -1)
        noise = tf.cast(noise, tf.float32)
        condition = mean + noise * tf.exp(0.5 * log_variance)
        return condition, mean, log_variance
