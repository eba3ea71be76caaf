"""The base of callbacks that draw the same thing again and again."""

from tfragan.callbacks.periodic_callback import PeriodicCallback
from tfragan.visualization.png_file import write_png


class PeriodicPicture(PeriodicCallback):
    """Calls `draw` before the first step, every so many steps and at the end.

    No step is drawn twice.

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
        """Draws what the model can do before the first step."""
        super().on_train_begin(logs)
        self._draw_once(self.read_step())

    def on_steps(self, step, logs):
        """Draws."""
        self._draw_once(step)

    def on_train_end(self, logs=None):
        """Draws the end."""
        self._draw_once(self.read_step())

    def _draw_once(self, step):
        if step != self._drawn_step:
            self._drawn_step = step
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
