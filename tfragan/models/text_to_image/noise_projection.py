"""The first feature map of a generator, out of the noise."""

import keras
import tensorflow as tf

from tfragan.layers.fan_in_uniform import fan_in_uniform
from tfragan.layers.fan_in_uniform import fan_in_uniform_bias

# Height and width of the map.
FIRST_SIZE = 4


@keras.saving.register_keras_serializable(package="tfragan")
class NoiseProjection(keras.layers.Layer):
    """A dense layer from the noise to a 4x4 map.

    Args:
        filters: channels of the map.

    Call arguments:
        noise: tensor of shape `(batch, noise_dim)`.

    Output:
        Tensor of shape `(batch, 4, 4, filters)`.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, noise_shape):
        self.projection = keras.layers.Dense(
            FIRST_SIZE**2 * self.filters,
            kernel_initializer=fan_in_uniform(),
            bias_initializer=fan_in_uniform_bias(noise_shape[-1]),
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build(noise_shape)
        self.built = True

    def call(self, noise):
        x = self.projection(noise)
        # The published features are channel-major: channel * 16 + position.
        x = tf.reshape(x, (-1, self.filters, FIRST_SIZE, FIRST_SIZE))
        return tf.transpose(x, (0, 2, 3, 1))

    def compute_output_shape(self, noise_shape):
        return (noise_shape[0], FIRST_SIZE, FIRST_SIZE, self.filters)

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters})
        return config
