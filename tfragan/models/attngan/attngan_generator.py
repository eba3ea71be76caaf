"""The generator of AttnGAN."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers import ConditioningAugmentation
from tfragan.layers import GatedLinearUnit
from tfragan.layers import WordContextAttention
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.attngan.attngan_layers import GatedResidualBlock
from tfragan.models.attngan.attngan_layers import ImageHead
from tfragan.models.attngan.attngan_layers import UpsampleBlock
from tfragan.models.attngan.attngan_layers import scale_initializer


@keras.saving.register_keras_serializable(package="tfragan")
class InitialStage(RecordedLayer):
    """From a condition and noise to the first feature map.

    Args:
        width: channels of the output.
        size: height and width of the output, 4 times a power of two.

    Call arguments:
        condition: tensor of shape `(batch, condition_dim)`.
        noise: tensor of shape `(batch, noise_dim)`.
        training: whether batch statistics are used.

    Output:
        Tensor of shape `(batch, size, size, width)`.
    """

    def __init__(self, width, size, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.size = size

    def build(self, condition_shape, noise_shape):
        # Channels double for every halving down to 4 x 4.
        self.channels = self.width * self.size // 4
        features = 2 * 16 * self.channels
        self.projection = keras.layers.Dense(
            features,
            use_bias=False,
            kernel_initializer="orthogonal",
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build((None, condition_shape[-1] + noise_shape[-1]))
        self.normalization = BatchNormalization(
            gamma_initializer=scale_initializer(),
            dtype=self.dtype_policy,
            name="normalization",
        )
        self.normalization.build((None, features))
        self.gate = GatedLinearUnit(dtype=self.dtype_policy, name="gate")
        self.gate.build((None, features))
        self.upsample_blocks = []
        channels, size = self.channels, 4
        while size < self.size:
            block = UpsampleBlock(
                channels // 2,
                dtype=self.dtype_policy,
                name=f"upsample_{2 * size}",
            )
            block.build((None, size, size, channels))
            self.upsample_blocks.append(block)
            channels, size = channels // 2, 2 * size

    def call(self, condition, noise, training=False):
        condition = tf.cast(condition, self.compute_dtype)
        noise = tf.cast(noise, self.compute_dtype)
        x = self.projection(tf.concat([condition, noise], -1))
        x = self.gate(self.normalization(x, training=training))
        # The published features are channel-major: channel * 16 + position.
        x = tf.reshape(x, (-1, self.channels, 4, 4))
        x = tf.transpose(x, (0, 2, 3, 1))
        for block in self.upsample_blocks:
            x = block(x, training=training)
        return x


@keras.saving.register_keras_serializable(package="tfragan")
class RefinementStage(RecordedLayer):
    """Looks at the words again and doubles the feature map.

    Args:
        width: channels of input and output.
        residual_blocks: number of residual blocks.
        mask_order: see `WordContextAttention`.

    Call arguments:
        features: tensor of shape `(batch, height, width, channels)`.
        word_embeddings: tensor of shape `(batch, words, dim)`.
        word_mask: boolean tensor of shape `(batch, words)`.
        training: whether batch statistics are used.

    Output:
        Tuple of the features, twice as high and wide, and the attention map
        of shape `(batch, height, width, words)`.
    """

    def __init__(
        self, width, residual_blocks=2, mask_order="correct", **kwargs
    ):
        super().__init__(**kwargs)
        self.width = width
        self.residual_blocks = residual_blocks
        self.mask_order = mask_order

    def build(
        self, features_shape, word_embeddings_shape, word_mask_shape=None
    ):
        self.attention = self.make_attention()
        self.attention.build(features_shape, word_embeddings_shape)
        joined = (*features_shape[:3], 2 * features_shape[-1])
        self.blocks = []
        for index in range(self.residual_blocks):
            block = GatedResidualBlock(
                joined[-1], dtype=self.dtype_policy, name=f"residual_{index}"
            )
            block.build(joined)
            self.blocks.append(block)
        self.upsample = UpsampleBlock(
            self.width, dtype=self.dtype_policy, name="upsample"
        )
        self.upsample.build(joined)

    def call(self, features, word_embeddings, word_mask, training=False):
        x, attention_map = self.attend(features, word_embeddings, word_mask)
        for block in self.blocks:
            x = block(x, training=training)
        return self.upsample(x, training=training), attention_map

    def make_attention(self):
        """The layer that looks at the words; a subclass may take another."""
        return WordContextAttention(
            self.mask_order, dtype=self.dtype_policy, name="attention"
        )

    def attend(self, features, word_embeddings, word_mask):
        """What the residual blocks are given, and the attention map."""
        context, attention_map = self.attention(
            features, word_embeddings, word_mask
        )
        return tf.concat([features, context], -1), attention_map


@keras.saving.register_keras_serializable(package="tfragan")
class AttnGANGenerator(RecordedLayer, keras.Model):
    """Sentence to images of rising size, steered by word attention.

    Args:
        embedding_dim: width of word and sentence embeddings.
        base_size: image size of the first stage: 16, 32 or 64.
        stages: number of stages, 1 to 3; each but the first doubles the size.
        width: channels of the feature maps that the images are made from.
        noise_dim: width of the noise.
        condition_dim: width of the condition.
        residual_blocks: residual blocks in each later stage.
        image_every_stage: whether every stage makes an image; the DCGAN
            variant makes only the last.
        mask_order: see `WordContextAttention`.

    Call arguments:
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        word_embeddings: tensor of shape `(batch, words, embedding_dim)`.
        word_mask: boolean tensor of shape `(batch, words)`.
        noise: standard normal tensor of shape `(batch, noise_dim)`.
        condition_noise: standard normal tensor of shape
            `(batch, condition_dim)`.
        training: whether batch statistics are used.

    Output:
        Dict of `images`, a list of float32 `(batch, size, size, 3)` in
        [-1, 1]; `attention_maps`, a list of `(batch, size, size, words)` at
        the input size of each later stage; `mean` and `log_variance` of the
        condition, `(batch, condition_dim)`.

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485),
          section 3.1
    """

    def __init__(
        self,
        embedding_dim=256,
        base_size=64,
        stages=3,
        width=32,
        noise_dim=100,
        condition_dim=100,
        residual_blocks=2,
        image_every_stage=True,
        mask_order="correct",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if base_size not in (16, 32, 64):
            raise ValueError(
                "base_size must be 16, 32 or 64. "
                f"Received: base_size={base_size}"
            )
        if stages not in (1, 2, 3):
            raise ValueError(
                f"stages must be 1, 2 or 3. Received: stages={stages}"
            )
        self.embedding_dim = embedding_dim
        self.base_size = base_size
        self.stages = stages
        self.width = width
        self.noise_dim = noise_dim
        self.condition_dim = condition_dim
        self.residual_blocks = residual_blocks
        self.image_every_stage = image_every_stage
        self.mask_order = mask_order

    @property
    def image_sizes(self):
        """Sizes of the images made, ascending."""
        sizes = [self.base_size << stage for stage in range(self.stages)]
        return tuple(sizes if self.image_every_stage else sizes[-1:])

    def build(self, input_shape=None):
        sentence = (None, self.embedding_dim)
        words = (None, None, self.embedding_dim)
        self.conditioning = ConditioningAugmentation(
            self.condition_dim, dtype=self.dtype_policy, name="conditioning"
        )
        self.conditioning.build(sentence)
        self.initial_stage = InitialStage(
            self.width,
            self.base_size,
            dtype=self.dtype_policy,
            name="initial_stage",
        )
        self.initial_stage.build(
            (None, self.condition_dim), (None, self.noise_dim)
        )
        self.refinement_stages = []
        self.image_heads = {}
        for stage in range(self.stages):
            size = self.base_size << stage
            if stage:
                refinement = self.make_refinement(f"refinement_{size}")
                half = (None, size // 2, size // 2, self.width)
                refinement.build(half, words)
                self.refinement_stages.append(refinement)
            if size in self.image_sizes:
                head = ImageHead(dtype=self.dtype_policy, name=f"image_{size}")
                head.build((None, size, size, self.width))
                self.image_heads[str(size)] = head

    def make_refinement(self, name):
        """A later stage; a subclass may take another."""
        return RefinementStage(
            self.width,
            self.residual_blocks,
            self.mask_order,
            dtype=self.dtype_policy,
            name=name,
        )

    def call(
        self,
        sentence_embedding,
        word_embeddings,
        word_mask,
        noise,
        condition_noise,
        training=False,
    ):
        condition, mean, log_variance = self.conditioning(
            sentence_embedding, condition_noise
        )
        features = self.initial_stage(condition, noise, training=training)
        images, attention_maps = [], []
        for stage in range(self.stages):
            if stage:
                features, attention_map = self.refinement_stages[stage - 1](
                    features, word_embeddings, word_mask, training=training
                )
                attention_maps.append(attention_map)
            head = self.image_heads.get(str(self.base_size << stage))
            if head is not None:
                images.append(head(features))
        return {
            "images": images,
            "attention_maps": attention_maps,
            "mean": mean,
            "log_variance": log_variance,
        }
