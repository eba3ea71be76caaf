"""The blocks of DF-GAN's generators."""

import keras
import tensorflow as tf

from tfragan.layers import ConditionProjection
from tfragan.layers import FanInConvolution


@keras.saving.register_keras_serializable(package="tfragan")
class ConditionalAffine(keras.layers.Layer):
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
        self.built = True

    def call(self, inputs, condition):
        return inputs * self.scale(condition) + self.shift(condition)

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return tuple(inputs_shape)

    def get_config(self):
        config = super().get_config()
        config.update({"hidden_units": self.hidden_units})
        return config


@keras.saving.register_keras_serializable(package="tfragan")
class DeepFusion(keras.layers.Layer):
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
        self.built = True

    def call(self, inputs, condition):
        x = inputs
        for affine in self.affine_maps:
            x = tf.nn.leaky_relu(affine(x, condition), 0.2)
        return x

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return tuple(inputs_shape)

    def get_config(self):
        config = super().get_config()
        config.update({"hidden_units": self.hidden_units})
        return config


@keras.saving.register_keras_serializable(package="tfragan")
class DeepFusionBlock(keras.layers.Layer):
    """A residual block of two fusions with the condition and convolutions.

    Args:
        filters: output channels.
        hidden_units: width inside the projections of the condition; by
            default that of the map which they change.
        scaled: whether the residual is weighted by one learned number that
            starts at zero.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        condition: tensor of shape `(batch, condition_dim)`.

    Output:
        Tensor of shape `(batch, height, width, filters)`.
    """

    def __init__(self, filters, hidden_units=None, scaled=False, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.hidden_units = hidden_units
        self.scaled = scaled

    def build(self, inputs_shape, condition_shape):
        shape = tuple(inputs_shape)
        self.fusions = []
        self.convolutions = []
        for number in (1, 2):
            fusion = DeepFusion(
                self.hidden_units or shape[-1],
                dtype=self.dtype_policy,
                name=f"fusion_{number}",
            )
            fusion.build(shape, condition_shape)
            convolution = FanInConvolution(
                self.filters,
                3,
                dtype=self.dtype_policy,
                name=f"convolution_{number}",
            )
            convolution.build(shape)
            self.fusions.append(fusion)
            self.convolutions.append(convolution)
            shape = (*shape[:3], self.filters)
        self.shortcut = None
        if inputs_shape[-1] != self.filters:
            self.shortcut = FanInConvolution(
                self.filters, 1, dtype=self.dtype_policy, name="shortcut"
            )
            self.shortcut.build(inputs_shape)
        self.residual_scale = None
        if self.scaled:
            self.residual_scale = self.add_weight(
                shape=(), initializer="zeros", name="residual_scale"
            )
        self.built = True

    def call(self, inputs, condition):
        x = inputs
        for fusion, convolution in zip(
            self.fusions, self.convolutions, strict=True
        ):
            x = convolution(fusion(x, condition))
        if self.residual_scale is not None:
            x = self.residual_scale * x
        return x + (inputs if self.shortcut is None else self.shortcut(inputs))

    def compute_output_shape(self, inputs_shape, condition_shape=None):
        return (*inputs_shape[:3], self.filters)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "hidden_units": self.hidden_units,
                "scaled": self.scaled,
            }
        )
        return config
