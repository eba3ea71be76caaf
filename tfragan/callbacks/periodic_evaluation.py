"""The base of callbacks that measure while training."""

from tfragan.callbacks.periodic_callback import PeriodicCallback


class PeriodicEvaluation(PeriodicCallback):
    """Measures every so often and at the end, and writes the numbers.

    Measured at the end of an epoch, they are added to its logs as well, so
    that other callbacks may monitor them. No step is measured twice. A
    subclass says what is measured.

    Args:
        writer: the run's `MetricsWriter`.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.
    """

    def __init__(self, writer, every_epochs=None, every_steps=None):
        super().__init__(every_steps)
        self.writer = writer
        self.every_epochs = every_epochs
        self._measured_step = None
        self._measured = {}

    def measured_values(self):
        """Measures now.

        Returns:
            Dict of metric key to number.
        """
        raise NotImplementedError

    def on_steps(self, step, logs):
        """Measures and writes."""
        self.write_measured(step)

    def on_epoch_end(self, epoch, logs=None):
        """Measures and writes when due."""
        if self.every_epochs and (epoch + 1) % self.every_epochs == 0:
            values = self.write_measured(self.read_step())
            if logs is not None:
                logs.update(values)

    def on_train_end(self, logs=None):
        """Measures the end, unless that was just done."""
        self.write_measured(self.read_step())

    def write_measured(self, step):
        """Measures and writes, unless this step has been measured.

        Args:
            step: the global step.

        Returns:
            What was measured at this step.
        """
        if step != self._measured_step:
            self._measured = self.measured_values()
            self._measured_step = step
            self.writer.write(step, self._measured)
        return self._measured
