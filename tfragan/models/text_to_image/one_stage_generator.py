"""The parts that generators of one stage share."""

import keras
import tensorflow as tf

from tfragan.layers import FanInConvolution
from tfragan.layers.fan_in_convolution import fan_in_uniform
from tfragan.layers.fan_in_convolution import fan_in_uniform_bias
from tfragan.layers.fan_in_convolution import start_of
from tfragan.layers.recorded_config import RecordedLayer

# Height and width of the first map.
FIRST_SIZE = 4
# The largest map has one width, each half of it twice that of the next.
_SMALLEST_IMAGE = 32
_WIDEST = 8


def check_image_size(image_size):
    """Raises a `ValueError` unless blocks can be cut for this size."""
    power = image_size >= 1 and image_size & (image_size - 1) == 0
    if not power or image_size < _SMALLEST_IMAGE:
        raise ValueError(
            "image_size must be a power of two of at least "
            f"{_SMALLEST_IMAGE}. Received: image_size={image_size}"
        )


def falling_widths(image_size):
    """Relative widths of the maps from 4x4 to the image, largest first.

    Args:
        image_size: see `check_image_size`.

    Returns:
        List of ints that halve, the last being 1.

    >>> falling_widths(64)
    [16, 8, 4, 2, 1]
    """
    doublings = (image_size // 4).bit_length() - 1
    return [2**exponent for exponent in range(doublings, -1, -1)]


def double(images):
    """Repeats each pixel.

    Args:
        images: tensor of shape `(batch, height, width, channels)` with known
            sides.

    Returns:
        Tensor of shape `(batch, 2 * height, 2 * width, channels)`.
    """
    _, height, width, channels = images.shape
    batch = tf.shape(images)[0]
    # (batch, height, 1, width, 1, channels)
    images = images[:, :, tf.newaxis, :, tf.newaxis]
    shape = (batch, height, 2, width, 2, channels)
    images = tf.broadcast_to(images, shape)
    return tf.reshape(images, (-1, 2 * height, 2 * width, channels))


@keras.saving.register_keras_serializable(package="tfragan")
class NoiseProjection(RecordedLayer):
    """A dense layer from the noise to a 4x4 map.

    Args:
        filters: channels of the map.

    Call arguments:
        noise: tensor of shape `(batch, noise_dim)`.

    Output:
        Tensor of shape `(batch, 4, 4, filters)`.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, noise_shape):
        self.projection = keras.layers.Dense(
            FIRST_SIZE**2 * self.filters,
            kernel_initializer=fan_in_uniform(),
            bias_initializer=fan_in_uniform_bias(noise_shape[-1]),
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build(noise_shape)

    def call(self, noise):
        x = self.projection(noise)
        # The published features are channel-major: channel * 16 + position.
        x = tf.reshape(x, (-1, self.filters, FIRST_SIZE, FIRST_SIZE))
        return tf.transpose(x, (0, 2, 3, 1))

    def compute_output_shape(self, noise_shape):
        return (noise_shape[0], FIRST_SIZE, FIRST_SIZE, self.filters)


class ConditionalBlock(RecordedLayer):
    """Two 3x3 convolutions, in front of each a layer that a condition steers.

    A subclass gives `make_modulation` and `modulate`, and builds by
    `build_parts`. The shortcut has a 1x1 convolution where the number of
    channels changes.

    Args:
        filters: output channels.
        hidden_units: width inside the projections of the condition.
        start: `"published"` or `"he"`, see `start_of`.

    Attributes:
        scaled: whether the residual is weighted by one learned number.
    """

    scaled = True

    def __init__(self, filters, hidden_units, start="published", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.hidden_units = hidden_units
        self.start = start

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
            self.shortcut = self._convolution(
                1, "shortcut", inputs_shape, linear=True
            )
        self.residual_scale = None
        if self.scaled:
            self.residual_scale = self.add_weight(
                shape=(),
                initializer=start_of(self.start)[1],
                name="residual_scale",
            )
        self.built = True

    def _convolution(self, kernel_size, name, shape, linear=False):
        convolution = FanInConvolution(
            self.filters,
            kernel_size,
            kernel_initializer=start_of(self.start, linear)[0],
            dtype=self.dtype_policy,
            name=name,
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


class OneStageGenerator(RecordedLayer, keras.Model):
    """From noise to the first map, and from the last map to the image.

    A subclass gives the blocks between, each on a map that is twice as large
    as that before it.

    Args:
        image_size: height and width of the image, see `check_image_size`.
        embedding_dim: width of the sentence embedding.
        width: channels of the last map; those before have up to eight times
            as many.
        noise_dim: width of the noise.
        start: how the blocks start: `"published"` or `"he"`, see
            `tfragan.layers.fan_in_convolution.start_of`.
    """

    def __init__(
        self,
        image_size,
        embedding_dim,
        width,
        noise_dim,
        start="published",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_image_size(image_size)
        self.image_size = image_size
        self.embedding_dim = embedding_dim
        self.width = width
        self.noise_dim = noise_dim
        self.start = start

    def feature_shapes(self):
        """Shapes of the maps that blocks give, `(None, size, size, channels)`.

        The first is that of the noise's map, too.
        """
        return [
            (None, FIRST_SIZE << number, FIRST_SIZE << number, filters)
            for number, filters in enumerate(
                self.width * min(scale, _WIDEST)
                for scale in falling_widths(self.image_size)
            )
        ]

    def build_ends(self):
        """Builds the first and the last layer."""
        first, *_, last = self.feature_shapes()
        self.noise_projection = NoiseProjection(
            first[-1], dtype=self.dtype_policy, name="noise_projection"
        )
        self.noise_projection.build((None, self.noise_dim))
        self.output_convolution = FanInConvolution(
            3, 3, dtype=self.dtype_policy, name="output_convolution"
        )
        self.output_convolution.build(last)

    def to_image(self, features):
        """The image of the last map, float32 in [-1, 1]."""
        x = self.output_convolution(tf.nn.leaky_relu(features, 0.2))
        return tf.cast(tf.tanh(x), tf.float32)
