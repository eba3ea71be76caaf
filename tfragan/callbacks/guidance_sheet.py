"""The same images translated again and again while RAGAN learns."""

from tfragan.callbacks.periodic_picture import PeriodicPicture
from tfragan.visualization.guidance_grid import color_figure
from tfragan.visualization.guidance_grid import edit_figure
from tfragan.visualization.guidance_grid import guided_attention_figure
from tfragan.visualization.guidance_grid import translate_each


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
