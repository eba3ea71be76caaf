"""Transposed convolutions with a border that is cut off."""

import contextlib
import contextvars

import tensorflow as tf

_cuts_afterwards = contextvars.ContextVar("cuts_afterwards", default=False)


def doubling_convolution(inputs, kernel, size, cut):
    """A transposed convolution of stride 2 without its border.

    Args:
        inputs: tensor of shape `(batch, height, width, channels)`.
        kernel: tensor of shape `(height, width, filters, channels)`.
        size: height and width of the output.
        cut: pixels that are cut off at the top and on the left; at the bottom
            and on the right, as many as `size` leaves.

    Returns:
        Tensor of shape `(batch, *size, filters)`.
    """
    batch, height, width = tf.unstack(tf.shape(inputs)[:3])
    filters = kernel.shape[2]
    if all(taps == 2 * cut + 2 for taps in kernel.shape[:2]):
        # The same border, in a form that oneDNN computes: explicit ones keep
        # TensorFlow from it.
        return tf.nn.conv2d_transpose(
            inputs, kernel, [batch, *size, filters], 2, "SAME"
        )
    # On processors, TensorFlow computes explicit borders without oneDNN, which
    # in bfloat16 takes some sixty times as long.
    if not (_cuts_afterwards.get() or inputs.dtype == tf.bfloat16):
        borders = [[0, 0], [cut, cut], [cut, cut], [0, 0]]
        return tf.nn.conv2d_transpose(
            inputs, kernel, [batch, *size, filters], 2, borders
        )
    whole = [
        2 * (side - 1) + taps
        for side, taps in zip((height, width), kernel.shape[:2], strict=True)
    ]
    outputs = tf.nn.conv2d_transpose(
        inputs, kernel, [batch, *whole, filters], 2, "VALID"
    )
    return outputs[:, cut : cut + size[0], cut : cut + size[1]]


@contextlib.contextmanager
def borders_cut_afterwards():
    """Lets graphs that are traced meanwhile cut borders in a step of its own.

    The numbers are the same. It takes more memory, but runtimes such as
    TensorFlow Lite have no transposed convolution that cuts by itself.
    """
    token = _cuts_afterwards.set(True)
    try:
        yield
    finally:
        _cuts_afterwards.reset(token)
