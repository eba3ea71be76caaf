"""Resizing of images as two products with small matrices."""

import keras
import tensorflow as tf

from tfragan.layers.recorded_config import RecordedLayer


def _keys_cubic(distances):
    """The cubic convolution with a = -1/2, zero from a distance of 2."""
    near = (1.5 * distances - 2.5) * distances**2 + 1.0
    far = ((2.5 - 0.5 * distances) * distances - 4.0) * distances + 2.0
    zero = tf.zeros_like(distances)
    return tf.where(distances < 1.0, near, tf.where(distances < 2.0, far, zero))


_KERNELS = {
    "linear": lambda distances: tf.nn.relu(1.0 - distances),
    "cubic": _keys_cubic,
}


def interpolation_matrix(
    size,
    new_size,
    align_corners=False,
    antialias=False,
    dtype=tf.float32,
    kernel="linear",
    half_pixels=True,
):
    """Weights of an interpolation along one axis.

    Args:
        size: length of the axis, int or scalar tensor.
        new_size: length wanted, int or scalar tensor.
        align_corners: whether the first and last samples keep their places.
            Otherwise samples stand for equal cells.
        antialias: whether a shrinking averages over all samples that fall
            into a new cell. Does not combine with `align_corners`.
        dtype: of the result; places are computed in float64.
        kernel: `"linear"`, or `"cubic"` for the cubic convolution with
            a = -1/2, as PIL has it. Samples beyond the ends do not count.
        half_pixels: whether samples are the centers of their cells, or
            their left ends as in TensorFlow 1.

    Returns:
        Tensor of shape `(new_size, size)`, each row summing to 1.

    Reference:
        Keys, "Cubic convolution interpolation for digital image
        processing", 1981, equation 15.
    """
    old = tf.cast(size, tf.float64)
    new = tf.cast(new_size, tf.float64)
    places = tf.range(new, dtype=tf.float64)
    if align_corners:
        places *= (old - 1.0) / tf.maximum(new - 1.0, 1.0)
    elif half_pixels:
        places = (places + 0.5) * (old / new) - 0.5
    else:
        places *= old / new
    reach = tf.maximum(old / new, 1.0) if antialias else 1.0
    samples = tf.range(old, dtype=tf.float64)
    distances = tf.abs(places[:, tf.newaxis] - samples)  # (new_size, size)
    weights = _KERNELS[kernel](distances / reach)
    weights /= tf.reduce_sum(weights, axis=1, keepdims=True)
    return tf.cast(weights, dtype)


def resize_by_matrices(images, size, **options):
    """Resizes images, with exact gradients of every order.

    Args:
        images: float tensor of shape `(batch, height, width, channels)`.
        size: `(height, width)` wanted. An axis that has its length already
            is left as it is.
        **options: of `interpolation_matrix`.

    Returns:
        Tensor of shape `(batch, *size, channels)`.
    """
    images = tf.convert_to_tensor(images)
    for axis, (letters, new_size) in enumerate(
        (("hy,bywc->bhwc", size[0]), ("wx,bhxc->bhwc", size[1])), start=1
    ):
        old_size = images.shape[axis]
        if old_size == new_size:
            continue
        if old_size is None:
            old_size = tf.shape(images)[axis]
        matrix = interpolation_matrix(
            old_size, new_size, dtype=images.dtype, **options
        )
        images = tf.einsum(letters, matrix, images)
    return images


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
class BilinearResize(RecordedLayer):
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
