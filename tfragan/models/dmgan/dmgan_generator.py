"""The generator of DM-GAN."""

import keras
import tensorflow as tf

from tfragan.models.attngan.attngan_generator import AttnGANGenerator
from tfragan.models.attngan.attngan_generator import RefinementStage
from tfragan.models.dmgan.dmgan_layers import DynamicMemory


@keras.saving.register_keras_serializable(package="tfragan")
class MemoryStage(RefinementStage):
    """Looks at the words through a memory and doubles the feature map.

    Arguments, call arguments and output are those of `RefinementStage`.
    """

    def make_attention(self):
        return DynamicMemory(
            self.mask_order, dtype=self.dtype_policy, name="memory"
        )

    def attend(self, features, word_embeddings, word_mask):
        features, attention_map = self.attention(
            features, word_embeddings, word_mask
        )
        # Twice the same, as published, where AttnGAN has the context beside.
        return tf.concat([features, features], -1), attention_map


@keras.saving.register_keras_serializable(package="tfragan")
class DMGANGenerator(AttnGANGenerator):
    """Sentence to images of rising size, steered by a memory of the words.

    It is AttnGAN's but for the later stages. Arguments, call arguments and
    output are those of `AttnGANGenerator`; an attention map is how each image
    position reads the slots of the words.

    Reference:
        - [Zhu et al., 2019, DM-GAN](https://arxiv.org/abs/1904.01310),
          section 3
    """

    def make_refinement(self, name):
        return MemoryStage(
            self.width,
            self.residual_blocks,
            self.mask_order,
            dtype=self.dtype_policy,
            name=name,
        )
