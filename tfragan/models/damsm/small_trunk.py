"""A small convolutional network for DAMSM."""

import keras
import tensorflow as tf

from tfragan.models.damsm.normalized_convolution import NormalizedConvolution


@keras.saving.register_keras_serializable(package="tfragan")
class SmallTrunk(keras.layers.Layer):
    """Halves images to a map of regions, and once more.

    Halvings are 4 x 4 convolutions, centered on their cells, so that each
    region lies where its vector says. A 3 x 3 convolution follows on the map
    of regions and on the last map.

    Args:
        width: channels after the first halving; each further one doubles
            them, up to 8 times `width`.
        halvings: how often images are halved to the map of regions.

    Call arguments:
        images: tensor of shape `(batch, height, width, 3)`.
        training: whether the batch's own statistics normalize it.

    Output:
        `(regions, last)`: maps of `region_channels` and `last_channels`
        channels.
    """

    def __init__(self, width=32, halvings=3, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.halvings = halvings
        channels = [width * 2 ** min(i, 3) for i in range(halvings + 1)]
        self.region_channels = channels[-2]
        self.last_channels = channels[-1]
        self._to_regions = [
            self._convolution(f"halving_{i}", channels[i], 4, 2)
            for i in range(halvings)
        ]
        self._to_regions.append(
            self._convolution("regions", self.region_channels, 3, 1)
        )
        self._to_last = [
            self._convolution(f"halving_{halvings}", self.last_channels, 4, 2),
            self._convolution("last", self.last_channels, 3, 1),
        ]

    def _convolution(self, name, filters, kernel_size, strides):
        return NormalizedConvolution(
            filters,
            kernel_size,
            strides,
            activation="leaky_relu",
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape):
        channels = input_shape[-1]
        for layer in self._to_regions + self._to_last:
            layer.build((None, None, None, channels))
            channels = layer.filters
        self.built = True

    def call(self, images, training=False):
        regions = tf.convert_to_tensor(images)
        for layer in self._to_regions:
            regions = layer(regions, training=training)
        last = regions
        for layer in self._to_last:
            last = layer(last, training=training)
        return regions, last

    def get_config(self):
        config = super().get_config()
        config.update({"width": self.width, "halvings": self.halvings})
        return config
