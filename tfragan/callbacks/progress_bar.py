"""One line that says how far training is."""

import shutil
import sys
import time

from tfragan.callbacks.metrics_log import RecentMeans
from tfragan.callbacks.periodic import PeriodicCallback

_BAR = 24


class ProgressBar(PeriodicCallback):
    """Shows step, epoch, images per second, time left and the main losses.

    On a terminal one line is rewritten in place; elsewhere (a log file, a
    pipe) a plain line is printed now and then. Pass `verbose=0` to `fit`.

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
        self._shown = None
        self._start = None
        self._last = None
        self._open_line = False
        self._total = total_steps
        self._first_epoch = 0

    def on_train_begin(self, logs=None):
        """Starts the clocks."""
        super().on_train_begin(logs)
        self._start = self._last = self._shown = None

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
            self._start = self._last = (self._step, now)
            self._total = self.total_steps or self._end(self._step - new)
        else:
            self._step += new
        if self._shown is None or now - self._shown >= self.every_seconds:
            self.on_steps(self._step, logs)

    def on_steps(self, step, logs):
        """Writes the line."""
        self._shown = time.monotonic()
        self._show(self._line(step, self._means.update(self.batches, logs)))
        self._last = (step, self._shown)

    def on_train_end(self, logs=None):
        """Writes the line a last time, and ends it."""
        if self._start is not None:
            self._show(self._line(self.read_step(), {}))
        self.close()

    def close(self):
        """Ends the line on a terminal, so that other output starts anew."""
        if self._open_line:
            self.stream.write("\n")
            self.stream.flush()
            self._open_line = False

    def _line(self, step, losses):
        total = self._total
        parts = [f"step {step:,}"]
        if total:
            parts[0] += f"/{total:,}"
            if self.live:
                full = min(round(_BAR * step / total), _BAR)
                parts.insert(0, "━" * full + "┄" * (_BAR - full))
        steps = self.steps_per_epoch or self.params.get("steps")
        if steps:
            parts.append(f"epoch {step / steps:.1f}")
        parts += self._speed(step, total)
        parts += [
            f"{key.removesuffix('_loss')} {value:.3g}"
            for key, value in losses.items()
            if self._is_main(key)
        ]
        return "  ".join(parts)

    def _is_main(self, key):
        if self.keys is not None:
            return key in self.keys
        return key.endswith("_loss") and "/" not in key

    def _speed(self, step, total):
        """Recent images per second, and time left at the whole run's pace."""
        now = time.monotonic()
        parts = []
        recent = step - self._last[0], now - self._last[1]
        whole = step - self._start[0], now - self._start[1]
        done, seconds = recent if recent[0] else whole
        if done and seconds:
            speed = done / seconds
            if self.batch_size:
                parts.append(f"{speed * self.batch_size:.3g} images/s")
            else:
                parts.append(f"{speed:.3g} steps/s")
        if total and whole[0]:
            left = max(total - step, 0) * whole[1] / whole[0]
            parts.append(f"left {_clock(left)}")
        return parts

    def _end(self, first_step):
        """The global step that `fit` was asked to reach, if it is known."""
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        if not steps or not epochs:
            return None
        return first_step + steps * (epochs - self._first_epoch)

    def _show(self, line):
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r\x1b[K" + line[:width])
            self._open_line = True
        else:
            self.stream.write(line + "\n")
        self.stream.flush()


def _clock(seconds):
    """1:02:03, or 2:03 below an hour, or 3 s below a minute."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}" if minutes else f"{seconds} s"
