"""The blocks of SSA-GAN's generator."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers import ConditionProjection
from tfragan.layers import FanInConvolution
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.text_to_image.one_stage_generator import ConditionalBlock


@keras.saving.register_keras_serializable(package="tfragan")
class MaskPredictor(RecordedLayer):
    """Says for each position how much of the sentence belongs there.

    A 3x3 convolution, batch normalization, ReLU and a 1x1 convolution.

    Args:
        hidden_filters: channels between the convolutions.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        training: whether batch statistics are used.

    Output:
        Logits of the mask, `(batch, height, width, 1)`.

    Reference:
        - [Liao et al., 2021, SSA-GAN](https://arxiv.org/abs/2104.00567),
          section 3.3
    """

    def __init__(self, hidden_filters=100, **kwargs):
        super().__init__(**kwargs)
        self.hidden_filters = hidden_filters

    def build(self, input_shape):
        self.hidden = FanInConvolution(
            self.hidden_filters, 3, dtype=self.dtype_policy, name="hidden"
        )
        self.normalization = BatchNormalization(
            dtype=self.dtype_policy, name="normalization"
        )
        self.logit = FanInConvolution(
            1, 1, dtype=self.dtype_policy, name="logit"
        )
        shape = tuple(input_shape)
        for layer in (self.hidden, self.normalization, self.logit):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def call(self, inputs, training=False):
        x = self.normalization(self.hidden(inputs), training=training)
        return self.logit(tf.nn.relu(x))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:3], 1)


@keras.saving.register_keras_serializable(package="tfragan")
class SemanticSpatialNormalization(RecordedLayer):
    """Batch normalization that the sentence changes where the mask says so.

    `(1 + mask * scale(sentence)) * normalized + mask * shift(sentence)`.

    Args:
        hidden_units: width inside the two projections of the sentence.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        semantic_mask: tensor of shape `(batch, height, width, 1)` in [0, 1].
        training: whether batch statistics are used.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Liao et al., 2021, SSA-GAN](https://arxiv.org/abs/2104.00567),
          eq. 4
    """

    def __init__(self, hidden_units=256, **kwargs):
        super().__init__(**kwargs)
        self.hidden_units = hidden_units

    def build(
        self, inputs_shape, sentence_embedding_shape, semantic_mask_shape=None
    ):
        self.normalization = BatchNormalization(
            affine=False, dtype=self.dtype_policy, name="normalization"
        )
        self.normalization.build(inputs_shape)
        self.scale, self.shift = (
            ConditionProjection(
                inputs_shape[-1],
                self.hidden_units,
                dtype=self.dtype_policy,
                name=name,
            )
            for name in ("scale", "shift")
        )
        self.scale.build(sentence_embedding_shape)
        self.shift.build(sentence_embedding_shape)

    def call(self, inputs, sentence_embedding, semantic_mask, training=False):
        x = self.normalization(inputs, training=training)
        scale = self.scale(sentence_embedding)
        shift = self.shift(sentence_embedding)
        return x + semantic_mask * (x * scale + shift)

    def compute_output_shape(
        self,
        inputs_shape,
        sentence_embedding_shape=None,
        semantic_mask_shape=None,
    ):
        return tuple(inputs_shape)


@keras.saving.register_keras_serializable(package="tfragan")
class SemanticSpatialBlock(ConditionalBlock):
    """A residual block of two masked normalizations and convolutions.

    The residual is weighted by one learned number, as published from zero on.

    Args:
        filters: output channels.
        hidden_units: see `SemanticSpatialNormalization`.
        start: `"published"` or `"he"`, see `ConditionalBlock`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        semantic_mask: tensor of shape `(batch, height, width, 1)` in [0, 1].
        training: whether batch statistics are used.

    Output:
        Tensor of shape `(batch, height, width, filters)`.

    Reference:
        - [Liao et al., 2021, SSA-GAN](https://arxiv.org/abs/2104.00567),
          section 3.2; the published code has one normalization in front of
          each convolution
    """

    def __init__(self, filters, hidden_units=256, start="published", **kwargs):
        super().__init__(filters, hidden_units, start, **kwargs)

    def make_modulation(self, channels, name):
        del channels
        return SemanticSpatialNormalization(
            self.hidden_units, dtype=self.dtype_policy, name=name
        )

    def modulate(self, layer, inputs, *conditions, **kwargs):
        return tf.nn.relu(layer(inputs, *conditions, **kwargs))

    def build(
        self, inputs_shape, sentence_embedding_shape, semantic_mask_shape=None
    ):
        self.build_parts(inputs_shape, sentence_embedding_shape)

    def call(self, inputs, sentence_embedding, semantic_mask, training=False):
        return self.add_residual(
            inputs, sentence_embedding, semantic_mask, training=training
        )
