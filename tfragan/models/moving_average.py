"""The moving average of a model's variables."""

import tensorflow as tf


def update_moving_average(average_variables, variables, decay):
    """Moves each average towards its variable.

    `average <- decay * average + (1 - decay) * value`, written as
    `average - (1 - decay) * (average - value)` so that an average that has
    arrived stays. Start from a copy of the variables: there is no correction
    for the start. Called after an optimizer step it does what
    `tfa.optimizers.MovingAverage` did. Variables that are no floats, such as
    counters, are copied.

    It runs in graphs and under `tf.distribute` alike: each replica computes
    the same numbers from the same numbers.

    Args:
        average_variables: Keras variables that hold the averages.
        variables: Keras variables of the same shapes, in the same order.
        decay: weight of the old average, a float in [0, 1] or a scalar
            tensor.

    Raises:
        ValueError: for a decay outside [0, 1] or variables that do not pair.
    """
    average_variables, variables = list(average_variables), list(variables)
    if not tf.is_tensor(decay) and not 0.0 <= decay <= 1.0:
        raise ValueError(
            f"decay must be between 0 and 1. Received: decay={decay}"
        )
    if len(average_variables) != len(variables):
        raise ValueError(
            "There must be an average for each variable. "
            f"Received: {len(average_variables)} averages for "
            f"{len(variables)} variables"
        )
    for average, variable in zip(average_variables, variables, strict=True):
        if average.shape != variable.shape:
            raise ValueError(
                f"The average of {variable.path} must have its shape "
                f"{tuple(variable.shape)}. Received: "
                f"{tuple(average.shape)}"
            )
    for average, variable in zip(average_variables, variables, strict=True):
        value = tf.cast(variable.value, average.dtype)
        if not value.dtype.is_floating:
            average.assign(value)
            continue
        step = tf.cast(1.0 - decay, value.dtype)
        average.assign_sub(step * (average.value - value))


def rising_decay(decay, step):
    """A decay that forgets the random start soon, `(1 + step) / (10 + step)`.

    With 0.999 throughout, an average holds 61 % of its start after 500 steps;
    with this one nothing of it after a hundred.

    Args:
        decay: the largest decay, a float in [0, 1].
        step: scalar integer tensor, how many steps were taken before.

    Returns:
        Scalar float32 tensor.
    """
    step = tf.cast(step, tf.float32)
    return tf.minimum(decay, (1.0 + step) / (10.0 + step))
