"""The residual block that the generators of one-stage models share."""

import keras

from tfragan.layers import FanInConvolution


class ConditionalBlock(keras.layers.Layer):
    """Two 3x3 convolutions, in front of each a layer that a condition steers.

    A subclass gives `make_modulation` and `modulate`, and builds by
    `build_parts`. The shortcut has a 1x1 convolution where the number of
    channels changes.

    Args:
        filters: output channels.
        hidden_units: width inside the projections of the condition.

    Attributes:
        scaled: whether the residual is weighted by one learned number that
            starts at zero.
    """

    scaled = True

    def __init__(self, filters, hidden_units, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.hidden_units = hidden_units

    def make_modulation(self, channels, name):
        """Makes the layer in front of a convolution.

        Args:
            channels: of its inputs.
            name: of the layer.

        Returns:
            A layer that is built with the shapes of inputs and condition.
        """
        raise NotImplementedError

    def modulate(self, layer, inputs, *conditions, **kwargs):
        """What a convolution takes in, by one of the layers made."""
        raise NotImplementedError

    def build_parts(self, inputs_shape, condition_shape):
        """Builds everything.

        Args:
            inputs_shape: `(batch, height, width, channels)`.
            condition_shape: `(batch, condition_dim)`.
        """
        shape = tuple(inputs_shape)
        self.modulations = []
        self.convolutions = []
        for number in (1, 2):
            layer = self.make_modulation(shape[-1], f"modulation_{number}")
            layer.build(shape, condition_shape)
            self.modulations.append(layer)
            self.convolutions.append(
                self._convolution(3, f"convolution_{number}", shape)
            )
            shape = (*shape[:3], self.filters)
        self.shortcut = None
        if inputs_shape[-1] != self.filters:
            self.shortcut = self._convolution(1, "shortcut", inputs_shape)
        self.residual_scale = None
        if self.scaled:
            self.residual_scale = self.add_weight(
                shape=(), initializer="zeros", name="residual_scale"
            )
        self.built = True

    def _convolution(self, kernel_size, name, shape):
        convolution = FanInConvolution(
            self.filters, kernel_size, dtype=self.dtype_policy, name=name
        )
        convolution.build(shape)
        return convolution

    def add_residual(self, inputs, *conditions, **kwargs):
        """The block's output, from what `modulate` takes."""
        x = inputs
        for layer, convolution in zip(
            self.modulations, self.convolutions, strict=True
        ):
            x = convolution(self.modulate(layer, x, *conditions, **kwargs))
        if self.residual_scale is not None:
            x = self.residual_scale * x
        return x + (inputs if self.shortcut is None else self.shortcut(inputs))

    def compute_output_shape(self, inputs_shape, *condition_shapes, **shapes):
        return (*inputs_shape[:3], self.filters)

    def get_config(self):
        config = super().get_config()
        config.update(
            {"filters": self.filters, "hidden_units": self.hidden_units}
        )
        return config
