"""The two published U-GAT-ITs, and the layers of their generators."""

import dataclasses
from collections.abc import Callable

import keras
import tensorflow as tf

from tfragan.layers import AdaptiveLayerInstanceNormalization
from tfragan.layers import InstanceLayerNormalization
from tfragan.layers import InstanceNormalization
from tfragan.layers import ReflectionConvolution
from tfragan.layers import UpsampleConvolution
from tfragan.layers.fan_in_convolution import fan_in_uniform
from tfragan.layers.fan_in_convolution import fan_in_uniform_bias
from tfragan.layers.recorded_config import RecordedLayer

# Of the layers that lead into a generator, the published one first.
ENCODER_NORMALIZATIONS = ("instance", "layer_instance")


@dataclasses.dataclass(frozen=True)
class UGATITVariant:
    """The choices that make the layers of one published program.

    Attributes:
        generator_bias: whether the generator's convolutions and dense layers
            have a bias; the 1x1 convolution of the attention always has.
        affine_instance_norm: whether instance normalizations learn a scale
            and a shift.
        unbiased_variance: whether layer-instance normalizations divide by one
            less than the count.
        initial_rho: start of `rho` in the residual blocks.
        rho_smoothing: what smoothing subtracts from `rho` there.
        shared_classifier: see `ClassActivationMap`.
        reweighting: of the discriminators, see `ClassActivationMap`.
        last_reflection: mirror image around the input of the two last
            convolutions of a discriminator, which do not halve.
        head_bias: whether a discriminator's last convolution has a bias.
        keep_v: see `SpectralNormalization`.
        kernel_initializer: function to a new initializer.
        bias_initializer: function from a fan-in to a new initializer.
        weight_decay: of the optimizers, see `Adam`.
        decayed_names: names of the variables that decay; all by default.
        reports_decay: whether the reported losses have the L2 term.
        epsilon_after_correction: of the optimizers, see `Adam`.
    """

    generator_bias: bool
    affine_instance_norm: bool
    unbiased_variance: bool
    initial_rho: float
    rho_smoothing: float
    shared_classifier: bool
    reweighting: str
    last_reflection: int | tuple[int, int]
    head_bias: bool
    keep_v: bool
    kernel_initializer: Callable
    bias_initializer: Callable
    weight_decay: float
    decayed_names: tuple[str, ...] | None
    reports_decay: bool
    epsilon_after_correction: bool


VARIANTS = {
    "pytorch": UGATITVariant(
        generator_bias=False,
        affine_instance_norm=False,
        unbiased_variance=True,
        initial_rho=0.9,
        rho_smoothing=0.0,
        shared_classifier=False,
        reweighting="stored",
        last_reflection=1,
        head_bias=False,
        keep_v=True,
        kernel_initializer=fan_in_uniform,
        bias_initializer=fan_in_uniform_bias,
        weight_decay=1e-4,
        decayed_names=None,
        reports_decay=False,
        epsilon_after_correction=True,
    ),
    "tensorflow1": UGATITVariant(
        generator_bias=True,
        affine_instance_norm=True,
        unbiased_variance=False,
        initial_rho=1.0,
        rho_smoothing=0.1,
        shared_classifier=True,
        reweighting="normalized",
        last_reflection=(1, 2),
        head_bias=True,
        keep_v=False,
        kernel_initializer=lambda: keras.initializers.RandomNormal(0.0, 0.02),
        bias_initializer=lambda fan_in: keras.initializers.Zeros(),
        weight_decay=1e-4,
        decayed_names=("kernel",),
        reports_decay=True,
        epsilon_after_correction=False,
    ),
}


def get_variant(name):
    """The `UGATITVariant` of a name.

    Raises:
        ValueError: there is no variant of that name.
    """
    if name not in VARIANTS:
        raise ValueError(
            f"variant must be one of {sorted(VARIANTS)}. "
            f"Received: variant={name!r}"
        )
    return VARIANTS[name]


class _VariantLayer(RecordedLayer):
    """A layer with a number of filters in one of the published variants."""

    def __init__(self, filters, variant="pytorch", **kwargs):
        super().__init__(**kwargs)
        get_variant(variant)
        self.filters = filters
        self.variant = variant

    def _options(self, name, fan_in):
        """Arguments of a convolution or dense layer of the generator."""
        variant = get_variant(self.variant)
        return {
            "use_bias": variant.generator_bias,
            "kernel_initializer": variant.kernel_initializer(),
            "bias_initializer": variant.bias_initializer(fan_in),
            "dtype": self.dtype_policy,
            "name": name,
        }


class _NormalizedConvolution(_VariantLayer):
    """Base of the blocks of a convolution `conv`, a `norm` and ReLU."""

    def call(self, inputs):
        return tf.nn.relu(self.norm(self.conv(inputs)))

    def compute_output_shape(self, input_shape):
        return self.conv.compute_output_shape(input_shape)


@keras.saving.register_keras_serializable(package="tfragan")
class ConvolutionBlock(_NormalizedConvolution):
    """A reflected convolution, normalization and ReLU.

    Args:
        filters: output channels.
        kernel_size: odd height and width of the kernel.
        strides: step of the convolution.
        variant: a key of `VARIANTS`.
        normalization: one of `ENCODER_NORMALIZATIONS`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of shape `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=2,
        variant="pytorch",
        normalization="instance",
        **kwargs,
    ):
        super().__init__(filters, variant, **kwargs)
        if normalization not in ENCODER_NORMALIZATIONS:
            raise ValueError(
                f"normalization must be one of {ENCODER_NORMALIZATIONS}. "
                f"Received: normalization={normalization!r}"
            )
        self.normalization = normalization
        self.kernel_size = kernel_size
        self.strides = strides

    def build(self, input_shape):
        fan_in = self.kernel_size**2 * input_shape[-1]
        self.conv = ReflectionConvolution(
            self.filters,
            self.kernel_size,
            reflection=self.kernel_size // 2,
            strides=self.strides,
            **self._options("conv", fan_in),
        )
        self.conv.build(input_shape)
        self.norm = self._make_norm()
        self.norm.build(self.conv.compute_output_shape(input_shape))

    def _make_norm(self):
        variant = get_variant(self.variant)
        if self.normalization == "layer_instance":
            return InstanceLayerNormalization(
                unbiased=variant.unbiased_variance,
                dtype=self.dtype_policy,
                name="norm",
            )
        affine = variant.affine_instance_norm
        return InstanceNormalization(
            center=affine, scale=affine, dtype=self.dtype_policy, name="norm"
        )


@keras.saving.register_keras_serializable(package="tfragan")
class AdaptiveResidualBlock(_VariantLayer):
    """A residual block whose normalizations are steered from outside.

    Args:
        filters: channels of input and output.
        variant: a key of `VARIANTS`.
        smoothing: whether `rho` is smoothed, where the variant does so.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, filters)`.
        gamma: tensor of shape `(batch, filters)`, scale of both
            normalizations.
        beta: tensor of shape `(batch, filters)`, shift of both.

    Output:
        Tensor of the shape of `inputs`.
    """

    def __init__(self, filters, variant="pytorch", smoothing=True, **kwargs):
        super().__init__(filters, variant, **kwargs)
        self.smoothing = smoothing

    def build(self, inputs_shape, gamma_shape=None, beta_shape=None):
        variant = get_variant(self.variant)
        for number in (1, 2):
            conv = ReflectionConvolution(
                self.filters,
                3,
                **self._options(f"conv_{number}", 9 * self.filters),
            )
            norm = AdaptiveLayerInstanceNormalization(
                unbiased=variant.unbiased_variance,
                initial_rho=variant.initial_rho,
                smoothing=variant.rho_smoothing if self.smoothing else 0.0,
                dtype=self.dtype_policy,
                name=f"norm_{number}",
            )
            for layer in (conv, norm):
                layer.build(inputs_shape)
                setattr(self, layer.name, layer)

    def call(self, inputs, gamma, beta):
        x = tf.nn.relu(self.norm_1(self.conv_1(inputs), gamma, beta))
        return inputs + self.norm_2(self.conv_2(x), gamma, beta)

    def compute_output_shape(self, inputs_shape, *style_shapes):
        return inputs_shape


@keras.saving.register_keras_serializable(package="tfragan")
class UpBlock(_NormalizedConvolution):
    """Doubles an image: nearest neighbor, 3x3 convolution, norm and ReLU.

    Args:
        filters: output channels.
        variant: a key of `VARIANTS`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of shape `(batch, 2 * height, 2 * width, filters)`.
    """

    def build(self, input_shape):
        self.conv = UpsampleConvolution(
            self.filters,
            edge="reflection",
            **self._options("conv", 9 * input_shape[-1]),
        )
        self.conv.build(input_shape)
        self.norm = InstanceLayerNormalization(
            unbiased=get_variant(self.variant).unbiased_variance,
            dtype=self.dtype_policy,
            name="norm",
        )
        self.norm.build(self.conv.compute_output_shape(input_shape))


@keras.saving.register_keras_serializable(package="tfragan")
class Modulation(_VariantLayer):
    """Scale and shift of the residual blocks from the attended features.

    Args:
        filters: width of the hidden layers and of both outputs.
        light: whether the features are averaged over their positions;
            otherwise all of them are the input, as a vector in the order
            height, width, channels, so that their size is fixed.
        variant: a key of `VARIANTS`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tuple of scale and shift, each `(batch, filters)`.
    """

    def __init__(self, filters, light=False, variant="pytorch", **kwargs):
        super().__init__(filters, variant, **kwargs)
        self.light = light

    def build(self, input_shape):
        _, height, width, channels = input_shape
        features = channels
        if not self.light:
            if None in (height, width):
                raise ValueError(
                    "Height and width of the features must be known unless "
                    "light=True. "
                    f"Received: input_shape={tuple(input_shape)}"
                )
            features = height * width * channels
        for name in ("hidden_1", "hidden_2", "gamma", "beta"):
            dense = keras.layers.Dense(
                self.filters,
                activation="relu" if name.startswith("hidden") else None,
                **self._options(name, features),
            )
            dense.build((None, features))
            setattr(self, name, dense)
            features = self.filters

    def call(self, inputs):
        if self.light:
            x = tf.reduce_mean(tf.cast(inputs, self.variable_dtype), (1, 2))
        else:
            # (batch, height, width, channels) -> (batch, features)
            x = tf.reshape(inputs, (-1, self.hidden_1.kernel.shape[0]))
        x = self.hidden_2(self.hidden_1(tf.cast(x, self.compute_dtype)))
        return self.gamma(x), self.beta(x)

    def compute_output_shape(self, input_shape):
        return ((input_shape[0], self.filters),) * 2
