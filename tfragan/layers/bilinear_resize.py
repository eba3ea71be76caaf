"""Bilinear resizing as two matrix products."""

import keras

from tfragan.layers.interpolation_matrix import resize_by_matrices
from tfragan.layers.recorded_config import recorded_config


def bilinear_resize(images, size, align_corners=False, antialias=False):
    """Resizes images bilinearly, with exact gradients of every order.

    The resize operations of TensorFlow drop the gradient of their gradient
    and, with `align_corners`, are reachable through `tf.compat` only. Two
    products with small constant matrices have neither limit, and are
    deterministic on every device.

    Args:
        images: float tensor of shape `(batch, height, width, channels)`.
        size: `(height, width)` wanted.
        align_corners: whether the corner pixels' centers stay at the corners
            (PyTorch before 0.4); otherwise pixels are equal cells of the
            image (TensorFlow 2, and PyTorch since).
        antialias: whether shrinking averages, as `tf.image.resize` does with
            this argument.

    Returns:
        Tensor of shape `(batch, *size, channels)`.

    Raises:
        ValueError: `align_corners` and `antialias` together.
    """
    if align_corners and antialias:
        raise ValueError(
            "align_corners and antialias do not combine. "
            "Received: align_corners=True, antialias=True"
        )
    return resize_by_matrices(
        images, size, align_corners=align_corners, antialias=antialias
    )


@keras.saving.register_keras_serializable(package="tfragan")
class BilinearResize(keras.layers.Layer):
    """Resizes images of any size to one size, see `bilinear_resize`.

    Args:
        size: int or `(height, width)` of the outputs.
        align_corners: whether corner pixels stay at the corners.
        antialias: whether shrinking averages.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`;
            height and width may be unknown.

    Example:

    >>> BilinearResize(4)(np.zeros((1, 3, 5, 2), "float32")).shape
    TensorShape([1, 4, 4, 2])
    """

    def __init__(self, size, align_corners=False, antialias=False, **kwargs):
        super().__init__(**kwargs)
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        if len(self.size) != 2 or min(self.size) < 1:
            raise ValueError(
                "size must be a positive int or two of them. "
                f"Received: size={size}"
            )
        if align_corners and antialias:
            raise ValueError(
                "align_corners and antialias do not combine. "
                "Received: align_corners=True, antialias=True"
            )
        self.align_corners = align_corners
        self.antialias = antialias
        self.built = True

    def call(self, inputs):
        return bilinear_resize(
            inputs, self.size, self.align_corners, self.antialias
        )

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.size, input_shape[-1])

    def get_config(self):
        return {**super().get_config(), **recorded_config(self)}
