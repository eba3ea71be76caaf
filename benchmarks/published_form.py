"""The arithmetic of the published computation."""

import contextlib
from unittest import mock

from benchmarks.flops import function_flops


def count(function, *arguments, loop_steps=1):
    """Operations of a function, as done and as the published code does them.

    The published generator doubles its feature maps and convolves the larger
    ones; `UpsampleConvolution` gets the same numbers with 2.25 times less
    arithmetic. The second count takes the former for the latter. It does not
    have the discriminators' weight gradients that the published code computes
    in the generator's update and throws away.

    Args:
        function: Python function of tensors.
        *arguments: its arguments, tensors or `tf.TensorSpec`.
        loop_steps: see `graph_flops`.

    Returns:
        Tuple of two ints: operations done, operations of the published form.
    """
    import tensorflow as tf

    done, published = [], []
    for counts, form in (
        (done, contextlib.nullcontext()),
        (published, doubled_and_convolved()),
    ):
        with form:
            # A function of its own: a traced one would be reused.
            traced = tf.function(
                lambda *values: function(*values), autograph=False
            )
            counts.append(
                function_flops(traced, *arguments, loop_steps=loop_steps)
            )
    return done[0], published[0]


def doubled_and_convolved():
    """Context in which `UpsampleConvolution` has its published form."""
    import tensorflow as tf

    from tfragan.layers import UpsampleConvolution

    def call(layer, inputs):
        doubled = tf.repeat(tf.repeat(inputs, 2, axis=1), 2, axis=2)
        batch, height, width, channels = inputs.shape
        doubled = tf.ensure_shape(
            doubled,
            (batch, height and 2 * height, width and 2 * width, channels),
        )
        return tf.nn.conv2d(doubled, layer.kernel, 1, "SAME")

    return mock.patch.object(UpsampleConvolution, "call", call)
