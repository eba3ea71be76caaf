"""The discriminators of RAGAN, one for each image size."""

import keras
import tensorflow as tf

from tfragan.models.ragan.ragan_layers import SLOPE
from tfragan.models.ragan.ragan_layers import CentralBiasingNormalization
from tfragan.models.ragan.ragan_layers import NormalizedPart
from tfragan.models.ragan.ragan_layers import convolution
from tfragan.models.ragan.ragan_layers import normalized
from tfragan.models.ragan.ragan_layers import plain_normalization

_WIDEST = 8
_MOST_BLOCKS = 4
# The conditional head mirrors a map that its first convolution has shrunk.
_SMALLEST_MAP = 3


@keras.saving.register_keras_serializable(package="tfragan")
class PatchJudge(NormalizedPart):
    """Judges patches of an image, alone and together with a sentence.

    Args:
        width: channels after the first convolution; they double with each, up
            to eight times as many.
        blocks: convolutions that halve the image.
        embedding_dim: width of the sentence embedding, 0 for no head that
            looks at it.
        normalization: see `plain_normalization`.
        scale_start: see `CentralBiasingNormalization`.

    Call arguments:
        images: tensor of shape `(batch, height, width, channels)`.
        training: whether batch statistics are used.

    Output:
        Features `(batch, height', width', channels')` for `unconditional`
        and `conditional`.
    """

    def __init__(
        self,
        width=64,
        blocks=4,
        embedding_dim=0,
        normalization="instance",
        scale_start="uniform",
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        self.width = width
        self.blocks = blocks
        self.embedding_dim = embedding_dim

    def build(self, images_shape):
        self.convolutions, self.norms = [], []
        shape = tuple(images_shape)
        for number in range(self.blocks):
            layer = self._convolution(
                self.width * min(2**number, _WIDEST),
                f"convolution_{number + 1}",
                shape,
                strides=2,
            )
            shape = layer.compute_output_shape(shape)
            self.convolutions.append(layer)
            if number:
                norm = plain_normalization(
                    name=f"norm_{number + 1}", **self.part_options()
                )
                norm.build(shape)
                self.norms.append(norm)
        self.logit = self._convolution(1, "logit", shape, use_bias=True)
        if self.embedding_dim:
            self._build_conditional_head(shape)
        self.built = True

    def _build_conditional_head(self, shape):
        self.joint = self._convolution(self.embedding_dim, "joint", shape)
        shape = self.joint.compute_output_shape(shape)
        self.joint_norm = CentralBiasingNormalization(
            name="joint_norm", **self.part_options()
        )
        self.joint_norm.build(shape, (None, self.embedding_dim))
        self.joint_logit = self._convolution(
            1, "joint_logit", shape, use_bias=True
        )

    def _convolution(self, filters, name, shape, **options):
        layer = convolution(filters, 4, name, self.dtype_policy, **options)
        layer.build(shape)
        return layer

    def call(self, images, training=False):
        first, *others = self.convolutions
        x = tf.nn.leaky_relu(first(tf.cast(images, self.compute_dtype)), SLOPE)
        for layer, norm in zip(others, self.norms, strict=True):
            x = normalized(norm, layer(x), training=training)
            x = tf.nn.leaky_relu(x, SLOPE)
        return x

    def unconditional(self, features):
        """Logits of the image alone.

        Args:
            features: what the call gave.

        Returns:
            float32 tensor of shape `(batch, height, width, 1)`.
        """
        return tf.cast(self.logit(features), tf.float32)

    def conditional(self, features, sentence_embedding, training=False):
        """Logits of the image together with a sentence.

        Args:
            features: what the call gave.
            sentence_embedding: tensor of shape `(batch, embedding_dim)`.
            training: whether batch statistics are used.

        Returns:
            float32 tensor of shape `(batch, height, width, 1)`.
        """
        x = self.joint_norm(
            self.joint(features), sentence_embedding, training=training
        )
        x = tf.nn.leaky_relu(x, SLOPE)
        return tf.cast(self.joint_logit(x), tf.float32)


@keras.saving.register_keras_serializable(package="tfragan")
class RAGANDiscriminator(NormalizedPart, keras.Model):
    """Judges images of one size, the largest ones in two sizes.

    Args:
        image_size: height and width of the images.
        width: channels after the first convolution.
        parts: 1; or 2 for a second network, half as wide, of the image at half
            its size.
        embedding_dim: width of the sentence embedding, 0 for no head that
            looks at it.
        image_channels: channels of the images.
        normalization: `"instance"` or `"batch"`.
        scale_start: see `CentralBiasingNormalization`.

    Call arguments:
        images: tensor of shape `(batch, height, width, image_channels)`.
        training: whether batch statistics are used.

    Output:
        List of the parts' features, for `unconditional(features)` and
        `conditional(features, sentence_embedding)`, which give lists of
        logits.

    Raises:
        ValueError: for images that are too small for it, or another
            number of parts.
    """

    def __init__(
        self,
        image_size=64,
        width=64,
        parts=1,
        embedding_dim=0,
        image_channels=3,
        normalization="instance",
        scale_start="uniform",
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        if parts not in (1, 2):
            raise ValueError(f"parts must be 1 or 2. Received: {parts=}")
        self.image_size = image_size
        self.width = width
        self.parts = parts
        self.embedding_dim = embedding_dim
        self.image_channels = image_channels
        for part in range(parts):
            judging_blocks(image_size >> part)

    def build(self, input_shape=None):
        self.judges = []
        for part in range(self.parts):
            judge = PatchJudge(
                self.width >> part,
                judging_blocks(self.image_size >> part),
                self.embedding_dim,
                name=f"judge_{part + 1}",
                **self.part_options(),
            )
            judge.build((None, None, None, self.image_channels))
            self.judges.append(judge)
        self.built = True

    def call(self, images, training=False):
        features = []
        for number, judge in enumerate(self.judges):
            images = halved(images) if number else images
            features.append(judge(images, training=training))
        return features

    def unconditional(self, features):
        """Logits of the image alone, a list with an entry a part."""
        return [
            judge.unconditional(part)
            for judge, part in zip(self.judges, features, strict=True)
        ]

    def conditional(self, features, sentence_embedding, training=False):
        """Logits of the image with a sentence, a list with an entry a part."""
        return [
            judge.conditional(part, sentence_embedding, training=training)
            for judge, part in zip(self.judges, features, strict=True)
        ]


def judging_blocks(image_size):
    """How often images are halved before they are scored.

    Four times, as published, or less often where the map would get smaller
    than 3 x 3.

    Args:
        image_size: height and width of the images.

    Returns:
        An int from 1 to 4.

    Raises:
        ValueError: not even once.

    >>> [judging_blocks(size) for size in (256, 64, 32, 24, 16)]
    [4, 4, 3, 3, 2]
    """
    for blocks in range(_MOST_BLOCKS, 0, -1):
        if image_size >> blocks >= _SMALLEST_MAP:
            return blocks
    raise ValueError(
        "A discriminator needs images of at least "
        f"{2 * _SMALLEST_MAP} pixels. Received: image_size={image_size}"
    )


def halved(images):
    """Means of 3 x 3 pixels, or of as many as there are at the border.

    Args:
        images: tensor of shape `(batch, height, width, channels)`.

    Returns:
        Tensor of shape `(batch, ceil(height / 2), ceil(width / 2), channels)`.
    """
    borders = [[0, 0], [1, 1], [1, 1], [0, 0]]

    def pooled(values):
        return tf.nn.avg_pool2d(tf.pad(values, borders), 3, 2, "VALID")

    inside = tf.ones_like(images[:1, :, :, :1])
    return pooled(images) / pooled(inside)
