"""The convolutional part of EfficientNet-Lite0."""

import keras

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
class EfficientNetLite(keras.layers.Layer):
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
        self.built = True

    def call(self, images, training=False):
        # Levels 0..255 are (x + 1) * 127.5; trained on (level - 127) / 128.
        x = images * (127.5 / 128.0) + 0.5 / 128.0
        x = self.convolutions["stem"](x, training=training)
        taps = {}
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

    def get_config(self):
        return super().get_config()
