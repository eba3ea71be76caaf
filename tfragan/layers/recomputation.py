"""What is computed once more for its gradient, to keep less for it."""

import keras
import tensorflow as tf

from tfragan.distribution.graph_gradients import graph_holds_gradients


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

    @graph_holds_gradients
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


def recomputed(part, *inputs):
    """Calls a layer without keeping what its gradient would need.

    See `recompute`. The layer must not change variables of its own.

    Args:
        part: a built layer whose outputs are one tensor or a tuple of them.
        *inputs: its inputs, tensors.

    Returns:
        What `part(*inputs)` returns.
    """
    variables = list(part.trainable_variables)
    values = [tf.convert_to_tensor(variable.value) for variable in variables]
    split = len(inputs)

    def compute(*tensors):
        # As tensors, so that the custom gradient sees no variable, which it
        # could not handle on several replicas.
        mapping = list(zip(variables, tensors[split:], strict=True))
        with keras.StatelessScope(mapping):
            return part(*tensors[:split])

    return recompute(compute, *inputs, *values)
