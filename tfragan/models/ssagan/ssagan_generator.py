"""The generator of SSA-GAN."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers import FanInConvolution
from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.models.ssagan.ssagan_layers import MaskPredictor
from tfragan.models.ssagan.ssagan_layers import SemanticSpatialBlock
from tfragan.models.text_to_image.noise_projection import FIRST_SIZE
from tfragan.models.text_to_image.noise_projection import NoiseProjection
from tfragan.models.text_to_image.pyramid import check_image_size
from tfragan.models.text_to_image.pyramid import double
from tfragan.models.text_to_image.pyramid import falling_widths

_WIDEST = 8


@keras.saving.register_keras_serializable(package="tfragan")
class SSAGANGenerator(keras.Model):
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
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_image_size(image_size)
        self.image_size = image_size
        self.embedding_dim = embedding_dim
        self.width = width
        self.noise_dim = noise_dim
        self.mask_filters = mask_filters

    @property
    def mask_sizes(self):
        """Heights of the masks, ascending."""
        count = len(falling_widths(self.image_size))
        return tuple(FIRST_SIZE << block for block in range(count))

    def build(self, input_shape=None):
        sentence = (None, self.embedding_dim)
        filters = [
            self.width * min(width, _WIDEST)
            for width in falling_widths(self.image_size)
        ]
        self.noise_projection = NoiseProjection(
            filters[0], dtype=self.dtype_policy, name="noise_projection"
        )
        self.noise_projection.build((None, self.noise_dim))
        shape = (None, FIRST_SIZE, FIRST_SIZE, filters[0])
        self.mask_predictors = [self._mask_predictor(0, shape)]
        self.blocks = []
        for number, (count, size) in enumerate(
            zip(filters, self.mask_sizes, strict=True), 1
        ):
            block = SemanticSpatialBlock(
                count,
                self.embedding_dim,
                dtype=self.dtype_policy,
                name=f"block_{number}",
            )
            block.build((None, size, size, shape[-1]), sentence)
            self.blocks.append(block)
            shape = (None, size, size, count)
            if number < len(filters):
                self.mask_predictors.append(self._mask_predictor(number, shape))
        self.normalization = BatchNormalization(
            dtype=self.dtype_policy, name="normalization"
        )
        self.normalization.build(shape)
        self.output_convolution = FanInConvolution(
            3, 3, dtype=self.dtype_policy, name="output_convolution"
        )
        self.output_convolution.build(shape)
        self.built = True

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
        image = tf.tanh(self.output_convolution(tf.nn.leaky_relu(x, 0.2)))
        return {"image": tf.cast(image, tf.float32), "masks": masks}

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "image_size": self.image_size,
                "embedding_dim": self.embedding_dim,
                "width": self.width,
                "noise_dim": self.noise_dim,
                "mask_filters": self.mask_filters,
            }
        )
        return config
