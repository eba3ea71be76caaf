"""A discriminator that has one score for an image with its sentence."""

import keras
import tensorflow as tf

from tfragan.layers import FanInConvolution
from tfragan.layers.fan_in_convolution import start_of
from tfragan.layers.fixed_slope_relu import fixed_slope_relu
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.text_to_image.one_stage_generator import check_image_size
from tfragan.models.text_to_image.one_stage_generator import falling_widths


@keras.saving.register_keras_serializable(package="tfragan")
class DownBlock(RecordedLayer):
    """A residual block that halves an image.

    The residual, a 4x4 and a 3x3 convolution with leaky ReLUs, is weighted by
    one learned number, as published from zero on. The shortcut is an average
    of 2x2 pixels, then a 1x1 convolution where the width changes; the
    published code has these two in the other order, which is the same at four
    times the arithmetic.

    Args:
        filters: output channels.
        start: `"published"` or `"he"`, see `start_of`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)` with even
            sides.

    Output:
        Tensor of shape `(batch, height / 2, width / 2, filters)`.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865),
          section 3.1; published code
    """

    def __init__(self, filters, start="published", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.start = start

    def build(self, input_shape):
        self.halving = self._convolution(4, "halving", strides=2)
        self.halving.build(input_shape)
        self.convolution = self._convolution(3, "convolution")
        self.convolution.build(self.compute_output_shape(input_shape))
        self.shortcut = None
        if input_shape[-1] != self.filters:
            self.shortcut = self._convolution(
                1, "shortcut", use_bias=True, linear=True
            )
            self.shortcut.build(input_shape)
        self.residual_scale = self.add_weight(
            shape=(),
            initializer=start_of(self.start)[1],
            name="residual_scale",
        )

    def _convolution(
        self, kernel_size, name, strides=1, use_bias=False, linear=False
    ):
        return FanInConvolution(
            self.filters,
            kernel_size,
            strides=strides,
            use_bias=use_bias,
            kernel_initializer=start_of(self.start, linear)[0],
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, inputs):
        x = fixed_slope_relu(self.halving(inputs))
        x = fixed_slope_relu(self.convolution(x))
        return self.shrink(inputs) + self.residual_scale * x

    def shrink(self, inputs):
        """The shortcut, of the shape of the output."""
        shrunk = tf.nn.avg_pool2d(inputs, 2, 2, "VALID")
        return shrunk if self.shortcut is None else self.shortcut(shrunk)

    def compute_output_shape(self, input_shape):
        batch, height, width = input_shape[:3]
        return (
            batch,
            height and height // 2,
            width and width // 2,
            self.filters,
        )


@keras.saving.register_keras_serializable(package="tfragan")
class OneWayHead(RecordedLayer):
    """One score of 4x4 features and a sentence.

    Args:
        filters: channels inside.
        start: `"published"` or `"he"`, see `start_of`.

    Call arguments:
        features: tensor of shape `(batch, 4, 4, channels)`.
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.

    Output:
        float32 scores of shape `(batch,)`.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865),
          section 3.3, "one-way output"
    """

    def __init__(self, filters, start="published", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.start = start

    def build(self, features_shape, sentence_embedding_shape):
        joined = features_shape[-1] + sentence_embedding_shape[-1]
        self.joint = FanInConvolution(
            self.filters,
            3,
            use_bias=False,
            kernel_initializer=start_of(self.start)[0],
            dtype=self.dtype_policy,
            name="joint",
        )
        self.joint.build((*features_shape[:3], joined))
        self.score = FanInConvolution(
            1,
            4,
            padding="valid",
            use_bias=False,
            kernel_initializer=start_of(self.start)[0],
            dtype=self.dtype_policy,
            name="score",
        )
        self.score.build((*features_shape[:3], self.filters))

    def call(self, features, sentence_embedding):
        sentence = tf.cast(sentence_embedding, features.dtype)
        # (batch, dim) -> (batch, 4, 4, dim)
        sentence = tf.broadcast_to(
            sentence[:, tf.newaxis, tf.newaxis],
            (tf.shape(features)[0], *features.shape[1:3], sentence.shape[-1]),
        )
        x = self.joint(tf.concat([features, sentence], -1))
        scores = self.score(fixed_slope_relu(x))
        return tf.cast(tf.reshape(scores, (-1,)), tf.float32)

    def compute_output_shape(self, features_shape, sentence_embedding_shape):
        return (features_shape[0],)


@keras.saving.register_keras_serializable(package="tfragan")
class OneWayDiscriminator(RecordedLayer, keras.Model):
    """Scores in one number whether an image is real and fits a sentence.

    No normalization: samples do not mix, and each step of it can be
    differentiated twice.

    Args:
        image_size: height and width of the images: a power of two, 64, 128 or
            256 as published; it sets the number of blocks.
        embedding_dim: width of the sentence embedding.
        width: channels after the first convolution.
        widest: how many times as many channels the last blocks have at most:
            16 in SSA-GAN and DF-GAN of 2020, 8 in DF-GAN of 2022.
        start: `"published"` or `"he"`, see
            `tfragan.layers.fan_in_convolution.start_of`.

    Call arguments:
        images: tensor of shape `(batch, image_size, image_size, 3)`.

    Output:
        Features of shape `(batch, 4, 4, channels)`, for
        `head(features, sentence_embedding)`, which gives scores `(batch,)`.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865)
        - [Liao et al., 2021, SSA-GAN](https://arxiv.org/abs/2104.00567)
    """

    def __init__(
        self,
        image_size=256,
        embedding_dim=256,
        width=64,
        widest=16,
        start="published",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_image_size(image_size)
        self.image_size = image_size
        self.embedding_dim = embedding_dim
        self.width = width
        self.widest = widest
        self.start = start

    def build(self, input_shape=None):
        shape = (None, self.image_size, self.image_size, 3)
        self.stem = FanInConvolution(
            self.width,
            3,
            kernel_initializer=start_of(self.start)[0],
            dtype=self.dtype_policy,
            name="stem",
        )
        self.stem.build(shape)
        shape = (*shape[:3], self.width)
        self.blocks = []
        for scale in reversed(falling_widths(self.image_size)[:-1]):
            block = DownBlock(
                self.width * min(scale, self.widest),
                self.start,
                dtype=self.dtype_policy,
                name=f"block_{len(self.blocks) + 1}",
            )
            block.build(shape)
            shape = block.compute_output_shape(shape)
            self.blocks.append(block)
        self.head = OneWayHead(
            2 * self.width, self.start, dtype=self.dtype_policy, name="head"
        )
        self.head.build(shape, (None, self.embedding_dim))

    def call(self, images, training=False):
        x = self.stem(tf.cast(images, self.compute_dtype))
        for block in self.blocks:
            x = block(x)
        return x
