"""Functions that are computed once more for their gradient."""

import tensorflow as tf


def recompute(function, *tensors):
    """Calls a function without keeping what its gradient would need.

    Only the arguments are kept. When the gradient is asked for, the function
    is computed again, then differentiated: less memory for more arithmetic.
    In a graph only that is computed again which the gradient looks at, which
    is not the result of a last convolution, for example. The numbers are the
    same, and the gradient can be differentiated in its turn.

    Args:
        function: from tensors to one tensor or a tuple of them. It must not
            depend on variables, except through its arguments.
        *tensors: its arguments.

    Returns:
        What `function(*tensors)` returns.
    """

    @tf.custom_gradient
    def run(*tensors):
        outputs = function(*tensors)

        def gradient(*upstream):
            # The second computation has to wait for the way back to come
            # here, and must not be taken for the first.
            with tf.control_dependencies(upstream):
                again = [tf.identity(tensor) for tensor in tensors]
            with tf.GradientTape() as tape:
                tape.watch(again)
                results = function(*again)
            return tape.gradient(
                results,
                again,
                list(upstream) if isinstance(results, tuple) else upstream[0],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )

        return outputs, gradient

    return run(*tensors)
