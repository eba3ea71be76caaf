"""What the words of fixed captions look at while a generator learns."""

from tfragan.callbacks.periodic_picture import CaptionPicture
from tfragan.visualization.attention_panel import attention_figure


class AttentionMapPanel(CaptionPicture):
    """Draws attention maps of fixed captions and seeds.

    Drawn before the first step, every so many steps and at the end, to
    `samples/attention_<step>.png` and TensorBoard. A generator of one stage
    has no attention: nothing is drawn then.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        seed: int or list of int, as `generate` takes it.
        every_steps: how often to draw.
    """

    def draw(self, step):
        """Draws the captions' maps."""
        images, maps = self.model.generate(
            self.captions, seed=self.seed, return_attention_maps=True
        )
        if not len(maps):
            return
        words = [self.model.tokenizer.words(each) for each in self.captions]
        figure = attention_figure(images, maps, self.captions, words)
        self.write("attention", step, figure)
