"""The base of callbacks that act every so many steps."""

import keras


class PeriodicCallback(keras.callbacks.Callback):
    """Calls `on_steps` whenever the global step passes a multiple.

    The step is that of the model, so that a resumed run acts at the steps at
    which the uninterrupted one would. It is read from the device once at the
    start and when the callback is due; between, batches are counted.

    Args:
        every_steps: how often to act; None or 0 for never.

    Raises:
        ValueError: for a negative number.
    """

    def __init__(self, every_steps):
        super().__init__()
        if every_steps is not None and every_steps < 0:
            raise ValueError(
                "`every_steps` has to be positive, or None for never. "
                f"Received: every_steps={every_steps}"
            )
        self.every_steps = every_steps
        self._step = None
        self._batch = -1

    def on_steps(self, step, logs):
        """Does the work.

        Args:
            step: the global step, int.
            logs: what `fit` reported with the latest batch.
        """
        raise NotImplementedError

    @property
    def batches(self):
        """How many batches of this epoch are done."""
        return self._batch + 1

    def read_step(self):
        """The global step, from the device."""
        return int(self.model.global_step.numpy())

    def on_train_begin(self, logs=None):
        """Forgets the step: the model may have been restored."""
        self._step = None

    def on_epoch_begin(self, epoch, logs=None):
        """Starts to count batches anew."""
        self._batch = -1

    def on_train_batch_end(self, batch, logs=None):
        """Counts, and calls `on_steps` when due."""
        new = batch - self._batch
        self._batch = batch
        if not self.every_steps:
            return
        step = self.read_step() if self._step is None else self._step + new
        self._step = step
        if step // self.every_steps > (step - new) // self.every_steps:
            self._step = self.read_step()
            self.on_steps(self._step, logs)
