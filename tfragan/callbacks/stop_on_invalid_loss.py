"""A run whose losses are no numbers any more ends, and says why."""

from tfragan.callbacks.periodic_callback import PeriodicCallback


class TrainingDivergedError(RuntimeError):
    """A loss became NaN or infinite, or left its bounds.

    Attributes:
        term: name of the loss.
        step: the global step at which it first happened.
        value: of the loss at that step.
        checkpoint: the last checkpoint saved before, or None.
    """

    def __init__(self, term, step, value, checkpoint=None):
        good = (
            f"the last good checkpoint is {checkpoint}"
            if checkpoint
            else "no checkpoint was saved before"
        )
        super().__init__(
            f"Training diverged: {term} was {value:g} at step {step:,}; {good}."
        )
        self.term = term
        self.step = step
        self.value = value
        self.checkpoint = checkpoint


class StopOnInvalidLoss(PeriodicCallback):
    """Stops training when the model remembers an invalid loss.

    The model checks every loss of every step where it is computed, and
    remembers the first offence; the callback asks now and then.

    Args:
        checkpoint: the run's `CheckpointAndResume`, which knows the last
            good checkpoint; optional.
        every_steps: how often to ask.
    """

    def __init__(self, checkpoint=None, every_steps=50):
        super().__init__(every_steps)
        self.checkpoint = checkpoint

    def on_steps(self, step, logs):
        """Asks the model.

        Raises:
            TrainingDivergedError: naming the loss that was invalid first.
        """
        self._check()

    def on_epoch_end(self, epoch, logs=None):
        """As `on_steps`: nothing after an epoch sees an invalid model."""
        self._check()

    def _check(self):
        invalid = self.model.invalid_losses()
        if not invalid:
            return
        term, step, value = min(invalid, key=lambda offence: offence[1])
        latest = self.checkpoint and self.checkpoint.latest_checkpoint
        raise TrainingDivergedError(term, step, value, latest)
