"""Padding by reflection at the border."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfragan")
class ReflectionPadding(keras.layers.Layer):
    """Continues an image beyond its border by its mirror image.

    The border pixel itself is not repeated: `a b c d` becomes
    `c b a b c d c b` with a padding of 2.

    Args:
        padding: pixels added on each side; or a pair, pixels added on top
            and on the left, and pixels added at the bottom and on the right.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`; height and
            width are larger than the padding.

    Output:
        Tensor of shape `(batch, height + 2 * padding, width + 2 * padding,
        channels)`.

    Raises:
        ValueError: a known height or width is not larger than the padding.

    Example:

    >>> ReflectionPadding(2)(np.zeros((1, 4, 5, 3))).shape
    TensorShape([1, 8, 9, 3])
    """

    def __init__(self, padding=1, **kwargs):
        super().__init__(**kwargs)
        self.padding = both_sides(padding)

    def build(self, input_shape):
        check_size(input_shape, self.padding)

    def call(self, inputs):
        return reflect(inputs, self.padding)

    def compute_output_shape(self, input_shape):
        return padded_shape(input_shape, self.padding)

    def get_config(self):
        config = super().get_config()
        config.update({"padding": list(self.padding)})
        return config


def both_sides(padding):
    """The pair (before, after) of a padding given by one number or two."""
    pair = (padding, padding) if isinstance(padding, int) else padding
    if not (
        isinstance(pair, tuple | list)
        and len(pair) == 2
        and all(isinstance(side, int) and side >= 0 for side in pair)
    ):
        raise ValueError(
            "padding must be one or two numbers from 0 on. "
            f"Received: padding={padding!r}"
        )
    return tuple(pair)


def check_size(shape, padding):
    """Raises a `ValueError` for a known size that cannot be mirrored."""
    sizes = shape[1:3]
    if any(size is not None and size <= max(padding) for size in sizes):
        raise ValueError(
            f"An image of {sizes[0]} x {sizes[1]} is too small to be padded "
            f"by {tuple(padding)} pixels of its mirror image: height and "
            f"width must be larger than {max(padding)}."
        )


def reflect(images, padding):
    """Pads height and width of `(batch, height, width, channels)`."""
    sides = list(padding)
    return tf.pad(images, [[0, 0], sides, sides, [0, 0]], "REFLECT")


def padded_shape(shape, padding):
    """The shape of the padded image; unknown sizes stay unknown."""
    batch, height, width, channels = shape
    more = sum(padding)
    return (batch, height and height + more, width and width + more, channels)
