"""Convolutions that start as those of PyTorch."""

import keras

from tfragan.choice import check_choice

STARTS = ("published", "he")


def fan_in_uniform():
    """Initializer of a kernel: uniform within `1 / sqrt(fan_in)`."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def fan_in_uniform_bias(fan_in):
    """Initializer of the bias beside such a kernel: `1 / sqrt(fan_in)`."""
    limit = fan_in**-0.5
    return keras.initializers.RandomUniform(-limit, limit)


def start_of(start, linear=False):
    """How the kernels and the weight of a residual branch start.

    Args:
        start: `"published"`: kernels as PyTorch starts them, each of which
            makes numbers smaller, and a residual of weight zero; or `"he"`:
            kernels that keep the variance (He et al., eq. 10, with a ReLU
            behind them), and the whole residual.
        linear: whether no ReLU follows.

    Returns:
        Initializers of kernels and of the residual's weight.

    Raises:
        ValueError: there is no such start.

    Reference:
        - [He et al., 2015](https://arxiv.org/abs/1502.01852)
    """
    check_choice("start", start, STARTS)
    if start == "published":
        return fan_in_uniform(), keras.initializers.Zeros()
    kernel = keras.initializers.VarianceScaling(
        1.0 if linear else 2.0, "fan_in", "uniform"
    )
    return kernel, keras.initializers.Ones()


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
