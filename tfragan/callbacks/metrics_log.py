"""Losses to metrics.jsonl and TensorBoard."""

import time

from tfragan.callbacks.periodic_callback import PeriodicCallback
from tfragan.callbacks.recent_means import RecentMeans
from tfragan.callbacks.recent_means import plain_numbers


class MetricsLog(PeriodicCallback):
    """Writes the mean losses of the latest steps, and the speed.

    When training begins, lines past the model's step are dropped: they are
    of steps that a resumed run takes again. So is a line that a kill cut.

    Args:
        writer: the run's `MetricsWriter`.
        every_steps: how often to write.
        batch_size: images a step over all replicas; with it
            `images_per_second` is written, callbacks not counted.
    """

    def __init__(self, writer, every_steps=50, batch_size=None):
        super().__init__(every_steps)
        self.writer = writer
        self.batch_size = batch_size
        self._means = RecentMeans()
        self._begun = None
        self._seconds = 0.0
        self._counted = 0

    def on_train_begin(self, logs=None):
        """Resumes the file at the model's step."""
        super().on_train_begin(logs)
        if self.writer.steps_per_epoch is None:
            self.writer.steps_per_epoch = self.params.get("steps")
        self.writer.start(self.read_step())

    def on_epoch_begin(self, epoch, logs=None):
        """Starts new means, as Keras does."""
        super().on_epoch_begin(epoch, logs)
        self._means.reset()

    def on_train_batch_begin(self, batch, logs=None):
        """Starts the clock."""
        self._begun = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Stops the clock, and writes when due."""
        before = self.batches
        # The first batch of a process compiles the step: not a speed.
        if self._step is not None and self._begun is not None:
            self._seconds += time.perf_counter() - self._begun
            self._counted += batch + 1 - before
        super().on_train_batch_end(batch, logs)

    def on_steps(self, step, logs):
        """Writes one line."""
        values = self._means.update(self.batches, logs)
        if self.batch_size and self._counted and self._seconds:
            images = self.batch_size * self._counted
            values["images_per_second"] = images / self._seconds
        self._seconds, self._counted = 0.0, 0
        self.writer.write(step, values)

    def on_epoch_end(self, epoch, logs=None):
        """Writes what `fit` measured on validation data, if anything."""
        values = {
            key: value
            for key, value in plain_numbers(logs).items()
            if key.startswith("val_")
        }
        if values:
            self.writer.write(self.read_step(), values)
        self.writer.flush()

    def on_train_end(self, logs=None):
        """Leaves nothing unwritten."""
        self.writer.flush()
