"""Parts of a network that are computed once more for their gradient."""

import keras
import tensorflow as tf

from tfragan.layers.recomputation import recompute


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
