"""Nearest-neighbor doubling and a 3x3 convolution in one."""

import keras
import numpy as np
import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.layers.recomputation import recompute
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.layers.transposed_convolution import doubling_convolution

# Row i tells which taps of a 3-tap kernel meet input pixel i of the four that
# a transposed convolution of stride 2 knows; it applies its kernel mirrored.
_TAPS = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])

# Border pixels that are repeated on each side.
_EDGES = {"zeros": 0, "reflection": 1}


@keras.saving.register_keras_serializable(package="tfragan")
class UpsampleConvolution(RecordedLayer):
    """A 3x3 convolution of the image doubled by nearest neighbor.

    Doubling repeats every pixel, so that nine products meet only four
    different pixels. Adding up the kernel beforehand gives the same result
    as a transposed 4x4 convolution of stride 2, with 2.25 times less
    arithmetic and without the enlarged image in memory. The weight is the
    3x3 kernel, as published generators store it.

    Args:
        filters: output channels.
        kernel_initializer: initializer of the 3x3 kernel.
        edge: what the convolution meets beyond the border of the doubled
            image: `"zeros"` or its `"reflection"`. The mirror image of a
            doubled image begins with the border pixel once more, so that it
            is the doubled image of one whose border pixels are repeated.
        use_bias: whether a bias is added.
        bias_initializer: initializer of the bias.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.

    Output:
        Tensor of shape `(batch, 2 * height, 2 * width, filters)`.

    Example:

    >>> UpsampleConvolution(5)(np.zeros((2, 4, 4, 3), "float32")).shape
    TensorShape([2, 8, 8, 5])
    """

    def __init__(
        self,
        filters,
        kernel_initializer="orthogonal",
        edge="zeros",
        use_bias=False,
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("edge", edge, _EDGES)
        self.filters = filters
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.edge = edge
        self.use_bias = use_bias
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(3, 3, input_shape[-1], self.filters),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.filters,),
                initializer=self.bias_initializer,
                name="bias",
            )

    def call(self, inputs):
        channels = self.kernel.shape[2]
        # A transposed convolution takes its kernel as (height, width, out, in).
        kernel = tf.transpose(self.kernel, (0, 1, 3, 2))
        # (9, out * in) -> (16, out * in) -> (4, 4, out, in). Slices of the
        # kernel and their gradients would take longer than the convolution.
        kernel = tf.reshape(kernel, (9, self.filters * channels))
        # The (16, 9) map from the 3x3 taps to the 4x4 ones.
        tap_sums = tf.constant(np.kron(_TAPS, _TAPS), kernel.dtype)
        kernel = tf.matmul(tap_sums, kernel)
        kernel = tf.reshape(kernel, (4, 4, self.filters, channels))
        shape = tf.shape(inputs)
        known = self.compute_output_shape(inputs.shape)
        size = [2 * shape[1], 2 * shape[2]]
        extra = _EDGES[self.edge]

        def convolve(inputs, kernel):
            if extra:
                # Repeats the border pixels: mirroring that includes them.
                sides = [extra, extra]
                inputs = tf.pad(
                    inputs, [[0, 0], sides, sides, [0, 0]], "SYMMETRIC"
                )
            return doubling_convolution(inputs, kernel, size, 1 + 2 * extra)

        # The padded image is made again for the gradient of the kernel: the
        # image itself is kept anyway, by the activation that it comes from.
        outputs = recompute(convolve, inputs, kernel)
        if self.bias is not None:
            outputs = tf.nn.bias_add(outputs, self.bias)
        return tf.ensure_shape(outputs, known)

    def compute_output_shape(self, input_shape):
        batch, height, width = input_shape[:3]
        return (
            batch,
            height and 2 * height,
            width and 2 * width,
            self.filters,
        )
