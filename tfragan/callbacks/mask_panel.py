"""Where fixed captions act on the image while a generator learns."""

from tfragan.callbacks.periodic_picture import CaptionPicture
from tfragan.visualization.mask_panel import mask_figure


class MaskPanel(CaptionPicture):
    """Draws the masks of fixed captions and seeds.

    Drawn before the first step, every so many steps and at the end, to
    `samples/masks_<step>.png` and TensorBoard.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        seed: int or list of int, as `generate` takes it.
        every_steps: how often to draw.
    """

    def draw(self, step):
        """Draws the captions' masks."""
        images, masks = self.model.generate(
            self.captions, seed=self.seed, return_masks=True
        )
        self.write("masks", step, mask_figure(images, masks, self.captions))
