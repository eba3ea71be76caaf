"""The bases of callbacks that act, draw or measure every so many steps."""

import contextlib
import logging
import warnings

import keras

from tfragan.visualization.pixels import write_png


class PeriodicCallback(keras.callbacks.Callback):
    """Calls `on_steps` whenever the global step passes a multiple.

    The step is that of the model, so that a resumed run acts at the steps at
    which the uninterrupted one would. It is read from the device once at the
    start and when the callback is due; between, batches are counted.

    Args:
        every_steps: how often to act; None or 0 for never.

    Attributes:
        goes_on: whether another call of `fit` follows: its end is not that of
            the training, then.

    Raises:
        ValueError: for a negative number.
    """

    goes_on = False

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


class PeriodicPicture(PeriodicCallback):
    """Calls `draw` before the first step, every so many steps and at the end.

    No step is drawn twice, but for one that a run goes on from: the kill may
    have come before its picture. A run that was killed has the pictures of
    one that was not.

    Args:
        writer: the run's `MetricsWriter`.
        every_steps: how often to draw.
    """

    def __init__(self, writer, every_steps=1000):
        super().__init__(every_steps)
        self.writer = writer
        self._drawn_step = None

    def draw(self, step):
        """Draws, and hands the picture to `write`.

        Args:
            step: the global step, int.
        """
        raise NotImplementedError

    def write(self, kind, step, picture):
        """Writes `samples/<kind>_<step>.png`, and to TensorBoard.

        Args:
            kind: name of the series of pictures.
            step: the global step.
            picture: (height, width, 3) uint8.
        """
        write_png(self.writer.run_folder.sample_path(kind, step), picture)
        self.writer.write_image(step, kind, picture)

    def on_train_begin(self, logs=None):
        """Draws the first step, or one to go on from that is to be drawn."""
        super().on_train_begin(logs)
        step = self.read_step()
        if step == 0 or (self.every_steps and step % self.every_steps == 0):
            self._draw_once(step)

    def on_steps(self, step, logs):
        """Draws."""
        self._draw_once(step)

    def on_train_end(self, logs=None):
        """Draws the end."""
        if not self.goes_on:
            self._draw_once(self.read_step())

    def _draw_once(self, step):
        if step == self._drawn_step:
            return
        self._drawn_step = step
        with _survived(f"No picture of step {step:,}"):
            self.draw(step)


class CaptionPicture(PeriodicPicture):
    """A `PeriodicPicture` of the same captions and seeds each time.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        seed: int or list of int, as `generate` takes it.
        every_steps: how often to draw.
    """

    def __init__(self, writer, captions, seed=0, every_steps=1000):
        super().__init__(writer, every_steps)
        self.captions = list(captions)
        self.seed = seed


class PeriodicEvaluation(PeriodicCallback):
    """Measures every so often and at the end, and writes the numbers.

    Measured at the end of an epoch, they are added to its logs as well, so
    that other callbacks may monitor them. No step is measured twice. A
    subclass says what is measured, and by `measures_at_start` whether that is
    done before the first step of a run, too.

    Training is worth more than a measurement: what cannot be measured is said
    before the first step, see `left_out`, and whatever a measurement fails
    with is a warning.

    Args:
        writer: the run's `MetricsWriter`.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.
    """

    measures_at_start = False

    def __init__(self, writer, every_epochs=None, every_steps=None):
        super().__init__(every_steps)
        self.writer = writer
        self.every_epochs = every_epochs
        self._measured_step = None
        self._measured = {}
        self._said = []

    def left_out(self):
        """What cannot be measured on this data; asked before the first step.

        Returns:
            List of sentences that say what is left out, and why.
        """
        return []

    def measured_values(self):
        """Measures now.

        Returns:
            Dict of metric key to number.
        """
        raise NotImplementedError

    def on_train_begin(self, logs=None):
        """Measures the start of a run, where that is wanted."""
        super().on_train_begin(logs)
        for sentence in self.left_out():
            if sentence not in self._said:
                self._said.append(sentence)
                logging.getLogger("tfragan").warning("%s", sentence)
        if self.measures_at_start and self.read_step() == 0:
            self.write_measured(0)

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
        if not self.goes_on:
            self.write_measured(self.read_step())

    def write_measured(self, step):
        """Measures and writes, unless this step has been measured.

        Args:
            step: the global step.

        Returns:
            What was measured at this step.
        """
        if step != self._measured_step:
            self._measured = {}
            with _survived(f"No measurement of step {step:,}"):
                self._measured = self.measured_values()
            self._measured_step = step
            self.writer.write(step, self._measured)
        return self._measured


@contextlib.contextmanager
def _survived(what):
    """Turns the errors of what training does not need into warnings.

    After NaN `StopOnInvalidLoss` ends the training, and says why; without
    room on the disk the next checkpoint does.
    """
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())
        if not reason or not isinstance(error, (ValueError, OSError)):
            reason = f"{type(error).__name__}: {reason}"
        warnings.warn(f"{what}: {reason[:500]}", stacklevel=4)
