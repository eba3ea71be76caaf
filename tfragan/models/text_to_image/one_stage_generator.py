"""The ends of generators that make an image in one stage."""

import keras
import tensorflow as tf

from tfragan.layers import FanInConvolution
from tfragan.models.text_to_image.noise_projection import FIRST_SIZE
from tfragan.models.text_to_image.noise_projection import NoiseProjection
from tfragan.models.text_to_image.pyramid import check_image_size
from tfragan.models.text_to_image.pyramid import falling_widths

_WIDEST = 8


class OneStageGenerator(keras.Model):
    """From noise to the first map, and from the last map to the image.

    A subclass gives the blocks between, each on a map that is twice as large
    as that before it.

    Args:
        image_size: height and width of the image, see `check_image_size`.
        embedding_dim: width of the sentence embedding.
        width: channels of the last map; those before have up to eight times
            as many.
        noise_dim: width of the noise.
    """

    def __init__(self, image_size, embedding_dim, width, noise_dim, **kwargs):
        super().__init__(**kwargs)
        check_image_size(image_size)
        self.image_size = image_size
        self.embedding_dim = embedding_dim
        self.width = width
        self.noise_dim = noise_dim

    def feature_shapes(self):
        """Shapes of the maps that blocks give, `(None, size, size, channels)`.

        The first is that of the noise's map, too.
        """
        return [
            (None, FIRST_SIZE << number, FIRST_SIZE << number, filters)
            for number, filters in enumerate(
                self.width * min(scale, _WIDEST)
                for scale in falling_widths(self.image_size)
            )
        ]

    def build_ends(self):
        """Builds the first and the last layer."""
        first, *_, last = self.feature_shapes()
        self.noise_projection = NoiseProjection(
            first[-1], dtype=self.dtype_policy, name="noise_projection"
        )
        self.noise_projection.build((None, self.noise_dim))
        self.output_convolution = FanInConvolution(
            3, 3, dtype=self.dtype_policy, name="output_convolution"
        )
        self.output_convolution.build(last)

    def to_image(self, features):
        """The image of the last map, float32 in [-1, 1]."""
        x = self.output_convolution(tf.nn.leaky_relu(features, 0.2))
        return tf.cast(tf.tanh(x), tf.float32)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "image_size": self.image_size,
                "embedding_dim": self.embedding_dim,
                "width": self.width,
                "noise_dim": self.noise_dim,
            }
        )
        return config
