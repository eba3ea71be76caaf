"""The generator of CycleGAN."""

import keras
import tensorflow as tf

from tfragan.layers import InstanceNormalization
from tfragan.layers import ReflectionConvolution
from tfragan.layers import ResidualBlock
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.cyclegan.cyclegan_layers import DoublingConvolution
from tfragan.models.cyclegan.cyclegan_layers import ZeroPaddedConvolution


@keras.saving.register_keras_serializable(package="tfragan")
class CycleGANGenerator(RecordedLayer, keras.Model):
    """Translates an image of one domain into the other.

    A convolution, two halvings, residual blocks at a quarter of the size,
    two doublings and a last convolution. Every convolution but the last is
    followed by an instance normalization without parameters and ReLU.

    Args:
        width: channels of the first convolution.
        residual_blocks: nine as published, six for images of 128 pixels.
        dropout: share of the values inside a residual block that are set to
            zero in training.
        seed: seed of the dropout.

    Call arguments:
        images: tensor of shape `(batch, height, width, 3)` in [-1, 1], at
            least 5 pixels high and wide; a side that is not a multiple of 4
            is rounded up to one.
        training: whether values are dropped.

    Output:
        Dict of `image`, float32 `(batch, height, width, 3)` in [-1, 1].

    Reference:
        - [Zhu et al., 2017](https://arxiv.org/abs/1703.10593), section 7.2

    Example:

    >>> generator = CycleGANGenerator(width=4, residual_blocks=1)
    >>> generator(np.zeros((2, 16, 24, 3), "float32"))["image"].shape
    TensorShape([2, 16, 24, 3])
    """

    # It takes images of any size.
    fixed_size = None

    def __init__(
        self, width=64, residual_blocks=9, dropout=0.0, seed=0, **kwargs
    ):
        super().__init__(**kwargs)
        self.width = width
        self.residual_blocks = residual_blocks
        self.dropout = dropout
        self.seed = seed

    def build(self, input_shape=None):
        # It has no weights: one serves all convolutions.
        self.norm = InstanceNormalization(
            center=False, scale=False, dtype=self.dtype_policy, name="norm"
        )
        width, options = self.width, self._options
        self.stem = ReflectionConvolution(
            width, 7, reflection=3, **options("stem")
        )
        self.down_blocks = [
            ZeroPaddedConvolution(
                scale * width, 3, strides=2, **options(f"down_{number}")
            )
            for number, scale in ((1, 2), (2, 4))
        ]
        self.blocks = [
            ResidualBlock(
                4 * width,
                use_bias=True,
                dropout=self.dropout,
                seed=self.residual_blocks * self.seed + index,
                **options(f"block_{index + 1}"),
            )
            for index in range(self.residual_blocks)
        ]
        self.up_blocks = [
            DoublingConvolution(scale * width, **options(f"up_{number}"))
            for number, scale in ((1, 2), (2, 1))
        ]
        self.output_convolution = ReflectionConvolution(
            3, 7, reflection=3, **options("output")
        )
        shape = (None, None, None, 3)
        layers: list[keras.layers.Layer] = [
            self.stem,
            *self.down_blocks,
            *self.blocks,
            *self.up_blocks,
            self.output_convolution,
        ]
        for layer in layers:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.norm.build(shape)

    def _options(self, name):
        return {
            "kernel_initializer": keras.initializers.RandomNormal(stddev=0.02),
            "dtype": self.dtype_policy,
            "name": name,
        }

    def call(self, images, training=False):
        x = tf.cast(images, self.compute_dtype)
        halving: list[keras.layers.Layer] = [self.stem, *self.down_blocks]
        for convolution in halving:
            x = tf.nn.relu(self.norm(convolution(x)))
        for block in self.blocks:
            x = block(x, training=training)
        for convolution in self.up_blocks:
            x = tf.nn.relu(self.norm(convolution(x)))
        x = tf.cast(self.output_convolution(x), tf.float32)
        return {"image": tf.tanh(x)}
