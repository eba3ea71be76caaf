"""The discriminator of CycleGAN."""

import keras
import tensorflow as tf

from tfragan.layers import InstanceNormalization
from tfragan.models.cyclegan.cyclegan_layers import ZeroPaddedConvolution
from tfragan.models.translation.image_translation_model import (
    check_discriminator_size,
)

_SLOPE = 0.2
_WIDEST = 8


@keras.saving.register_keras_serializable(package="tfragan")
class CycleGANDiscriminator(keras.Model):
    """Judges every patch of an image apart.

    4x4 convolutions: some that halve the image, one that does not, and the
    last to one channel, each but the last followed by a leaky ReLU. All but
    the first and the last have an instance normalization without parameters.

    Args:
        width: channels after the first convolution; they double with each, up
            to eight times as many.
        layers: number of convolutions that halve the image; with three a
            logit sees 70 x 70 pixels.

    Call arguments:
        images: tensor of shape `(batch, height, width, 3)` in [-1, 1]; sides
            are at least `smallest_image_size`.
        training: not used; training and inference are the same.

    Output:
        float32 logits of shape `(batch, height', width', 1)`; 256 pixels have
        30 logits.

    Raises:
        ValueError: for an image too small to have a logit.

    Reference:
        - [Isola et al., 2016](https://arxiv.org/abs/1611.07004), section
          6.1.2

    Example:

    >>> discriminator = CycleGANDiscriminator(width=4)
    >>> discriminator(np.zeros((2, 64, 32, 3), "float32")).shape
    TensorShape([2, 6, 2, 1])
    """

    def __init__(self, width=64, layers=3, **kwargs):
        super().__init__(**kwargs)
        if layers < 1:
            raise ValueError(f"layers must be 1 at least. Received: {layers=}")
        self.width = width
        # `layers` itself belongs to Keras.
        self.depth = layers

    @property
    def smallest_image_size(self):
        """The smallest side of an image that it accepts."""
        return 3 * 2**self.depth

    def build(self, input_shape=None):
        # It has no weights: one serves all convolutions.
        self.norm = InstanceNormalization(
            center=False, scale=False, dtype=self.dtype_policy, name="norm"
        )
        self.trunk = [
            self._convolution(
                self.width * min(2**index, _WIDEST),
                f"convolution_{index + 1}",
                strides=2 if index < self.depth else 1,
            )
            for index in range(self.depth + 1)
        ]
        self.head = self._convolution(1, "head")
        shape = (None, None, None, 3)
        for layer in (*self.trunk, self.head):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.norm.build(shape)

    def _convolution(self, filters, name, strides=1):
        return ZeroPaddedConvolution(
            filters,
            4,
            strides=strides,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, images, training=False):
        check_discriminator_size(images.shape, self.smallest_image_size)
        x = tf.cast(images, self.compute_dtype)
        first, *others = self.trunk
        x = tf.nn.leaky_relu(first(x), _SLOPE)
        for convolution in others:
            x = tf.nn.leaky_relu(self.norm(convolution(x)), _SLOPE)
        return tf.cast(self.head(x), tf.float32)

    def get_config(self):
        config = super().get_config()
        config.update({"width": self.width, "layers": self.depth})
        return config
