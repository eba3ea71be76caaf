"""The convolutions of AlexNet and VGG16 that LPIPS compares images by."""

import dataclasses

import keras
import tensorflow as tf

from tfragan.layers.recorded_config import RecordedLayer


@dataclasses.dataclass(frozen=True)
class _Convolution:
    filters: int
    kernel: int
    # Of the layer in torchvision's `features`.
    number: int
    strides: int = 1
    padding: int = 1


_C = _Convolution

# A stage is the convolutions up to the next map that is compared.
_STAGES = {
    "alexnet": (
        (_C(64, 11, 0, 4, 2),),
        (_C(192, 5, 3, padding=2),),
        (_C(384, 3, 6),),
        (_C(256, 3, 8),),
        (_C(256, 3, 10),),
    ),
    "vgg16": (
        (_C(64, 3, 0), _C(64, 3, 2)),
        (_C(128, 3, 5), _C(128, 3, 7)),
        (_C(256, 3, 10), _C(256, 3, 12), _C(256, 3, 14)),
        (_C(512, 3, 17), _C(512, 3, 19), _C(512, 3, 21)),
        (_C(512, 3, 24), _C(512, 3, 26), _C(512, 3, 28)),
    ),
}
# Width of the pools, of stride 2, and the stages that start with one.
_POOLS = {"alexnet": (3, (1, 2)), "vgg16": (2, (1, 2, 3, 4))}
NETWORKS = tuple(_STAGES)
# Sides in pixels that leave at least a cell of every map.
SMALLEST_SIDE = {"alexnet": 31, "vgg16": 16}


class LPIPSTrunk(RecordedLayer):
    """A network of torchvision up to its last convolution.

    Args:
        network: `"alexnet"` or `"vgg16"`.

    Call arguments:
        images: float32 tensor (batch, height, width, 3), normalized.

    Output:
        List of five maps (batch, rows, columns, channels), after the
        activations.

    Reference:
        - [Krizhevsky, 2014](https://arxiv.org/abs/1404.5997), one column
        - [Simonyan and Zisserman, 2014](https://arxiv.org/abs/1409.1556),
          configuration D
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.convolutions = {
            step.number: keras.layers.Conv2D(
                step.filters,
                step.kernel,
                step.strides,
                activation="relu",
                dtype=self.dtype_policy,
                name=f"features_{step.number}",
            )
            for stage in _STAGES[network]
            for step in stage
        }

    @property
    def channels(self):
        """Channels of the five maps."""
        return [stage[-1].filters for stage in _STAGES[self.network]]

    def build(self, input_shape):
        channels = input_shape[-1]
        for convolution in self.convolutions.values():
            convolution.build((None, None, None, channels))
            channels = convolution.filters

    def call(self, images):
        width, pooled_stages = _POOLS[self.network]
        maps = []
        x = images
        for index, stage in enumerate(_STAGES[self.network]):
            if index in pooled_stages:
                x = tf.nn.max_pool2d(x, width, 2, "VALID")
            for step in stage:
                edge = (step.padding, step.padding)
                x = tf.pad(x, ((0, 0), edge, edge, (0, 0)))
                x = self.convolutions[step.number](x)
            maps.append(x)
        return maps
