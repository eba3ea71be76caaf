"""The same captions drawn again and again while a generator learns."""

from tfragan.callbacks.periodic_callback import PeriodicCallback
from tfragan.visualization.atomic_file import write_atomically
from tfragan.visualization.image_grid import image_grid
from tfragan.visualization.png_file import write_png


class ImageGrid(PeriodicCallback):
    """Draws a grid of fixed captions and seeds as training goes on.

    Grids are drawn before the first step, every so many steps and at the
    end, to `samples/grid_<step>.png` and TensorBoard. The captions are
    written to `samples/captions.txt`.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str, one an image.
        seed: int or list of int, as `generate` takes it.
        every_steps: how often to draw.
        reals: optional (n, height, width, 3) uint8, real images to be seen
            beside the grid, written to `samples/reals.png`, under the
            captions if there are as many.
        columns: images a row; by default the grid is about square.
    """

    def __init__(
        self,
        writer,
        captions,
        seed=0,
        every_steps=1000,
        reals=None,
        columns=None,
    ):
        super().__init__(every_steps)
        self.writer = writer
        self.captions = list(captions)
        self.seed = seed
        self.reals = reals
        self.columns = columns
        self._drawn_step = None

    def on_train_begin(self, logs=None):
        """Draws what the generator can do before the first step."""
        super().on_train_begin(logs)
        folder = self.writer.run_folder.samples_path
        lines = [" ".join(caption.split()) for caption in self.captions]
        write_atomically(folder / "captions.txt", "\n".join(lines) + "\n")
        if self.reals is not None:
            fit = len(self.reals) == len(self.captions)
            reals = image_grid(
                self.reals, self.captions if fit else None, self.columns
            )
            write_png(folder / "reals.png", reals)
        self._draw(self.read_step())

    def on_steps(self, step, logs):
        """Draws."""
        self._draw(step)

    def on_train_end(self, logs=None):
        """Draws the end."""
        self._draw(self.read_step())

    def _draw(self, step):
        if step == self._drawn_step:
            return
        self._drawn_step = step
        images = self.model.generate(self.captions, seed=self.seed)
        grid = image_grid(images, self.captions, self.columns)
        write_png(self.writer.run_folder.sample_path("grid", step), grid)
        self.writer.write_image(step, "grid", grid)
