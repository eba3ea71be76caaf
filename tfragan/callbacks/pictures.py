"""The same captions or images drawn again and again while a model learns."""

import numpy as np
import tensorflow as tf

from tfragan.atomic_file import write_atomically
from tfragan.callbacks.periodic import CaptionPicture
from tfragan.callbacks.periodic import PeriodicPicture
from tfragan.visualization.caption_maps import map_figure
from tfragan.visualization.guidance_grid import color_figure
from tfragan.visualization.guidance_grid import edit_figure
from tfragan.visualization.guidance_grid import guided_attention_figure
from tfragan.visualization.guidance_grid import translate_each
from tfragan.visualization.image_grid import image_grid
from tfragan.visualization.pixels import write_png
from tfragan.visualization.translation_panel import panel_rows
from tfragan.visualization.translation_panel import translation_panel
from tfragan.visualization.translation_panel import translation_passes


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


class MapPanel(CaptionPicture):
    """Draws the maps of a `TextToImageModel` for fixed captions and seeds.

    Which maps there are the model says by its `map_name`: `attention_maps`
    are drawn to `samples/attention_<step>.png`, `masks` to
    `samples/masks_<step>.png`, and so on, before the first step, every so many
    steps and at the end, and to TensorBoard. A model without maps, such as an
    AttnGAN of one stage, gets no picture.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        seed: int or list of int, as `generate` takes it.
        every_steps: how often to draw.
    """

    def draw(self, step):
        """Draws the captions' maps."""
        name = self.model.map_name
        if name is None:
            return
        outputs = self.model.generate_outputs(self.captions, seed=self.seed)
        if not len(outputs[name]):
            return
        figure = map_figure(
            outputs["image"],
            outputs[name],
            self.captions,
            [self.model.tokenizer.words(each) for each in self.captions],
        )
        self.write(name.removesuffix("_maps"), step, figure)


# The names by which runs of one model have called it.
AttentionMapPanel = MaskPanel = MapPanel


class GuidanceSheet(PeriodicPicture):
    """Draws fixed images under fixed guidance, and what it attended to.

    Sheets are drawn before the first step, every so many steps and at the
    end, to `samples/<kind>_<step>.png`, `samples/<attention>_<step>.png` and
    TensorBoard. They have the form of the published figures: a row an image,
    or two with random and with encoded backgrounds. The attention maps are
    those of the very images beside them.

    Args:
        writer: the run's `MetricsWriter`.
        images: (rows, height, width, 3) uint8, what is translated.
        guidances: list of `tfragan.visualization.Guidance`.
        every_steps: how often to draw.
        truths: optional (rows, height, width, 3) uint8, what should come
            out.
        seed: seed of the first column's random background.
        direction: see `RAGAN.translate`.
        kind: name of the series of sheets.
        attention: name of the series of attention maps.
    """

    def __init__(
        self,
        writer,
        images,
        guidances,
        every_steps=1000,
        truths=None,
        seed=0,
        direction="ab",
        kind="edits",
        attention="attention",
    ):
        super().__init__(writer, every_steps)
        self.images = images
        self.guidances = list(guidances)
        self.truths = truths
        self.seed = seed
        self.direction = direction
        self.kind = kind
        self.attention = attention

    def draw(self, step):
        """Draws both sheets."""
        background = self.model.setting.code == "background"
        outputs = self._translate(self.truths if background else None)
        if background:
            at_random = self._translate(None)
            sheet = color_figure(
                self.images,
                self.truths,
                at_random["image"],
                outputs["image"],
                self.guidances,
            )
        else:
            sheet = edit_figure(
                self.images, outputs["image"], self.guidances, self.truths
            )
        self.write(self.kind, step, sheet)
        attention = guided_attention_figure(
            outputs["image"], outputs["attention_maps"], self.guidances
        )
        self.write(self.attention, step, attention)

    def _translate(self, references):
        return translate_each(
            self.model.translate,
            self.images,
            self.guidances,
            references,
            self.seed,
            self.direction,
        )


_BACK = {"ab": "ba", "ba": "ab"}


class TranslationGrid(PeriodicPicture):
    """Draws fixed images of both domains, translated and translated back.

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
