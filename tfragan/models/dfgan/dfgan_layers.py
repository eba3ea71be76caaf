"""The two published DF-GANs, and the blocks of their generators."""

import dataclasses

import keras
import tensorflow as tf

from tfragan.layers import ConditionProjection
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.text_to_image.one_stage_generator import ConditionalBlock


@dataclasses.dataclass(frozen=True)
class DFGANVersion:
    """The choices that make one published program.

    Attributes:
        noise_in_condition: whether the blocks see the noise beside the
            sentence.
        block_at_first_size: whether there is a block on the 4x4 map, before
            the first doubling.
        hidden_as_condition: whether the projections of the condition are as
            wide as the sentence inside, instead of as the map they change.
        scaled_residual: whether the generator's residuals are weighted by
            learned numbers.
        widest: see `OneWayDiscriminator`.
        wrong_pairs: see `tfragan.models.text_to_image.one_stage_losses`.
        joint_penalty: whether the gradient penalty is part of the loss of the
            discriminator's step, instead of a step of its own after it.
    """

    noise_in_condition: bool
    block_at_first_size: bool
    hidden_as_condition: bool
    scaled_residual: bool
    widest: int
    wrong_pairs: str
    joint_penalty: bool


VERSIONS = {
    "2022": DFGANVersion(
        noise_in_condition=True,
        block_at_first_size=False,
        hidden_as_condition=False,
        scaled_residual=False,
        widest=8,
        wrong_pairs="rolled",
        joint_penalty=True,
    ),
    "2020": DFGANVersion(
        noise_in_condition=False,
        block_at_first_size=True,
        hidden_as_condition=True,
        scaled_residual=True,
        widest=16,
        wrong_pairs="next",
        joint_penalty=False,
    ),
}


def get_version(name):
    """The `DFGANVersion` of a name.

    Raises:
        ValueError: there is no version of that name.
    """
    if name not in VERSIONS:
        raise ValueError(
            f"version must be one of {sorted(VERSIONS)}. "
            f"Received: version={name!r}"
        )
    return VERSIONS[name]


@keras.saving.register_keras_serializable(package="tfragan")
class ConditionalAffine(RecordedLayer):
    """A scale and a shift of each channel, told by a condition.

    Args:
        hidden_units: width inside the two projections of the condition.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, condition_dim)`.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865), eq. 4
    """

    def __init__(self, hidden_units, **kwargs):
        super().__init__(**kwargs)
        self.hidden_units = hidden_units

    def build(self, inputs_shape, condition_shape):
        self.scale, self.shift = (
            ConditionProjection(
                inputs_shape[-1],
                self.hidden_units,
                start,
                dtype=self.dtype_policy,
                name=name,
            )
            for name, start in (("scale", 1.0), ("shift", 0.0))
        )
        self.scale.build(condition_shape)
        self.shift.build(condition_shape)

    def call(self, inputs, condition):
        return inputs * self.scale(condition) + self.shift(condition)

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return tuple(inputs_shape)


@keras.saving.register_keras_serializable(package="tfragan")
class DeepFusion(RecordedLayer):
    """Two conditional affine maps, each followed by a leaky ReLU.

    Args:
        hidden_units: see `ConditionalAffine`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, condition_dim)`.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865),
          section 3.4; the figure shows ReLU, the published code has these
    """

    def __init__(self, hidden_units, **kwargs):
        super().__init__(**kwargs)
        self.hidden_units = hidden_units

    def build(self, inputs_shape, condition_shape):
        self.affine_maps = []
        for number in (1, 2):
            affine = ConditionalAffine(
                self.hidden_units,
                dtype=self.dtype_policy,
                name=f"affine_{number}",
            )
            affine.build(inputs_shape, condition_shape)
            self.affine_maps.append(affine)

    def call(self, inputs, condition):
        x = inputs
        for affine in self.affine_maps:
            x = tf.nn.leaky_relu(affine(x, condition), 0.2)
        return x

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return tuple(inputs_shape)


@keras.saving.register_keras_serializable(package="tfragan")
class DeepFusionBlock(ConditionalBlock):
    """A residual block of two fusions with the condition and convolutions.

    Args:
        filters: output channels.
        hidden_units: width inside the projections of the condition; by
            default that of the map which they change.
        scaled: whether the residual is weighted by one learned number.
        start: `"published"` or `"he"`, see `ConditionalBlock`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, condition_dim)`.

    Output:
        Tensor of shape `(batch, height, width, filters)`.
    """

    def __init__(
        self,
        filters,
        hidden_units=None,
        scaled=False,
        start="published",
        **kwargs,
    ):
        super().__init__(filters, hidden_units, start, **kwargs)
        self.scaled = scaled

    def make_modulation(self, channels, name):
        return DeepFusion(
            self.hidden_units or channels, dtype=self.dtype_policy, name=name
        )

    def modulate(self, layer, inputs, *conditions, **kwargs):
        return layer(inputs, *conditions, **kwargs)

    def build(self, inputs_shape, condition_shape):
        self.build_parts(inputs_shape, condition_shape)

    def call(self, inputs, condition):
        return self.add_residual(inputs, condition)
