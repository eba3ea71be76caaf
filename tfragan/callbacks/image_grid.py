"""The same captions drawn again and again while a generator learns."""

from tfragan.atomic_file import write_atomically
from tfragan.callbacks.periodic_picture import CaptionPicture
from tfragan.visualization.image_grid import image_grid
from tfragan.visualization.png_file import write_png


class ImageGrid(CaptionPicture):
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
        super().__init__(writer, captions, seed, every_steps)
        self.reals = reals
        self.columns = columns

    def on_train_begin(self, logs=None):
        """Draws what does not change, and the first grid."""
        folder = self.writer.run_folder.samples_path
        lines = [" ".join(caption.split()) for caption in self.captions]
        write_atomically(folder / "captions.txt", "\n".join(lines) + "\n")
        if self.reals is not None:
            fit = len(self.reals) == len(self.captions)
            reals = image_grid(
                self.reals, self.captions if fit else None, self.columns
            )
            write_png(folder / "reals.png", reals)
        super().on_train_begin(logs)

    def draw(self, step):
        """Draws the captions' images."""
        images = self.model.generate(self.captions, seed=self.seed)
        self.write(
            "grid", step, image_grid(images, self.captions, self.columns)
        )
