"""A convolution as PyTorch starts and pads it."""

import keras

from tfragan.layers.fan_in_uniform import fan_in_uniform
from tfragan.layers.fan_in_uniform import fan_in_uniform_bias


@keras.saving.register_keras_serializable(package="tfragan")
class FanInConvolution(keras.layers.Conv2D):
    """A `Conv2D` whose kernel and bias start within `1 / sqrt(fan_in)`.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel.
        **kwargs: see `keras.layers.Conv2D`; `padding` is `"same"` by default.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Example:

    >>> FanInConvolution(5, 3)(np.zeros((1, 4, 4, 2), "float32")).shape
    TensorShape([1, 4, 4, 5])
    """

    def __init__(self, filters, kernel_size, padding="same", **kwargs):
        kwargs.setdefault("kernel_initializer", fan_in_uniform())
        super().__init__(filters, kernel_size, padding=padding, **kwargs)

    def build(self, input_shape):
        height, width = self.kernel_size
        fan_in = height * width * input_shape[-1]
        self.bias_initializer = fan_in_uniform_bias(fan_in)
        super().build(input_shape)
