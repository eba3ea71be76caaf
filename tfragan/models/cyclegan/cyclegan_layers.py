"""Convolutions at the border as PyTorch counts it."""

import keras
import tensorflow as tf

from tfragan.layers.transposed_convolution import doubling_convolution


@keras.saving.register_keras_serializable(package="tfragan")
class ZeroPaddedConvolution(keras.layers.Conv2D):
    """A `Conv2D` with as many zeros on every side.

    With strides, Keras' `padding="same"` puts an odd number of zeros on
    different sides than PyTorch, which moves the picture by half a pixel.
    The enlarged image is never made.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel.
        zeros: number of zeros on each side.
        **kwargs: those of `keras.layers.Conv2D`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of shape `(batch, new_height, new_width, filters)`; a size `n`
        becomes `(n + 2 * zeros - kernel_size) // strides + 1`.

    Example:

    >>> layer = ZeroPaddedConvolution(8, 4, strides=2)
    >>> layer(np.zeros((2, 7, 6, 3), "float32")).shape
    TensorShape([2, 3, 3, 8])
    """

    def __init__(self, filters, kernel_size, zeros=1, **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        _check_format(self, "valid")
        self.zeros = zeros

    def convolution_op(self, inputs, kernel):
        return tf.nn.conv2d(
            inputs,
            kernel,
            self.strides,
            [[0, 0], [self.zeros] * 2, [self.zeros] * 2, [0, 0]],
            dilations=self.dilation_rate,
        )

    def compute_output_shape(self, input_shape):
        batch, *sizes, channels = input_shape
        sizes = [size and size + 2 * self.zeros for size in sizes]
        return super().compute_output_shape((batch, *sizes, channels))

    def get_config(self):
        config = super().get_config()
        config.update({"zeros": self.zeros})
        return config


@keras.saving.register_keras_serializable(package="tfragan")
class DoublingConvolution(keras.layers.Conv2DTranspose):
    """A transposed 3x3 convolution of stride 2 that doubles the image.

    Pixel `i` of the input is spread over the pixels `2 i - 1` to `2 i + 1`
    of the output. This is PyTorch's with a padding and an output padding of
    one; `keras.layers.Conv2DTranspose(padding="same")` begins at `2 i`.

    Args:
        filters: output channels.
        **kwargs: those of `keras.layers.Conv2DTranspose`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of shape `(batch, 2 * height, 2 * width, filters)`.

    Example:

    >>> layer = DoublingConvolution(8)
    >>> layer(np.zeros((2, 3, 4, 3), "float32")).shape
    TensorShape([2, 6, 8, 8])
    """

    def __init__(self, filters, **kwargs):
        super().__init__(filters, 3, strides=2, padding="same", **kwargs)
        _check_format(self, "same")

    def call(self, inputs):
        shape = tf.shape(inputs)
        size = (2 * shape[1], 2 * shape[2])
        kernel = tf.convert_to_tensor(self.kernel)
        outputs = doubling_convolution(inputs, kernel, size, 1)
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, self.bias)
        return self.activation(outputs)

    def get_config(self):
        config = super().get_config()
        for fixed in ("kernel_size", "strides", "padding", "output_padding"):
            del config[fixed]
        return config


def _check_format(layer, padding):
    if layer.padding != padding or layer.data_format != "channels_last":
        raise ValueError(
            f"{type(layer).__name__} has a padding of its own, and channels "
            f"last. Received: padding={layer.padding!r}, "
            f"data_format={layer.data_format!r}"
        )
