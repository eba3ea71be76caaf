"""The generators of DF-GAN, as published in 2022 and in 2020."""

import keras
import tensorflow as tf

from tfragan.models.dfgan.dfgan_layers import DeepFusionBlock
from tfragan.models.dfgan.dfgan_layers import get_version
from tfragan.models.text_to_image.one_stage_generator import FIRST_SIZE
from tfragan.models.text_to_image.one_stage_generator import OneStageGenerator
from tfragan.models.text_to_image.one_stage_generator import double


@keras.saving.register_keras_serializable(package="tfragan")
class DFGANGenerator(OneStageGenerator):
    """Noise and a sentence to an image, fused at each size.

    Args:
        image_size: height and width of the image: a power of two, 64, 128 or
            256 as published; it sets the number of blocks.
        embedding_dim: width of the sentence embedding.
        width: channels of the last block; those before have up to eight times
            as many.
        noise_dim: width of the noise.
        version: a key of `tfragan.models.dfgan.VERSIONS`.
        start: `"published"` or `"he"`, see `OneStageGenerator`.

    Call arguments:
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        noise: tensor of shape `(batch, noise_dim)`.
        training: not used; training and inference are the same.

    Output:
        Dict of `image`, float32 `(batch, image_size, image_size, 3)` in
        [-1, 1].

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865),
          section 3.1, and its published code
    """

    def __init__(
        self,
        image_size=256,
        embedding_dim=256,
        width=32,
        noise_dim=100,
        version="2022",
        start="published",
        **kwargs,
    ):
        super().__init__(
            image_size, embedding_dim, width, noise_dim, start, **kwargs
        )
        get_version(version)
        self.version = version

    def build(self, input_shape=None):
        self.build_ends()
        version = get_version(self.version)
        condition = self.embedding_dim
        if version.noise_in_condition:
            condition += self.noise_dim
        hidden = self.embedding_dim if version.hidden_as_condition else None
        shapes = self.feature_shapes()
        self.blocks = {}
        channels = shapes[0][-1]
        for shape in shapes if version.block_at_first_size else shapes[1:]:
            block = DeepFusionBlock(
                shape[-1],
                hidden,
                version.scaled_residual,
                self.start,
                dtype=self.dtype_policy,
                name=f"block_{shape[1]}",
            )
            block.build((*shape[:3], channels), (None, condition))
            self.blocks[shape[1]] = block
            channels = shape[-1]

    def call(self, sentence_embedding, noise, training=False):
        condition = tf.cast(sentence_embedding, self.compute_dtype)
        noise = tf.cast(noise, self.compute_dtype)
        x = self.noise_projection(noise)
        if get_version(self.version).noise_in_condition:
            condition = tf.concat([noise, condition], -1)
        for size, block in self.blocks.items():
            if size > FIRST_SIZE:
                x = double(x)
            x = block(x, condition)
        return {"image": self.to_image(x)}
