"""Parts of a network that are computed once more for their gradient."""

import keras
import tensorflow as tf


def recomputed(part, *inputs):
    """Calls a layer without keeping what its gradient would need.

    Only the inputs are kept. When the gradient is asked for, the layer is
    computed again, then differentiated: less memory for more arithmetic. The
    numbers are the same. The gradient cannot be differentiated in its turn,
    and the layer must not change variables of its own.

    Args:
        part: a built layer whose outputs are one tensor or a tuple of them.
        *inputs: its inputs, tensors.

    Returns:
        What `part(*inputs)` returns.
    """
    variables = list(part.trainable_variables)
    values = [tf.convert_to_tensor(variable.value) for variable in variables]
    split = len(inputs)

    def compute(inputs, values):
        # As tensors, so that the custom gradient sees no variable, which it
        # could not handle on several replicas.
        mapping = list(zip(variables, values, strict=True))
        with keras.StatelessScope(mapping):
            return part(*inputs)

    @tf.custom_gradient
    def run(*tensors):
        outputs = compute(tensors[:split], tensors[split:])

        def gradient(*upstream):
            # The second computation has to wait for the way back to come
            # here, and must not be taken for the first.
            with tf.control_dependencies(upstream):
                again = [tf.identity(tensor) for tensor in tensors[:split]]
            sources = [*again, *tensors[split:]]
            with tf.GradientTape() as tape:
                tape.watch(sources)
                results = compute(again, tensors[split:])
            return tape.gradient(
                results,
                sources,
                list(upstream) if len(upstream) > 1 else upstream[0],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )

        return outputs, gradient

    return run(*inputs, *values)
