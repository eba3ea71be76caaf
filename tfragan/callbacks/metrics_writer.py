"""Where all numbers and pictures of a run go."""

import time

import tensorflow as tf

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
        self.run_folder.truncate_metrics(step)
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
        if self._event_writer() is not None:
            with self._event_writer().as_default():
                for key, value in values.items():
                    tf.summary.scalar(key, value, step)

    def write_image(self, step, name, image):
        """Writes a picture of a step to TensorBoard.

        Args:
            step: the global step.
            name: of the series of pictures.
            image: (height, width, 3) uint8.
        """
        if self._event_writer() is not None:
            with self._event_writer().as_default():
                tf.summary.image(name, image[tf.newaxis], int(step))

    def flush(self):
        """Makes everything written visible to TensorBoard."""
        if self._events is not None:
            self._events.flush()

    def _event_writer(self):
        if self.tensorboard and self._events is None:
            self._events = tf.summary.create_file_writer(
                str(self.run_folder.tensorboard_path)
            )
        return self._events
