"""All numbers of a run, in metrics.jsonl and TensorBoard."""

import time
import warnings

import numpy as np
import tensorflow as tf

from tfragan.callbacks.periodic import PeriodicCallback
from tfragan.place import error_reason
from tfragan.run_folder import RunFolder


class MetricsWriter:
    """Writes numbers to metrics.jsonl and TensorBoard, pictures to the latter.

    The callbacks of a run share one, so that everything they measure lies in
    one place with one clock.

    Args:
        run_folder: a `RunFolder` or a path.
        steps_per_epoch: turns steps into epochs; None leaves epochs out.
        tensorboard: whether to write event files.

    Attributes:
        latest: dict from key to (step, value) as written last.
    """

    def __init__(self, run_folder, steps_per_epoch=None, tensorboard=True):
        self.run_folder = RunFolder(run_folder)
        self.steps_per_epoch = steps_per_epoch
        self.tensorboard = tensorboard
        self.latest = {}
        self._events = None
        self._began = time.monotonic()

    def start(self, step):
        """Begins or resumes: drops lines past a step, goes on with the clock.

        Args:
            step: the global step at which training begins.
        """
        self.run_folder.create()
        # What a run that was killed measured of step 0 is measured again.
        self.run_folder.truncate_metrics(step or -1)
        times = [
            record["time"]
            for record in self.run_folder.read_metrics()
            if record.get("time") is not None
        ]
        self._began = time.monotonic() - max(times, default=0.0)

    def write(self, step, values):
        """Writes numbers of a step.

        Args:
            step: the global step.
            values: dict from key to number.
        """
        if not values:
            return
        step = int(step)
        values = {key: float(value) for key, value in values.items()}
        epoch = step / self.steps_per_epoch if self.steps_per_epoch else None
        self.run_folder.append_metrics(
            step, values, epoch, time.monotonic() - self._began
        )
        for key, value in values.items():
            self.latest[key] = (step, value)
        self._summarize(
            lambda: [
                tf.summary.scalar(key, value, step)
                for key, value in values.items()
            ]
        )

    def write_image(self, step, name, image):
        """Writes a picture of a step to TensorBoard.

        Args:
            step: the global step.
            name: of the series of pictures.
            image: (height, width, 3) uint8.
        """
        self._summarize(
            lambda: tf.summary.image(name, image[tf.newaxis], int(step))
        )

    def flush(self):
        """Makes everything written visible to TensorBoard."""
        if self._events is not None:
            self._summarize(tf.summary.flush)

    def _summarize(self, write):
        """Writes to the event files, if any.

        The same numbers are in metrics.jsonl: where there is no room for
        event files, training goes on without.
        """
        if not self.tensorboard:
            return
        try:
            if self._events is None:
                self._events = tf.summary.create_file_writer(
                    str(self.run_folder.tensorboard_path)
                )
            with self._events.as_default():
                write()
        except (OSError, tf.errors.OpError) as error:
            self.tensorboard = False
            reason = error_reason(error)
            warnings.warn(
                f"TensorBoard's files cannot be written any more: {reason}",
                stacklevel=3,
            )


class RecentMeans:
    """Turns the running means that `fit` reports into recent ones.

    Keras reports each metric as its mean since the epoch began. The
    difference of two reports is the mean of the steps between them, which
    follows a training much more closely late in a long epoch.
    """

    def __init__(self):
        self._batches = 0
        self._totals = {}

    def reset(self):
        """Forgets what was reported: an epoch begins."""
        self._batches = 0
        self._totals = {}

    def update(self, batches, logs):
        """Takes a report, and gives the means since the one before.

        `batches` are those of this epoch so far, `logs` a dict of numbers or
        arrays of shape `(1,)`.
        """
        logs = plain_numbers(logs)
        new = max(batches - self._batches, 1)
        totals = {key: value * batches for key, value in logs.items()}
        means = {
            key: (total - self._totals.get(key, 0.0)) / new
            for key, total in totals.items()
        }
        self._batches, self._totals = batches, totals
        return means


def plain_numbers(logs):
    """The logs of a callback as floats, without `loss`, a sum of others."""
    return {
        key: float(np.mean(np.asarray(value)))
        for key, value in (logs or {}).items()
        if key not in ("loss", "val_loss")
    }


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
