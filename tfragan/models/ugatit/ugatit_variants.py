"""What the two published U-GAT-IT programs do differently."""

import dataclasses
from collections.abc import Callable

import keras

from tfragan.layers.fan_in_uniform import fan_in_uniform
from tfragan.layers.fan_in_uniform import fan_in_uniform_bias


def _narrow_normal():
    return keras.initializers.RandomNormal(0.0, 0.02)


def _zero_bias(fan_in):
    del fan_in
    return keras.initializers.Zeros()


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
        kernel_initializer=_narrow_normal,
        bias_initializer=_zero_bias,
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
