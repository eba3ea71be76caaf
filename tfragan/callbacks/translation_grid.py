"""The same images translated again and again while two generators learn."""

import numpy as np
import tensorflow as tf

from tfragan.atomic_file import write_atomically
from tfragan.callbacks.periodic_picture import PeriodicPicture
from tfragan.visualization.translation_panel import panel_rows
from tfragan.visualization.translation_panel import translation_panel
from tfragan.visualization.translation_panel import translation_passes

_BACK = {"ab": "ba", "ba": "ab"}


class TranslationGrid(PeriodicPicture):
    """Draws fixed images of both domains, where they lead and back again.

    Grids are drawn before the first step, every so many steps and at the
    end, to `samples/ab_<step>.png`, `samples/ba_<step>.png` and TensorBoard:
    a column an image, see `translation_columns`. The generators run in
    inference mode. `samples/rows.txt` says what the rows are.

    Args:
        writer: the run's `MetricsWriter`.
        images_a: (n, height, width, 3) uint8, images of domain A; published
            are five training images, then five test images.
        images_b: the same of domain B.
        every_steps: how often to draw.

    Raises:
        ValueError: for images of another kind.
    """

    def __init__(self, writer, images_a, images_b, every_steps=1000):
        super().__init__(writer, every_steps)
        for name, images in (("images_a", images_a), ("images_b", images_b)):
            images = np.asarray(images)
            if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
                raise ValueError(
                    f"`{name}` has to hold at least one uint8 image (n, "
                    f"height, width, 3). Received: {images.dtype} of shape "
                    f"{images.shape}"
                )
        self.images = {"ab": images_a, "ba": images_b}
        self._passes = {}

    def set_model(self, model):
        """Forgets the generators of another model."""
        super().set_model(model)
        self._passes = {}

    def on_train_begin(self, logs=None):
        """Writes what the rows are, and draws the first grids."""
        rows = panel_rows(self.model.has_heat_maps)
        write_atomically(
            self.writer.run_folder.samples_path / "rows.txt",
            "\n".join(rows) + "\n",
        )
        super().on_train_begin(logs)

    def draw(self, step):
        """Draws both directions."""
        for direction, images in self.images.items():
            panel = translation_panel(images, self._run_passes(direction))
            self.write(direction, step, panel)

    def _run_passes(self, direction):
        if direction not in self._passes:
            generator = self.model.generator_of(direction)
            back_generator = self.model.generator_of(_BACK[direction])
            self._passes[direction] = tf.function(
                lambda images: translation_passes(
                    generator, back_generator, images
                ),
                autograph=False,
                reduce_retracing=True,
            )
        return self._passes[direction]
