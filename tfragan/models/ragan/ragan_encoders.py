"""Encoders of labels and images that guide RAGAN's generator."""

import keras
import tensorflow as tf

from tfragan.layers.recorded_config import recorded_config
from tfragan.models.ragan.ragan_layers import SLOPE
from tfragan.models.ragan.ragan_layers import CentralBiasingNormalization
from tfragan.models.ragan.ragan_layers import NormalizedPart
from tfragan.models.ragan.ragan_layers import convolution
from tfragan.models.ragan.ragan_layers import normalized
from tfragan.models.ragan.ragan_layers import plain_normalization
from tfragan.models.ragan.ragan_layers import xavier_normal


@keras.saving.register_keras_serializable(package="tfragan")
class LabelEncoder(keras.Model):
    """A fixed vector for each label.

    The vectors are drawn once and stay as they are, like those of a frozen
    text encoder. There is no published choice: the published networks take
    vectors, and its loader has none.

    Args:
        labels: number of labels.
        embedding_dim: width of the vectors.

    Call arguments:
        label_ids: integer tensor of shape `(batch, attributes)`.

    Output:
        Tuple of word embeddings `(batch, attributes, embedding_dim)`, a
        vector a label, and sentence embedding `(batch, embedding_dim)`, their
        mean.
    """

    def __init__(self, labels, embedding_dim=256, **kwargs):
        super().__init__(**kwargs)
        if labels < 1:
            raise ValueError(f"There must be a label. Received: {labels=}")
        self.labels = labels
        self.embedding_dim = embedding_dim

    def build(self, input_shape=None):
        self.table = self.add_weight(
            shape=(self.labels, self.embedding_dim),
            # About the size of a sentence embedding's numbers.
            initializer=keras.initializers.RandomNormal(stddev=0.5),
            trainable=False,
            name="table",
        )
        self.built = True

    def call(self, label_ids, training=False):
        words = tf.gather(tf.convert_to_tensor(self.table), label_ids)
        return words, tf.reduce_mean(words, 1)

    def get_config(self):
        return {**super().get_config(), **recorded_config(self)}


_WIDEST = 4


@keras.saving.register_keras_serializable(package="tfragan")
class EncoderBlock(NormalizedPart):
    """A residual block that halves the map, normalized in front.

    Args:
        filters: output channels.
        normalization: see `plain_normalization`.
        scale_start: see `CentralBiasingNormalization`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, dim)` that steers the
            normalizations, or None. It has to be there in `build` already.
        training: whether batch statistics are used.

    Output:
        Tensor of shape `(batch, height // 2, width // 2, filters)`.
    """

    def __init__(
        self,
        filters,
        normalization="instance",
        scale_start="uniform",
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        self.filters = filters

    def build(self, inputs_shape, condition_shape=None):
        channels = inputs_shape[-1]
        for number, filters in ((1, channels), (2, self.filters)):
            norm = self._norm(f"norm_{number}", inputs_shape, condition_shape)
            setattr(self, norm.name, norm)
            layer = convolution(
                filters, 3, f"convolution_{number}", self.dtype_policy
            )
            layer.build(inputs_shape)
            setattr(self, layer.name, layer)
        # A 1x1 convolution; as one, graph optimization fails on the sum.
        self.shortcut = keras.layers.Dense(
            self.filters,
            kernel_initializer=xavier_normal(),
            dtype=self.dtype_policy,
            name="shortcut",
        )
        self.shortcut.build(inputs_shape)
        self.built = True

    def _norm(self, name, inputs_shape, condition_shape):
        if condition_shape is None:
            norm = plain_normalization(name=name, **self.part_options())
            norm.build(inputs_shape)
            return norm
        norm = CentralBiasingNormalization(name=name, **self.part_options())
        norm.build(inputs_shape, condition_shape)
        return norm

    def call(self, inputs, condition=None, training=False):
        x = inputs
        for norm, layer in (
            (self.norm_1, self.convolution_1),
            (self.norm_2, self.convolution_2),
        ):
            x = normalized(norm, x, condition, training=training)
            x = layer(tf.nn.leaky_relu(x, SLOPE))
        return _halved(x) + self.shortcut(_halved(inputs))


@keras.saving.register_keras_serializable(package="tfragan")
class ReferenceEncoder(NormalizedPart, keras.Model):
    """A distribution of codes for an image, or for each part of it.

    Args:
        code_dim: width of a code.
        local: whether each position of the last map has a code, in place of
            one for the image.
        condition_dim: width of the condition that steers the normalizations,
            0 for none.
        width: channels of the first layer; four times as many at most.
        blocks: how often the image is halved.
        image_channels: channels of the images.
        normalization: `"instance"` or `"batch"`.
        scale_start: see `CentralBiasingNormalization`.

    Call arguments:
        images: tensor of shape `(batch, height, width, image_channels)`.
        condition: tensor of shape `(batch, condition_dim)`, or None.
        training: whether batch statistics are used.

    Output:
        Tuple of mean and logarithm of the variance, float32 `(batch,
        code_dim)`, or `(batch, positions, code_dim)` if local.

    Reference:
        - [Zhu et al., 2017, BicycleGAN](https://arxiv.org/abs/1711.11586),
          section 4, whose encoder this is
    """

    def __init__(
        self,
        code_dim=8,
        local=False,
        condition_dim=0,
        width=64,
        blocks=6,
        image_channels=3,
        normalization="instance",
        scale_start="uniform",
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        if blocks < 2:
            raise ValueError(f"blocks must be 2 at least. Received: {blocks=}")
        self.code_dim = code_dim
        self.local = local
        self.condition_dim = condition_dim
        self.width = width
        self.blocks = blocks
        self.image_channels = image_channels

    def build(self, input_shape=None):
        shape = (None, None, None, self.image_channels)
        condition = (None, self.condition_dim) if self.condition_dim else None
        self.entry = convolution(
            self.width, 4, "entry", self.dtype_policy, 2, use_bias=True
        )
        self.entry.build(shape)
        shape = (*shape[:3], self.width)
        self.trunk = []
        for number in range(1, self.blocks):
            block = EncoderBlock(
                self.width * min(_WIDEST, number + 1),
                name=f"block_{number}",
                **self.part_options(),
            )
            block.build(shape, condition)
            shape = (*shape[:3], block.filters)
            self.trunk.append(block)
        for name in ("mean_head", "variance_head"):
            head = keras.layers.Dense(
                self.code_dim,
                kernel_initializer=xavier_normal(),
                dtype=self.dtype_policy,
                name=name,
            )
            head.build((None, shape[-1]))
            setattr(self, name, head)
        self.built = True

    def call(self, images, condition=None, training=False):
        x = self.entry(tf.cast(images, self.compute_dtype))
        for block in self.trunk:
            x = block(x, condition, training=training)
        x = tf.nn.leaky_relu(x, SLOPE)
        if self.local:
            # (batch, height, width, channels) -> (batch, positions, channels)
            x = tf.reshape(x, (tf.shape(x)[0], -1, x.shape[-1]))
        else:
            x = tf.reduce_mean(x, (1, 2))
        return tuple(
            tf.cast(head(x), tf.float32)
            for head in (self.mean_head, self.variance_head)
        )

    def positions(self, image_size):
        """How many codes an image has.

        Args:
            image_size: its height and width.

        Returns:
            1 unless `local`.
        """
        return (image_size >> self.blocks) ** 2 if self.local else 1


def sampled_code(mean, log_variance, noise):
    """A code of a distribution.

    Args:
        mean: tensor of any shape.
        log_variance: tensor of that shape.
        noise: standard normal tensor of that shape.

    Returns:
        Tensor of that shape, differentiable by mean and variance.

    Reference:
        - [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114), eq. 10
    """
    return mean + noise * tf.exp(log_variance / 2.0)


def _halved(images):
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")
