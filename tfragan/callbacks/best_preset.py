"""The model as it was when a metric was best."""

import math

import keras

_BETTER = {
    "max": lambda value, best: value > best,
    "min": lambda value, best: value < best,
}


class BestPreset(keras.callbacks.Callback):
    """Writes the preset `best/` whenever a measured number improves.

    Belongs after the callback that measures. A resumed run knows the best
    value from metrics.jsonl. What was measured before the first step is no
    candidate: an untrained model is nothing to keep.

    Args:
        writer: the run's `MetricsWriter`.
        monitor: key of the number.
        mode: "max" or "min", what counts as better.

    Raises:
        ValueError: for another mode.
    """

    def __init__(self, writer, monitor="r_precision", mode="max"):
        super().__init__()
        if mode not in _BETTER:
            raise ValueError(
                f"`mode` has to be 'max' or 'min'. Received: mode={mode!r}"
            )
        self.writer = writer
        self.monitor = monitor
        self.mode = mode
        self.best = None
        self._seen_step = None

    def on_train_begin(self, logs=None):
        """Recalls the best value of an earlier part of the run."""
        self.best = None
        self._seen_step = self._latest()[0]
        if not self.writer.run_folder.best_path.exists():
            return
        for record in self.writer.run_folder.read_metrics():
            value = record.get(self.monitor)
            if value is None or record["step"] == 0:
                continue
            if self._is_better(value):
                self.best = value

    def on_train_batch_end(self, batch, logs=None):
        """Saves if the number was measured at this step and is better."""
        self._save_if_better()

    def on_epoch_end(self, epoch, logs=None):
        """Saves if the number was measured now and is better."""
        self._save_if_better()

    def on_train_end(self, logs=None):
        """Saves if the number was measured now and is better."""
        self._save_if_better()

    def _latest(self):
        return self.writer.latest.get(self.monitor, (None, None))

    def _is_better(self, value):
        if not math.isfinite(value):
            return False
        return self.best is None or _BETTER[self.mode](value, self.best)

    def _save_if_better(self):
        step, value = self._latest()
        if step is None or step == self._seen_step:
            return
        self._seen_step = step
        if self._is_better(value):
            self.best = value
            self.model.save_to_preset(self.writer.run_folder.best_path)
