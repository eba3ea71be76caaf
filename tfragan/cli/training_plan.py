"""Which calls of `fit` bring a model from its step to the last one."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Segment:
    """One call of `fit`.

    Attributes:
        start_step: the global step it begins at.
        initial_epoch: the epoch it begins in.
        epochs: the epoch it ends before.
        steps_per_epoch: steps of each of its epochs.
    """

    start_step: int
    initial_epoch: int
    epochs: int
    steps_per_epoch: int


def plan(step, last_step, steps_per_epoch):
    """The segments from a step to the last one.

    A run that was interrupted within an epoch first finishes that epoch, and
    a run that ends within an epoch ends with a short one; all other epochs
    are whole.

    Args:
        step: finished steps.
        last_step: steps of the whole training.
        steps_per_epoch: steps of a whole epoch.

    Returns:
        List of `Segment`, empty where nothing is left to do.
    """
    segments = []
    while step < last_step:
        epoch, within = divmod(step, steps_per_epoch)
        whole = (last_step - step) // steps_per_epoch
        if within or not whole:
            steps = min(steps_per_epoch - within, last_step - step)
            segments.append(Segment(step, epoch, epoch + 1, steps))
            step += steps
        else:
            segments.append(
                Segment(step, epoch, epoch + whole, steps_per_epoch)
            )
            step += whole * steps_per_epoch
    return segments
