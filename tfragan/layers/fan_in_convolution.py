"""Convolutions that start as those of PyTorch."""

import keras


def fan_in_uniform():
    """Initializer of a kernel: uniform within `1 / sqrt(fan_in)`."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def fan_in_uniform_bias(fan_in):
    """Initializer of the bias beside such a kernel: `1 / sqrt(fan_in)`."""
    limit = fan_in**-0.5
    return keras.initializers.RandomUniform(-limit, limit)


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
