"""A Gaussian filter over images."""

import keras
import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.layers.recorded_config import RecordedLayer

_PADDINGS = ("REFLECT", "SYMMETRIC", "CONSTANT")


@keras.saving.register_keras_serializable(package="tfragan")
class GaussianBlur(RecordedLayer):
    """Smooths each channel with a Gaussian; the size stays the same.

    The filter is `exp(-d^2 / (2 sigma^2))` over the distance `d` in pixels,
    cut off at `filter_size` and scaled to the sum 1. As it is separable, rows
    and columns are filtered one after the other. Defaults and result are
    those of `gaussian_filter2d` of tensorflow-addons.

    Args:
        filter_size: odd width of the filter in pixels.
        sigma: standard deviation in pixels.
        padding: `"REFLECT"`, `"SYMMETRIC"` or `"CONSTANT"` (zeros), as in
            `tf.pad`. Reflection needs images larger than half the filter.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: for a filter size that is not odd and positive, a sigma
            that is not positive, or an unknown padding.

    Example:

    >>> GaussianBlur(5, 1.5)(np.ones((2, 8, 8, 3), "float32")).shape
    TensorShape([2, 8, 8, 3])
    """

    def __init__(self, filter_size=3, sigma=1.0, padding="REFLECT", **kwargs):
        super().__init__(**kwargs)
        if filter_size < 1 or filter_size % 2 == 0:
            raise ValueError(
                "filter_size must be odd and positive. "
                f"Received: filter_size={filter_size}"
            )
        if sigma <= 0:
            raise ValueError(f"sigma must be positive. Received: sigma={sigma}")
        check_choice("padding", padding, _PADDINGS)
        self.filter_size = filter_size
        self.sigma = sigma
        self.padding = padding

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] is None:
            raise ValueError(
                "The input must be (batch, height, width, channels) with "
                "known channels. "
                f"Received: input_shape={tuple(input_shape)}"
            )

    def call(self, inputs):
        reach = self.filter_size // 2
        channels = inputs.shape[-1]
        distance = tf.range(-reach, reach + 1, dtype=tf.float32)
        weights = tf.nn.softmax(-tf.square(distance / self.sigma) / 2.0)
        weights = tf.cast(weights, inputs.dtype)
        outputs = tf.pad(
            inputs, [[0, 0], [reach] * 2, [reach] * 2, [0, 0]], self.padding
        )
        for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
            kernel = tf.tile(tf.reshape(weights, shape), (1, 1, channels, 1))
            outputs = tf.nn.depthwise_conv2d(
                outputs, kernel, [1, 1, 1, 1], "VALID"
            )
        return tf.ensure_shape(outputs, inputs.shape)

    def compute_output_shape(self, input_shape):
        return input_shape
