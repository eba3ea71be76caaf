"""The generator of SSA-GAN."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.models.ssagan.ssagan_layers import MaskPredictor
from tfragan.models.ssagan.ssagan_layers import SemanticSpatialBlock
from tfragan.models.text_to_image.one_stage_generator import OneStageGenerator
from tfragan.models.text_to_image.one_stage_generator import double


@keras.saving.register_keras_serializable(package="tfragan")
class SSAGANGenerator(OneStageGenerator):
    """Noise and a sentence to an image, steered by predicted masks.

    The noise makes a 4x4 map. Each block but the first doubles it; each is
    told by a mask where the sentence applies, which was predicted from the
    output of the block before it, at half the size.

    Args:
        image_size: height and width of the image: a power of two, 64, 128 or
            256 as published; it sets the number of blocks.
        embedding_dim: width of the sentence embedding.
        width: channels of the last block; those before have up to eight times
            as many.
        noise_dim: width of the noise.
        mask_filters: channels inside the mask predictors.
        start: `"published"` or `"he"`, see `OneStageGenerator`.

    Call arguments:
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        noise: standard normal tensor of shape `(batch, noise_dim)`.
        training: whether batch statistics are used.

    Output:
        Dict of `image`, float32 `(batch, image_size, image_size, 3)` in
        [-1, 1], and `masks`, a list of float32 `(batch, size, size, 1)` in
        [0, 1] with sizes 4, 8, ... up to `image_size`.

    Reference:
        - [Liao et al., 2021, SSA-GAN](https://arxiv.org/abs/2104.00567),
          section 3.1, and its published code
    """

    def __init__(
        self,
        image_size=256,
        embedding_dim=256,
        width=64,
        noise_dim=100,
        mask_filters=100,
        start="published",
        **kwargs,
    ):
        super().__init__(
            image_size, embedding_dim, width, noise_dim, start, **kwargs
        )
        self.mask_filters = mask_filters

    @property
    def mask_sizes(self):
        """Heights of the masks, ascending."""
        return tuple(shape[1] for shape in self.feature_shapes())

    def build(self, input_shape=None):
        self.build_ends()
        shapes = self.feature_shapes()
        self.mask_predictors = []
        self.blocks = []
        channels = shapes[0][-1]
        for number, shape in enumerate(shapes):
            # A mask is predicted from the map before, at half the size.
            source = shapes[max(number - 1, 0)]
            self.mask_predictors.append(self._mask_predictor(number, source))
            block = SemanticSpatialBlock(
                shape[-1],
                self.embedding_dim,
                start=self.start,
                dtype=self.dtype_policy,
                name=f"block_{number + 1}",
            )
            block.build((*shape[:3], channels), (None, self.embedding_dim))
            self.blocks.append(block)
            channels = shape[-1]
        self.normalization = BatchNormalization(
            dtype=self.dtype_policy, name="normalization"
        )
        self.normalization.build(shapes[-1])

    def _mask_predictor(self, number, shape):
        predictor = MaskPredictor(
            self.mask_filters,
            dtype=self.dtype_policy,
            name=f"mask_predictor_{number}",
        )
        predictor.build(shape)
        return predictor

    def call(self, sentence_embedding, noise, training=False):
        sentence = tf.cast(sentence_embedding, self.compute_dtype)
        x = self.noise_projection(tf.cast(noise, self.compute_dtype))
        masks = []
        for predictor, block in zip(
            self.mask_predictors, self.blocks, strict=True
        ):
            logits = predictor(x, training=training)
            if masks:
                x = double(x)
                size = x.shape[1:3]
                logits = bilinear_resize(logits, size, align_corners=True)
            mask = tf.sigmoid(logits)
            masks.append(tf.cast(mask, tf.float32))
            x = block(x, sentence, mask, training=training)
        x = self.normalization(x, training=training)
        return {"image": self.to_image(x), "masks": masks}
