"""The generator of RAGAN."""

import keras
import tensorflow as tf

from tfragan.layers.word_context_attention import check_mask_order
from tfragan.models.ragan.ragan_layers import BiasedConvolution
from tfragan.models.ragan.ragan_layers import EnlargingBlock
from tfragan.models.ragan.ragan_layers import GatedBiasedBlock
from tfragan.models.ragan.ragan_layers import NormalizedPart
from tfragan.models.ragan.ragan_layers import ResidualAttention
from tfragan.models.ragan.ragan_layers import convolution


@keras.saving.register_keras_serializable(package="tfragan")
class RefiningStage(NormalizedPart):
    """A residual block that the words gate, then twice the size.

    Args:
        filters: output channels.
        normalization: see `CentralBiasingNormalization`.
        scale_start: likewise.
        mask_order: see `WordContextAttention`.

    Call arguments:
        features: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, dim)`.
        word_embeddings: tensor of shape `(batch, words, word_dim)`.
        word_mask: boolean tensor of shape `(batch, words)`, or None.
        training: whether batch statistics are used.
        mask_order: for this call alone.

    Output:
        Tuple of the features, of shape `(batch, 2 * height, 2 * width,
        filters)`, and the attention map `(batch, height, width, words)`.
    """

    def __init__(
        self,
        filters,
        normalization="instance",
        scale_start="uniform",
        mask_order="correct",
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        self.filters = filters
        self.mask_order = mask_order

    def build(
        self,
        features_shape,
        condition_shape,
        word_embeddings_shape,
        word_mask_shape=None,
    ):
        self.attention = ResidualAttention(
            self.mask_order, dtype=self.dtype_policy, name="attention"
        )
        self.attention.build(features_shape, word_embeddings_shape)
        self.block = GatedBiasedBlock(name="block", **self.part_options())
        self.block.build(features_shape, condition_shape)
        self.enlarge = EnlargingBlock(
            self.filters, name="enlarge", **self.part_options()
        )
        self.enlarge.build(features_shape)
        self.built = True

    def call(
        self,
        features,
        condition,
        word_embeddings,
        word_mask=None,
        training=False,
        mask_order=None,
    ):
        gate, attention_map = self.attention(
            features, word_embeddings, word_mask, mask_order=mask_order
        )
        x = self.block(features, condition, gate, training=training)
        return self.enlarge(x, training=training), attention_map


@keras.saving.register_keras_serializable(package="tfragan")
class RAGANGenerator(NormalizedPart, keras.Model):
    """Image and guidance to three images of rising size.

    The input is halved twice, then goes through a coarse stage of residual
    blocks and two stages that look at the words, each of which doubles the
    map. Every normalization is steered by the sentence embedding, and by the
    code behind it where there is one. Each stage has a head of its own that
    makes an image of its features; with `change_mask` it also says where the
    image changes, and what does not is the input.

    Args:
        embedding_dim: width of word and sentence embeddings.
        code_dim: width of the code, 0 for none.
        input_channels: channels of the input image.
        image_channels: channels of the images made.
        width: channels of the first layer; a quarter of the widest.
        residual_blocks: residual blocks of the coarse stage.
        normalization: `"instance"` or `"batch"`.
        scale_start: see `CentralBiasingNormalization`.
        mask_order: see `WordContextAttention`.
        change_mask: whether images are mixed with the input.

    Call arguments:
        images: tensor of shape `(batch, height, width, input_channels)` in
            [-1, 1]; height and width are multiples of 4.
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        word_embeddings: tensor of shape `(batch, words, embedding_dim)`.
        word_mask: boolean tensor of shape `(batch, words)`, or None.
        code: tensor of shape `(batch, code_dim)`, or None without a code.
        training: whether batch statistics are used.
        mask_order: for this call alone, see `WordContextAttention`.

    Output:
        Dict of `images`, a list of float32 `(batch, size, size,
        image_channels)` in [-1, 1] of 1/4, 1/2 and all of the input's size;
        `attention_maps`, a list of float32 `(batch, size, size, words)` at
        1/4 and 1/2 of it; and with `change_mask` `change_masks`, a list of
        float32 `(batch, size, size, 1)`, 1 where nothing is kept.

    Raises:
        ValueError: a code is missing or there is one too many, or a side is
            not a multiple of 4.

    Reference:
        - Yu, 2018, RAGAN, published code; SPEC of the generator in
          docs/ragan.md
        - [Pumarola et al., 2018](https://arxiv.org/abs/1807.09251), eq. 1,
          for the mask, which the published code does not have
    """

    def __init__(
        self,
        embedding_dim=256,
        code_dim=0,
        input_channels=3,
        image_channels=3,
        width=32,
        residual_blocks=4,
        normalization="instance",
        scale_start="uniform",
        mask_order="correct",
        change_mask=False,
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        check_mask_order(mask_order)
        self.change_mask = change_mask
        self.embedding_dim = embedding_dim
        self.code_dim = code_dim
        self.input_channels = input_channels
        self.image_channels = image_channels
        self.width = width
        self.residual_blocks = residual_blocks
        self.mask_order = mask_order

    def build(self, input_shape=None):
        condition = (None, self.embedding_dim + self.code_dim)
        shape = (None, None, None, self.input_channels)
        self.encoders = []
        for number, kernel_size in enumerate((7, 4, 4)):
            layer = BiasedConvolution(
                self.width << number,
                kernel_size,
                2 if number else 1,
                name=f"encoder_{number + 1}",
                **self.part_options(),
            )
            layer.build(shape, condition)
            shape = layer.compute_output_shape(shape)
            self.encoders.append(layer)
        self.coarse_blocks = []
        for number in range(self.residual_blocks):
            block = GatedBiasedBlock(
                name=f"coarse_{number + 1}", **self.part_options()
            )
            block.build(shape, condition)
            self.coarse_blocks.append(block)
        self.image_heads = [self._head(1, shape)]
        self.refining_stages = []
        for number in (2, 3):
            stage = RefiningStage(
                shape[-1] // 2,
                mask_order=self.mask_order,
                name=f"stage_{number}",
                **self.part_options(),
            )
            stage.build(shape, condition, (None, None, self.embedding_dim))
            self.refining_stages.append(stage)
            shape = (*shape[:3], shape[-1] // 2)
            self.image_heads.append(self._head(number, shape))
        self.built = True

    def _head(self, number, shape):
        channels = self.image_channels + bool(self.change_mask)
        head = convolution(channels, 3, f"image_{number}", self.dtype_policy)
        head.build(shape)
        return head

    def call(
        self,
        images,
        sentence_embedding,
        word_embeddings,
        word_mask=None,
        code=None,
        training=False,
        mask_order=None,
    ):
        _check_sides(images.shape)
        condition = self.condition(sentence_embedding, code)
        words = tf.cast(word_embeddings, self.compute_dtype)
        x = self.encode(images, condition, training)[-1]
        for block in self.coarse_blocks:
            x = block(x, condition, training=training)
        made, attention_maps, masks = [], [], []

        def paint(number, features):
            image, mask = self._image(number, features, images)
            made.append(image)
            masks.append(mask)

        paint(0, x)
        for number, stage in enumerate(self.refining_stages, 1):
            x, attention_map = stage(
                x,
                condition,
                words,
                word_mask,
                training=training,
                mask_order=mask_order,
            )
            attention_maps.append(attention_map)
            paint(number, x)
        outputs = {"images": made, "attention_maps": attention_maps}
        if self.change_mask:
            outputs["change_masks"] = masks
        return outputs

    def condition(self, sentence_embedding, code=None):
        """What steers the normalizations.

        Args:
            sentence_embedding: tensor of shape `(batch, embedding_dim)`.
            code: tensor of shape `(batch, code_dim)`, or None.

        Returns:
            Tensor of shape `(batch, embedding_dim + code_dim)`.
        """
        if (code is None) != (self.code_dim == 0):
            raise ValueError(
                "A generator with code_dim takes a code, and one without "
                f"takes none. Received: code_dim={self.code_dim}, code={code}"
            )
        sentence = tf.cast(sentence_embedding, self.compute_dtype)
        if code is None:
            return sentence
        return tf.concat([sentence, tf.cast(code, self.compute_dtype)], -1)

    def encode(self, images, condition, training=False):
        """The features of the input.

        Args:
            images: see the call arguments.
            condition: see `condition`.
            training: whether batch statistics are used.

        Returns:
            List of the maps at all, 1/2 and 1/4 of the size.
        """
        x = tf.cast(images, self.compute_dtype)
        features = []
        for layer in self.encoders:
            x = tf.nn.relu(layer(x, condition, training=training))
            features.append(x)
        return features

    def _image(self, number, features, inputs):
        """The image of a size, and its mask or None."""
        x = tf.cast(self.image_heads[number](features), tf.float32)
        image = tf.nn.tanh(x[..., : self.image_channels])
        if not self.change_mask:
            return image, None
        mask = tf.sigmoid(x[..., self.image_channels :])
        factor = (4, 2, 1)[number]
        kept = tf.nn.avg_pool2d(
            tf.cast(inputs, tf.float32), factor, factor, "VALID"
        )
        return mask * image + (1.0 - mask) * kept, mask


def _check_sides(shape):
    if any(side is not None and side % 4 for side in shape[1:3]):
        raise ValueError(
            "Height and width of the input must be multiples of 4. "
            f"Received: an image of {shape[1]} x {shape[2]}"
        )
