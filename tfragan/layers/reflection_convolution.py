"""A convolution of an image that its mirror image continues."""

import keras
import tensorflow as tf

from tfragan.layers.recomputation import recompute
from tfragan.layers.reflection_padding import both_sides
from tfragan.layers.reflection_padding import check_size
from tfragan.layers.reflection_padding import padded_shape
from tfragan.layers.reflection_padding import reflect


@keras.saving.register_keras_serializable(package="tfragan")
class ReflectionConvolution(keras.layers.Conv2D):
    """`ReflectionPadding` and a `Conv2D` without padding of its own.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel.
        reflection: pixels of mirror image on each side, see
            `ReflectionPadding`.
        **kwargs: those of `keras.layers.Conv2D`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of shape `(batch, new_height, new_width, filters)`.

    Example:

    >>> layer = ReflectionConvolution(8, 4, strides=2)
    >>> layer(np.zeros((2, 6, 6, 3), "float32")).shape
    TensorShape([2, 3, 3, 8])
    """

    def __init__(self, filters, kernel_size, reflection=1, **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        if self.padding != "valid" or self.data_format != "channels_last":
            raise ValueError(
                "A reflected convolution has no other padding, and channels "
                f"last. Received: padding={self.padding!r}, "
                f"data_format={self.data_format!r}"
            )
        self.reflection = both_sides(reflection)

    def build(self, input_shape):
        check_size(input_shape, self.reflection)
        super().build(input_shape)

    def convolution_op(self, inputs, kernel):
        check_size(inputs.shape, self.reflection)
        convolve = super().convolution_op

        def padded(inputs, kernel):
            return convolve(reflect(inputs, self.reflection), kernel)

        # The padded image is made again for the gradient of the kernel: the
        # image itself is kept anyway, by the activation that it comes from.
        return recompute(padded, inputs, tf.convert_to_tensor(kernel))

    def compute_output_shape(self, input_shape):
        return super().compute_output_shape(
            padded_shape(input_shape, self.reflection)
        )

    def get_config(self):
        config = super().get_config()
        config.update({"reflection": list(self.reflection)})
        return config
