"""An image encoder of DAMSM that is trained from scratch."""

import keras
import tensorflow as tf

from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.damsm.image_encoder import ImageEncoder
from tfragan.models.damsm.normalized_convolution import NormalizedConvolution


@keras.saving.register_keras_serializable(package="tfragan")
class SmallTrunk(RecordedLayer):
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

    def call(self, images, training=False):
        regions = tf.convert_to_tensor(images)
        for layer in self._to_regions:
            regions = layer(regions, training=training)
        last = regions
        for layer in self._to_last:
            last = layer(last, training=training)
        return regions, last


@keras.saving.register_keras_serializable(package="tfragan")
class SmallImageEncoder(ImageEncoder):
    """Small image encoder for data that no pretrained network fits.

    Made for images of 16 to 128 pixels such as emoji; trained together with
    the text encoder. A few milliseconds an image on a CPU.

    Args:
        embedding_dim: width of both outputs.
        input_size: pixels; images of other sizes are resized to it.
        region_size: rows and columns of the map of regions; `input_size`
            is a power of two times it. `None` means 8, or half of
            `input_size` where that is less.
        width: channels after the first halving.
        trunk_trainable: whether the trunk learns, or the heads only.
        trunk_batch_statistics: whether the trunk normalizes by the batch
            in training.

    Call arguments:
        images: float tensor of shape `(batch, height, width, 3)` in
            [-1, 1], of any height and width.
        training: whether this is a step of training.

    Output:
        `(region_features, image_embedding)` of shapes
        `(batch, region_size, region_size, embedding_dim)` and
        `(batch, embedding_dim)`.

    Example:

    >>> encoder = SmallImageEncoder(embedding_dim=32, width=8)
    >>> regions, image = encoder(np.zeros((2, 64, 64, 3), "float32"))
    >>> regions.shape, image.shape
    (TensorShape([2, 8, 8, 32]), TensorShape([2, 32]))
    """

    antialias = True

    def __init__(
        self,
        embedding_dim=256,
        input_size=64,
        region_size=None,
        width=32,
        trunk_trainable=True,
        trunk_batch_statistics=True,
        **kwargs,
    ):
        super().__init__(
            embedding_dim=embedding_dim,
            input_size=input_size,
            trunk_trainable=trunk_trainable,
            trunk_batch_statistics=trunk_batch_statistics,
            **kwargs,
        )
        if region_size is None:
            region_size = min(8, input_size // 2)
        factor = input_size // region_size if region_size > 0 else 0
        if factor < 2 or factor & (factor - 1) or input_size % region_size:
            raise ValueError(
                "input_size must be region_size times a power of two. "
                f"Received: input_size={input_size}, "
                f"region_size={region_size}"
            )
        if region_size % 2:
            raise ValueError(
                f"region_size must be even. Received: region_size={region_size}"
            )
        self.region_size = region_size
        self.width = width
        self.trunk = SmallTrunk(
            width,
            factor.bit_length() - 1,
            dtype=self.dtype_policy,
            name="trunk",
        )

    def build(self, input_shape):
        self.trunk.build((None, None, None, 3))
        self.build_heads(self.trunk.region_channels, self.trunk.last_channels)

    def compute_taps(self, images, training):
        return self.trunk(images, training=training)
