"""The convolutional part of Inception-v3."""

import dataclasses

import keras
import tensorflow as tf

from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.damsm.normalized_convolution import NormalizedConvolution

_AVERAGE_POOL = "average_pool"
_MAX_POOL = "max_pool"
_MAX_POOL_IN_PLACE = "max_pool_in_place"


@dataclasses.dataclass(frozen=True)
class _Convolution:
    name: str
    filters: int
    kernel: int | tuple
    strides: int = 1
    padding: str = ""

    def layer(self, prefix, dtype):
        default = "same" if self.strides == 1 else "valid"
        return NormalizedConvolution(
            self.filters,
            self.kernel,
            self.strides,
            self.padding or default,
            epsilon=1e-3,
            dtype=dtype,
            name=prefix + self.name,
        )


_C = _Convolution

_STEM = (
    _C("Conv2d_1a_3x3", 32, 3, 2),
    _C("Conv2d_2a_3x3", 32, 3, padding="valid"),
    _C("Conv2d_2b_3x3", 64, 3),
    _MAX_POOL,
    _C("Conv2d_3b_1x1", 80, 1),
    _C("Conv2d_4a_3x3", 192, 3, padding="valid"),
    _MAX_POOL,
)


# A block is a tuple of branches, a branch a tuple of steps; a tuple of
# convolutions as a step is computed side by side and concatenated.
def _block_a(pool):
    return (
        (_C("branch1x1", 64, 1),),
        (_C("branch5x5_1", 48, 1), _C("branch5x5_2", 64, 5)),
        (
            _C("branch3x3dbl_1", 64, 1),
            _C("branch3x3dbl_2", 96, 3),
            _C("branch3x3dbl_3", 96, 3),
        ),
        (_AVERAGE_POOL, _C("branch_pool", pool, 1)),
    )


def _block_b():
    return (
        (_C("branch3x3", 384, 3, 2),),
        (
            _C("branch3x3dbl_1", 64, 1),
            _C("branch3x3dbl_2", 96, 3),
            _C("branch3x3dbl_3", 96, 3, 2),
        ),
        (_MAX_POOL,),
    )


def _block_c(width):
    row, column = (1, 7), (7, 1)
    return (
        (_C("branch1x1", 192, 1),),
        (
            _C("branch7x7_1", width, 1),
            _C("branch7x7_2", width, row),
            _C("branch7x7_3", 192, column),
        ),
        (
            _C("branch7x7dbl_1", width, 1),
            _C("branch7x7dbl_2", width, column),
            _C("branch7x7dbl_3", width, row),
            _C("branch7x7dbl_4", width, column),
            _C("branch7x7dbl_5", 192, row),
        ),
        (_AVERAGE_POOL, _C("branch_pool", 192, 1)),
    )


def _block_d():
    return (
        (_C("branch3x3_1", 192, 1), _C("branch3x3_2", 320, 3, 2)),
        (
            _C("branch7x7x3_1", 192, 1),
            _C("branch7x7x3_2", 192, (1, 7)),
            _C("branch7x7x3_3", 192, (7, 1)),
            _C("branch7x7x3_4", 192, 3, 2),
        ),
        (_MAX_POOL,),
    )


def _block_e(pool=_AVERAGE_POOL):
    def fork(name, first, second):
        return (
            _C(name + first, 384, (1, 3)),
            _C(name + second, 384, (3, 1)),
        )

    return (
        (_C("branch1x1", 320, 1),),
        (_C("branch3x3_1", 384, 1), fork("branch3x3_", "2a", "2b")),
        (
            _C("branch3x3dbl_1", 448, 1),
            _C("branch3x3dbl_2", 384, 3),
            fork("branch3x3dbl_", "3a", "3b"),
        ),
        (pool, _C("branch_pool", 192, 1)),
    )


_BLOCKS = {
    "Mixed_5b": _block_a(32),
    "Mixed_5c": _block_a(64),
    "Mixed_5d": _block_a(64),
    "Mixed_6a": _block_b(),
    "Mixed_6b": _block_c(128),
    "Mixed_6c": _block_c(160),
    "Mixed_6d": _block_c(160),
    "Mixed_6e": _block_c(192),
    "Mixed_7a": _block_d(),
    "Mixed_7b": _block_e(),
    "Mixed_7c": _block_e(),
}
# The graph of 2015 differs from the paper in one pool.
_BLOCKS_OF_2015 = {**_BLOCKS, "Mixed_7c": _block_e(_MAX_POOL_IN_PLACE)}


@keras.saving.register_keras_serializable(package="tfragan")
class InceptionTrunk(RecordedLayer):
    """Inception-v3 without its classifiers, wired and named as published.

    `convolutions` maps the 94 published names, such as
    `"Mixed_5b.branch1x1"`, to the layers, in the published order.

    Args:
        pool_counts_padding: whether the average pools divide by 9 at the
            borders too, as weights trained in PyTorch expect, or by the
            number of cells inside the map, as those of Keras.
        max_pool_at_end: whether the last block has a maximum where the paper
            has an average, as the graph of 2015 that FID is defined on.

    Call arguments:
        images: tensor of shape `(batch, height, width, 3)` in [-1, 1], of
            at least 75 pixels.
        training: whether the batch's own statistics normalize it.

    Output:
        Dict from the names of the stem's convolutions and of the blocks to
        their outputs; `"Mixed_6e"` has 768 channels, `"Mixed_7c"` 2048.

    Reference:
        - [Szegedy et al., 2015](https://arxiv.org/abs/1512.00567)
    """

    def __init__(
        self, pool_counts_padding=True, max_pool_at_end=False, **kwargs
    ):
        super().__init__(**kwargs)
        self.pool_counts_padding = pool_counts_padding
        self.max_pool_at_end = max_pool_at_end
        self._blocks = _BLOCKS_OF_2015 if max_pool_at_end else _BLOCKS
        self.convolutions = {}
        for step in _STEM:
            self._add(step, "")
        for block, branches in self._blocks.items():
            for branch in branches:
                for step in branch:
                    self._add(step, block + ".")

    def _add(self, step, prefix):
        if isinstance(step, tuple):
            for part in step:
                self._add(part, prefix)
        elif isinstance(step, _Convolution):
            layer = step.layer(prefix, self.dtype_policy)
            self.convolutions[layer.name] = layer

    def build(self, input_shape):
        def channels_after(step, prefix, channels):
            if isinstance(step, tuple):
                return sum(
                    channels_after(part, prefix, channels) for part in step
                )
            if isinstance(step, str):
                return channels
            layer = self.convolutions[prefix + step.name]
            layer.build((None, None, None, channels))
            return step.filters

        channels = input_shape[-1]
        for step in _STEM:
            channels = channels_after(step, "", channels)
        for block, branches in self._blocks.items():
            total = 0
            for branch in branches:
                width = channels
                for step in branch:
                    width = channels_after(step, block + ".", width)
                total += width
            channels = total

    def call(self, images, training=False):
        taps = {}
        x = tf.convert_to_tensor(images)
        for step in _STEM:
            x = self._step(step, "", x, training)
            if isinstance(step, _Convolution):
                taps[step.name] = x
        for block, branches in self._blocks.items():
            outputs = []
            for branch in branches:
                y = x
                for step in branch:
                    y = self._step(step, block + ".", y, training)
                outputs.append(y)
            x = taps[block] = tf.concat(outputs, axis=-1)
        return taps

    def _step(self, step, prefix, x, training):
        if step == _MAX_POOL:
            return tf.nn.max_pool2d(x, 3, 2, "VALID")
        if step == _MAX_POOL_IN_PLACE:
            return tf.nn.max_pool2d(x, 3, 1, "SAME")
        if step == _AVERAGE_POOL:
            return self._average_pool(x)
        if isinstance(step, tuple):
            parts = [self._step(part, prefix, x, training) for part in step]
            return tf.concat(parts, axis=-1)
        return self.convolutions[prefix + step.name](x, training=training)

    def _average_pool(self, x):
        if self.pool_counts_padding:
            x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
            return tf.nn.avg_pool2d(x, 3, 1, "VALID")
        return tf.nn.avg_pool2d(x, 3, 1, "SAME")
