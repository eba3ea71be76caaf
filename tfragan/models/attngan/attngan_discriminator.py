"""The discriminators of AttnGAN, one for each image size."""

import keras
import tensorflow as tf

from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.attngan.attngan_layers import LeakyConvolution


@keras.saving.register_keras_serializable(package="tfragan")
class DiscriminatorHead(RecordedLayer):
    """One logit from 4x4 features, with or without the sentence.

    Args:
        conditional: whether the sentence embedding is looked at.

    Call arguments:
        features: tensor of shape `(batch, 4, 4, channels)`.
        sentence_embedding: tensor of shape `(batch, dim)`, if conditional.
        training: whether batch statistics are used.

    Output:
        float32 logits of shape `(batch,)`.
    """

    def __init__(self, conditional=True, **kwargs):
        super().__init__(**kwargs)
        self.conditional = conditional

    def build(self, features_shape, sentence_embedding_shape=None):
        channels = features_shape[-1]
        if self.conditional:
            self.joint = self.make_joint(channels)
            joined = channels + sentence_embedding_shape[-1]
            self.joint.build((None, 4, 4, joined))
        # PyTorch's default for the bias; the published start leaves it.
        limit = (16 * channels) ** -0.5
        self.logit = keras.layers.Conv2D(
            1,
            4,
            strides=4,
            kernel_initializer="orthogonal",
            bias_initializer=keras.initializers.RandomUniform(-limit, limit),
            dtype=self.dtype_policy,
            name="logit",
        )
        self.logit.build(features_shape)

    def make_joint(self, filters):
        """What sees features and sentence; a subclass may take another."""
        return LeakyConvolution(filters, dtype=self.dtype_policy, name="joint")

    def call(self, features, sentence_embedding=None, training=False):
        if self.conditional:
            shape = tf.shape(features)
            sentence = tf.cast(sentence_embedding, features.dtype)
            # (batch, dim) -> (batch, 4, 4, dim)
            sentence = tf.broadcast_to(
                sentence[:, tf.newaxis, tf.newaxis],
                (shape[0], 4, 4, sentence.shape[-1]),
            )
            joined = tf.concat([features, sentence], -1)
            features = self.joint(joined, training=training)
        logits = self.logit(features)
        return tf.cast(tf.reshape(logits, (-1,)), tf.float32)


@keras.saving.register_keras_serializable(package="tfragan")
class AttnGANDiscriminator(RecordedLayer, keras.Model):
    """Judges images of one size, alone and together with a sentence.

    Strided convolutions lead to 4x4 features with `8 * width` channels. As
    published, sizes above 64 go on doubling the channels and come back by
    3x3 convolutions; sizes below 64 have fewer strided convolutions and one
    3x3 convolution to reach the same width.

    Args:
        image_size: height and width of the images, 16 to 256.
        embedding_dim: width of the sentence embedding.
        width: channels after the first convolution.
        unconditional: whether there is a head without the sentence.

    Call arguments:
        images: tensor of shape `(batch, image_size, image_size, 3)`.
        training: whether batch statistics are used.

    Output:
        Features of shape `(batch, 4, 4, 8 * width)`, for
        `conditional_head(features, sentence_embedding)` and
        `unconditional_head(features)`, which give logits `(batch,)`.

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485), eq. 5
    """

    def __init__(
        self,
        image_size=64,
        embedding_dim=256,
        width=64,
        unconditional=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if image_size not in (16, 32, 64, 128, 256):
            raise ValueError(
                "image_size must be 16, 32, 64, 128 or 256. "
                f"Received: image_size={image_size}"
            )
        self.image_size = image_size
        self.embedding_dim = embedding_dim
        self.width = width
        self.unconditional = unconditional

    def build(self, input_shape=None):
        self.blocks = []
        shape = (None, self.image_size, self.image_size, 3)
        filters = self.width
        while shape[1] > 4:
            shape = self._add_block(
                shape,
                filters,
                kernel_size=4,
                strides=2,
                name=f"down_{shape[1] // 2}",
            )
            filters *= 2
        features = 8 * self.width
        while shape[-1] != features:
            step = shape[-1] // 2 if shape[-1] > features else features
            shape = self._add_block(shape, step, name=f"narrow_{step}")
        self.conditional_head = self.make_head(True, "conditional_head")
        self.conditional_head.build(shape, (None, self.embedding_dim))
        self.unconditional_head = None
        if self.unconditional:
            self.unconditional_head = self.make_head(
                False, "unconditional_head"
            )
            self.unconditional_head.build(shape)

    def _add_block(self, shape, filters, **kwargs):
        block = self.make_block(filters, first=not self.blocks, **kwargs)
        block.build(shape)
        self.blocks.append(block)
        return block.compute_output_shape(shape)

    def make_block(self, filters, first, **kwargs):
        """A convolution and what follows; a subclass may take another.

        Args:
            filters: output channels.
            first: whether its inputs are the images.
            **kwargs: see `LeakyConvolution`.

        Returns:
            A layer, not yet built.
        """
        return LeakyConvolution(
            filters, normalize=not first, dtype=self.dtype_policy, **kwargs
        )

    def make_head(self, conditional, name):
        """A `DiscriminatorHead`, or what a subclass takes for it."""
        return DiscriminatorHead(
            conditional, dtype=self.dtype_policy, name=name
        )

    def call(self, images, training=False):
        x = tf.cast(images, self.compute_dtype)
        for block in self.blocks:
            x = block(x, training=training)
        return x
