"""Layers of RAGAN's generator, discriminators and encoders."""

import keras
import tensorflow as tf

from tfragan.layers import BatchNormalization
from tfragan.layers import InstanceNormalization
from tfragan.layers import ReflectionConvolution
from tfragan.layers import UpsampleConvolution
from tfragan.layers import WordContextAttention
from tfragan.layers.channel_normalization import normalize_channels
from tfragan.layers.recorded_config import recorded_config

NORMALIZATIONS = ("instance", "batch")

# Normalization scales start at random, as in PyTorch before 0.4, or at one.
_SCALE_STARTS = {
    "uniform": lambda: keras.initializers.RandomUniform(0.0, 1.0),
    "ones": keras.initializers.Ones,
}


def xavier_normal():
    """A new initializer of a kernel: normal, variance 4 / (fans in and out).

    Returns:
        A Keras initializer. Each kernel needs its own, or they would start
        with the same numbers.
    """
    return keras.initializers.VarianceScaling(
        2.0, mode="fan_avg", distribution="untruncated_normal"
    )


def scale_initializer(scale_start):
    """A new initializer of a normalization's scale.

    Args:
        scale_start: `"uniform"` or `"ones"`.

    Returns:
        A Keras initializer.

    Raises:
        ValueError: for another name.
    """
    if scale_start not in _SCALE_STARTS:
        raise ValueError(
            f"scale_start must be one of {', '.join(_SCALE_STARTS)}. "
            f"Received: scale_start={scale_start!r}"
        )
    return _SCALE_STARTS[scale_start]()


def check_normalization(normalization):
    """Raises a `ValueError` for a normalization that does not exist."""
    if normalization not in NORMALIZATIONS:
        raise ValueError(
            f"normalization must be one of {', '.join(NORMALIZATIONS)}. "
            f"Received: normalization={normalization!r}"
        )


class NormalizedPart(keras.layers.Layer):
    """A layer or network whose normalizations are of one kind.

    A network has `keras.Model` as its second base.

    Args:
        normalization: `"instance"` or `"batch"`.
        scale_start: `"uniform"` or `"ones"`, see
            `CentralBiasingNormalization`.
        **kwargs: those of the Keras class.

    Raises:
        ValueError: for another name.
    """

    def __init__(
        self, normalization="instance", scale_start="uniform", **kwargs
    ):
        super().__init__(**kwargs)
        check_normalization(normalization)
        scale_initializer(scale_start)
        self.normalization = normalization
        self.scale_start = scale_start

    def part_options(self):
        """Keyword arguments of a part of this part."""
        return {
            "normalization": self.normalization,
            "scale_start": self.scale_start,
            "dtype": self.dtype_policy,
        }

    def get_config(self):
        return {**super().get_config(), **recorded_config(self)}


@keras.saving.register_keras_serializable(package="tfragan")
class CentralBiasingNormalization(NormalizedPart):
    """Normalizes, centers each channel of each sample, and shifts it.

    With `t = tanh(dense(condition))`, one number a channel, the result is
    `(centered + t) * gamma + beta`: what the condition says replaces the mean
    of a channel. `centered` is the instance-normalized input, or the
    batch-normalized one less the mean of each channel of each sample, so that
    of the batch only its variance is left.

    Args:
        normalization: `"instance"`, the same in training and inference, or
            `"batch"`, whose statistics are those of the global batch.
        scale_start: `"uniform"` starts `gamma` at random between 0 and 1, as
            published, `"ones"` at 1.
        epsilon: added to the variance.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, dim)`.
        training: whether batch statistics are used and updated.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Yu et al., 2018, Central Biasing Normalization](
          https://arxiv.org/abs/1806.10050), section 3

    Example:

    >>> layer = CentralBiasingNormalization()
    >>> layer(np.ones((2, 4, 4, 3), "float32"), np.ones((2, 5))).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(
        self,
        normalization="instance",
        scale_start="uniform",
        epsilon=1e-5,
        **kwargs,
    ):
        super().__init__(normalization, scale_start, **kwargs)
        self.epsilon = epsilon

    def build(self, inputs_shape, condition_shape):
        channels = inputs_shape[-1]
        self.projection = keras.layers.Dense(
            channels,
            activation="tanh",
            kernel_initializer=xavier_normal(),
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build(condition_shape)
        self.gamma, self.beta = (
            self.add_weight(
                shape=(channels,),
                initializer=initializer,
                autocast=False,
                name=name,
            )
            for name, initializer in (
                ("gamma", scale_initializer(self.scale_start)),
                ("beta", "zeros"),
            )
        )
        self.statistics = None
        if self.normalization == "batch":
            self.statistics = BatchNormalization(
                epsilon=self.epsilon,
                affine=False,
                dtype=self.dtype_policy,
                name="statistics",
            )
            self.statistics.build(inputs_shape)
        self.built = True

    def call(self, inputs, condition, training=False):
        bias = self.projection(tf.cast(condition, self.compute_dtype))
        # (batch, channels) -> (batch, 1, 1, channels)
        bias = tf.cast(bias, self.variable_dtype)[:, tf.newaxis, tf.newaxis]
        inputs = tf.cast(inputs, self.compute_dtype)
        coefficients = self._instance_coefficients
        if self.statistics is not None:
            inputs = self.statistics(inputs, training=training)
            coefficients = _centering_coefficients
        return normalize_channels(
            inputs,
            coefficients,
            bias,
            tf.convert_to_tensor(self.gamma.value),
            tf.convert_to_tensor(self.beta.value),
            dtype=self.variable_dtype,
        )

    def _instance_coefficients(self, count, mean, squares, bias, gamma, beta):
        del mean
        scale = gamma * tf.math.rsqrt(squares / count + self.epsilon)
        return scale, bias * gamma + beta

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return inputs_shape


def _centering_coefficients(count, mean, squares, bias, gamma, beta):
    del count, squares
    return gamma * tf.ones_like(mean), bias * gamma + beta


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
class BiasedConvolution(NormalizedPart):
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


@keras.saving.register_keras_serializable(package="tfragan")
class GatedBiasedBlock(NormalizedPart):
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
        return {**super().get_config(), **recorded_config(self)}


@keras.saving.register_keras_serializable(package="tfragan")
class EnlargingBlock(NormalizedPart):
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
