"""One line that says how far training is."""

import datetime
import shutil
import sys
import time
from typing import Any

from tfragan.callbacks.metrics_log import RecentMeans
from tfragan.callbacks.periodic import PeriodicCallback

_BAR = 24


class ProgressBar(PeriodicCallback):
    """Shows step, epoch, images per second, time left and the main losses.

    On a terminal one line is rewritten in place; elsewhere (a log file, a
    pipe) a plain line is printed now and then, which Keras's own bar does not
    do. Pass `verbose=0` to `fit`.

    Args:
        total_steps: global step at which training ends; by default where
            `fit` will get to.
        batch_size: images a step over all replicas; without it steps per
            second are shown.
        keys: the losses to show; by default those that end in "_loss".
        stream: where to write; by default standard error.
        every_seconds: seconds between two updates; by default 0.5 on a
            terminal and 30 elsewhere.
        steps_per_epoch: steps of a whole epoch; by default those of `fit`,
            which are fewer where a run resumes within an epoch.
    """

    def __init__(
        self,
        total_steps=None,
        batch_size=None,
        keys=None,
        stream=None,
        every_seconds=None,
        steps_per_epoch=None,
    ):
        super().__init__(every_steps=1)
        self.total_steps = total_steps
        self.batch_size = batch_size
        self.keys = keys
        self.steps_per_epoch = steps_per_epoch
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.every_seconds = every_seconds
        if every_seconds is None:
            self.every_seconds = 0.5 if self.live else 30.0
        self._means = RecentMeans()
        # (global step, seconds) at the first batch and at the last line.
        self._start: Any = None
        self._last: Any = None
        self._total = total_steps
        self._first_epoch = 0

    def on_train_begin(self, logs=None):
        """Starts the clocks."""
        super().on_train_begin(logs)
        self._start = self._last = None

    def on_epoch_begin(self, epoch, logs=None):
        """Starts new means, as Keras does."""
        super().on_epoch_begin(epoch, logs)
        self._means.reset()
        if self._start is None:
            self._first_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Updates the line when it is old enough; reads nothing before."""
        new = batch - self._batch
        self._batch = batch
        now = time.monotonic()
        if self._start is None:
            # Speed is counted from here: the first batch compiled the step.
            self._step = self.read_step()
            self._start = (self._step, now)
            self._total = self.total_steps or self._end(self._step - new)
        else:
            self._step += new
        if self._last is None or now - self._last[1] >= self.every_seconds:
            self.on_steps(self._step, logs)

    def on_steps(self, step, logs):
        """Writes the line."""
        self._show(step, self._means.update(self.batches, logs))
        self._last = (step, time.monotonic())

    def on_train_end(self, logs=None):
        """Writes the line a last time, and ends it."""
        if self._start is not None:
            self._show(self.read_step(), {})
            if self.live:
                self.stream.write("\n")
                self.stream.flush()

    def _end(self, first_step):
        """The global step that `fit` was asked to reach, if it is known."""
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        if not steps or not epochs:
            return None
        return first_step + steps * (epochs - self._first_epoch)

    def _show(self, step, losses):
        parts = [f"step {step:,}"]
        if self._total:
            parts[0] += f"/{self._total:,}"
            if self.live:
                full = min(round(_BAR * step / self._total), _BAR)
                parts.insert(0, "━" * full + "┄" * (_BAR - full))
        steps = self.steps_per_epoch or self.params.get("steps")
        if steps:
            parts.append(f"epoch {step / steps:.1f}")
        parts += self._speed(step)
        parts += [
            f"{key.removesuffix('_loss')} {value:.3g}"
            for key, value in losses.items()
            if self._is_shown(key)
        ]
        line = "  ".join(parts)
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{line[:width]}")
        else:
            self.stream.write(f"{line}\n")
        self.stream.flush()

    def _is_shown(self, key):
        if self.keys is not None:
            return key in self.keys
        return key.endswith("_loss") and "/" not in key

    def _speed(self, step):
        """Recent images per second, and time left at the whole run's pace."""
        now = time.monotonic()
        last = self._last or self._start
        recent = step - last[0], now - last[1]
        done, seconds = whole = step - self._start[0], now - self._start[1]
        if recent[0]:
            done, seconds = recent
        parts = []
        if done and seconds:
            rate = done / seconds * (self.batch_size or 1)
            unit = "images" if self.batch_size else "steps"
            parts.append(f"{rate:.3g} {unit}/s")
        if self._total and whole[0]:
            left = max(self._total - step, 0) * whole[1] / whole[0]
            parts.append(f"left {datetime.timedelta(seconds=round(left))}")
        return parts
