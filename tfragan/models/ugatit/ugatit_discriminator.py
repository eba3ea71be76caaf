"""The discriminators of U-GAT-IT: local and global."""

import keras
import tensorflow as tf

from tfragan.layers import ClassActivationMap
from tfragan.layers import ReflectionConvolution
from tfragan.layers import SpectralNormalization
from tfragan.models.translation.image_translation_model import (
    check_discriminator_size,
)
from tfragan.models.ugatit.ugatit_layers import get_variant

_SLOPE = 0.2


@keras.saving.register_keras_serializable(package="tfragan")
class UGATITDiscriminator(keras.Model):
    """Judges the patches of an image, and its domain by class activation.

    4x4 convolutions with leaky ReLU and spectral normalization; all but the
    last two halve the image. The attention in front of the last one is that
    of `ClassActivationMap`.

    Args:
        layers: number of convolutions, 3 at least. As published, the local
            discriminator has 5, so that a logit sees 70 x 70 pixels, and the
            global one 7 and 286 x 286.
        width: channels after the first convolution; they double with each.
        variant: a key of `tfragan.models.ugatit.VARIANTS`.
        spectral_normalization: whether there is any.

    Call arguments:
        images: tensor of shape `(batch, height, width, 3)`; sides are at
            least `smallest_image_size`.
        training: whether the spectral normalization does power iterations.
        passes: number of parts of the batch, see `SpectralNormalization`.

    Output:
        Dict of float32 tensors: `logit`, `(batch, h, w, 1)`; `cam_logit`,
        `(batch, 2)`; and `heat_map`, `(batch, h, w, 1)`, which in the PyTorch
        variant is one pixel larger than `logit`.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          section 2.1; published code
    """

    def __init__(
        self,
        layers=5,
        width=64,
        variant="pytorch",
        spectral_normalization=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        get_variant(variant)
        if layers < 3:
            raise ValueError(f"layers must be 3 at least. Received: {layers=}")
        # `layers` itself belongs to Keras.
        self.depth = layers
        self.width = width
        self.variant = variant
        self.spectral_normalization = spectral_normalization

    @property
    def smallest_image_size(self):
        """The smallest side of an image that it accepts."""
        return 3 * 2 ** (self.depth - 2)

    def build(self, input_shape=None):
        variant = get_variant(self.variant)
        self.trunk = []
        channels = 3
        for number in range(1, self.depth):
            halves = number < self.depth - 1
            filters = self.width << (number - 1)
            layer = self._convolution(
                filters,
                channels,
                f"trunk_{number}",
                reflection=1 if halves else variant.last_reflection,
                strides=2 if halves else 1,
            )
            self.trunk.append(layer)
            channels = filters
        self.attention = ClassActivationMap(
            shared=variant.shared_classifier,
            negative_slope=_SLOPE,
            spectral_normalization=self.spectral_normalization,
            reweighting=variant.reweighting,
            keep_v=variant.keep_v,
            kernel_initializer=variant.kernel_initializer(),
            bias_initializer=variant.bias_initializer(2 * channels),
            dtype=self.dtype_policy,
            name="attention",
        )
        self.attention.build((None, None, None, channels))
        self.head = self._convolution(
            1,
            channels,
            "head",
            reflection=variant.last_reflection,
            use_bias=variant.head_bias,
        )

    def _convolution(self, filters, channels, name, **kwargs):
        variant = get_variant(self.variant)
        layer = ReflectionConvolution(
            filters,
            4,
            kernel_initializer=variant.kernel_initializer(),
            bias_initializer=variant.bias_initializer(16 * channels),
            dtype=self.dtype_policy,
            name=name,
            **kwargs,
        )
        if self.spectral_normalization:
            layer = SpectralNormalization(
                layer, keep_v=variant.keep_v, name=f"normalized_{name}"
            )
        layer.build((None, None, None, channels))
        return layer

    def call(self, images, training=False, passes=1):
        check_discriminator_size(images.shape, self.smallest_image_size)
        x = tf.cast(images, self.compute_dtype)
        for layer in self.trunk:
            x = tf.nn.leaky_relu(self._run(layer, x, training, passes), _SLOPE)
        cam_logit, x, heat_map = self.attention(
            x, training=training, passes=passes
        )
        logit = self._run(self.head, x, training, passes)
        return {
            "logit": tf.cast(logit, tf.float32),
            "cam_logit": cam_logit,
            "heat_map": heat_map,
        }

    def _run(self, layer, inputs, training, passes):
        if self.spectral_normalization:
            return layer(inputs, training=training, passes=passes)
        return layer(inputs)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "layers": self.depth,
                "width": self.width,
                "variant": self.variant,
                "spectral_normalization": self.spectral_normalization,
            }
        )
        return config
