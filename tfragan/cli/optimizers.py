"""Optimizers as the precision of a config needs them."""

import keras


def scaled_for(precision, optimizer):
    """Wraps an optimizer so that small gradients survive half precision.

    Args:
        precision: the value of `config.precision`.
        optimizer: a Keras optimizer.

    Returns:
        The optimizer, or a `LossScaleOptimizer` around it.
    """
    if precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
