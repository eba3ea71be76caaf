"""Optimizers and learning rates as a config needs them."""

import keras

from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.optimizers import LinearDecay

# Epochs that the schedule of the TensorFlow 1 code divides a run into.
_PUBLISHED_EPOCHS = 100


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


def learning_rate(settings, steps, steps_per_epoch, updates=1):
    """The published schedule that a config names.

    Args:
        settings: the config's `optimizer`, with `learning_rate` and
            `schedule`.
        steps: how many steps the training takes in all.
        steps_per_epoch: whole batches in the training data.
        updates: how often the optimizer moves in a step.

    Returns:
        A float or a `LinearDecay`.

    Raises:
        UsageError: for a schedule that does not exist.
    """
    rate = settings.learning_rate
    epochs = -(-steps // steps_per_epoch)
    schedules = {
        "ugatit": lambda: LinearDecay.ugatit(rate, steps),
        "ugatit_tensorflow1": lambda: LinearDecay.ugatit_tensorflow1(
            rate, -(-steps // _PUBLISHED_EPOCHS)
        ),
        "cyclegan": lambda: LinearDecay.cyclegan(
            rate, steps_per_epoch, epochs - epochs // 2, epochs // 2
        ),
        # One epoch at least: a run of a single one would have none to fall in.
        "ragan": lambda: LinearDecay.ragan(
            rate, steps_per_epoch, epochs - epochs // 2, max(1, epochs // 2)
        ),
    }
    if settings.schedule == "constant":
        return rate
    if settings.schedule not in schedules:
        names = sorted(["constant", *schedules])
        raise UsageError(
            f"config.optimizer.schedule={settings.schedule}: there is no such "
            f"schedule.{did_you_mean(settings.schedule, names)} The "
            f"schedules are: {', '.join(names)}."
        )
    return schedules[settings.schedule]().with_updates_per_step(updates)
