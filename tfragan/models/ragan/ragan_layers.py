"""Layers of RAGAN's generator, discriminators and encoders."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers import InstanceNormalization
from tfragan.layers import ReflectionConvolution
from tfragan.layers import UpsampleConvolution
from tfragan.layers import WordContextAttention
from tfragan.models.ragan.central_biasing_normalization import (
    CentralBiasingNormalization,
)
from tfragan.models.ragan.normalized_part import NormalizedPart
from tfragan.models.ragan.ragan_initializers import check_normalization
from tfragan.models.ragan.ragan_initializers import scale_initializer
from tfragan.models.ragan.ragan_initializers import xavier_normal

# Of discriminators and encoders.
SLOPE = 0.2


def convolution(filters, kernel_size, name, dtype, strides=1, use_bias=False):
    """A reflected convolution as all networks of RAGAN have it.

    Args:
        filters: output channels.
        kernel_size: 3, 4 or 7.
        name: name of the layer.
        dtype: its dtype policy.
        strides: step of the convolution.
        use_bias: whether it has a bias.

    Returns:
        A `ReflectionConvolution`.
    """
    return ReflectionConvolution(
        filters,
        kernel_size,
        reflection=(kernel_size - 1) // 2,
        strides=strides,
        use_bias=use_bias,
        kernel_initializer=xavier_normal(),
        dtype=dtype,
        name=name,
    )


def plain_normalization(normalization, scale_start, name, dtype):
    """The normalization of places without a condition.

    Args:
        normalization: `"instance"`, which has no parameters, or `"batch"`.
        scale_start: see `CentralBiasingNormalization`.
        name: name of the layer.
        dtype: its dtype policy.

    Returns:
        A layer, to be called by `normalized`.
    """
    check_normalization(normalization)
    if normalization == "instance":
        return InstanceNormalization(
            center=False, scale=False, dtype=dtype, name=name
        )
    return BatchNormalization(
        gamma_initializer=scale_initializer(scale_start),
        dtype=dtype,
        name=name,
    )


def normalized(layer, inputs, condition=None, training=False):
    """Calls a normalization of whatever kind.

    Args:
        layer: of `plain_normalization`, or a `CentralBiasingNormalization`.
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, dim)`, for the latter.
        training: whether batch statistics are used.

    Returns:
        Tensor of the shape of `inputs`.
    """
    if isinstance(layer, CentralBiasingNormalization):
        return layer(inputs, condition, training=training)
    if isinstance(layer, BatchNormalization):
        return layer(inputs, training=training)
    return layer(inputs)


@keras.saving.register_keras_serializable(package="tfragan")
class BiasedConvolution(NormalizedPart, keras.layers.Layer):
    """A reflected convolution and a central biasing normalization.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel.
        strides: step of the convolution.
        normalization: see `CentralBiasingNormalization`.
        scale_start: likewise.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, dim)`.
        training: whether batch statistics are used.

    Output:
        Tensor of shape `(batch, new_height, new_width, filters)`, without an
        activation.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        normalization="instance",
        scale_start="uniform",
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides

    def build(self, inputs_shape, condition_shape):
        self.convolution = convolution(
            self.filters,
            self.kernel_size,
            "convolution",
            self.dtype_policy,
            self.strides,
        )
        self.convolution.build(inputs_shape)
        self.norm = CentralBiasingNormalization(
            name="norm", **self.part_options()
        )
        self.norm.build(
            self.compute_output_shape(inputs_shape), condition_shape
        )
        self.built = True

    def call(self, inputs, condition, training=False):
        return self.norm(self.convolution(inputs), condition, training=training)

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return self.convolution.compute_output_shape(inputs_shape)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "strides": self.strides,
            }
        )
        return config


@keras.saving.register_keras_serializable(package="tfragan")
class GatedBiasedBlock(NormalizedPart, keras.layers.Layer):
    """A residual block whose branch a condition steers and a gate weights.

    Args:
        normalization: see `CentralBiasingNormalization`.
        scale_start: likewise.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, dim)`.
        gate: tensor of the shape of `inputs` that the branch is multiplied
            by, or None.
        training: whether batch statistics are used.

    Output:
        Tensor of the shape of `inputs`.
    """

    def build(self, inputs_shape, condition_shape, gate_shape=None):
        for name in ("first", "second"):
            layer = BiasedConvolution(
                inputs_shape[-1], name=name, **self.part_options()
            )
            layer.build(inputs_shape, condition_shape)
            setattr(self, name, layer)
        self.built = True

    def call(self, inputs, condition, gate=None, training=False):
        x = tf.nn.relu(self.first(inputs, condition, training=training))
        x = self.second(x, condition, training=training)
        return inputs + (x if gate is None else gate * x)


@keras.saving.register_keras_serializable(package="tfragan")
class ResidualAttention(keras.layers.Layer):
    """From what the words say at each position to a gate between 0 and 1.

    Args:
        mask_order: see `WordContextAttention`.

    Call arguments:
        image_features: tensor of shape `(batch, height, width, channels)`.
        word_embeddings: tensor of shape `(batch, words, dim)`.
        word_mask: boolean tensor of shape `(batch, words)`, or None.
        mask_order: for this call alone.

    Output:
        Tuple of the gate, of the shape of `image_features`, and the attention
        map, float32 of shape `(batch, height, width, words)`.
    """

    def __init__(self, mask_order="correct", **kwargs):
        super().__init__(**kwargs)
        self.mask_order = mask_order

    def build(
        self, image_features_shape, word_embeddings_shape, word_mask_shape=None
    ):
        channels = image_features_shape[-1]
        self.attention = WordContextAttention(
            self.mask_order,
            kernel_initializer=xavier_normal(),
            dtype=self.dtype_policy,
            name="attention",
        )
        self.attention.build(image_features_shape, word_embeddings_shape)
        self.smoothing = keras.layers.Conv2D(
            channels,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer=xavier_normal(),
            dtype=self.dtype_policy,
            name="smoothing",
        )
        self.smoothing.build(image_features_shape)
        self.built = True

    def call(
        self, image_features, word_embeddings, word_mask=None, mask_order=None
    ):
        context, attention_map = self.attention(
            image_features, word_embeddings, word_mask, mask_order=mask_order
        )
        return tf.nn.sigmoid(self.smoothing(context)), attention_map

    def get_config(self):
        config = super().get_config()
        config.update({"mask_order": self.mask_order})
        return config


@keras.saving.register_keras_serializable(package="tfragan")
class EnlargingBlock(NormalizedPart, keras.layers.Layer):
    """Doubles the map: nearest neighbor, convolution, normalization, ReLU.

    Args:
        filters: output channels.
        normalization: see `plain_normalization`.
        scale_start: likewise.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        training: whether batch statistics are used.

    Output:
        Tensor of shape `(batch, 2 * height, 2 * width, filters)`.
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

    def build(self, inputs_shape):
        self.convolution = UpsampleConvolution(
            self.filters,
            kernel_initializer=xavier_normal(),
            edge="reflection",
            dtype=self.dtype_policy,
            name="convolution",
        )
        self.convolution.build(inputs_shape)
        self.norm = plain_normalization(name="norm", **self.part_options())
        self.norm.build(self.convolution.compute_output_shape(inputs_shape))
        self.built = True

    def call(self, inputs, training=False):
        x = self.convolution(inputs)
        return tf.nn.relu(normalized(self.norm, x, training=training))

    def compute_output_shape(self, inputs_shape):
        return self.convolution.compute_output_shape(inputs_shape)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
            }
        )
        return config
