"""What the words of fixed captions look at while a generator learns."""

from tfragan.callbacks.periodic_callback import PeriodicCallback
from tfragan.visualization.attention_panel import attention_figure
from tfragan.visualization.png_file import write_png


class AttentionMapPanel(PeriodicCallback):
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

    def __init__(self, writer, captions, seed=0, every_steps=1000):
        super().__init__(every_steps)
        self.writer = writer
        self.captions = list(captions)
        self.seed = seed
        self._drawn_step = None

    def on_train_begin(self, logs=None):
        """Draws before the first step."""
        super().on_train_begin(logs)
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
        images, maps = self.model.generate(
            self.captions, seed=self.seed, return_attention_maps=True
        )
        if not len(maps):
            return
        words = [self.model.tokenizer.words(each) for each in self.captions]
        figure = attention_figure(images, maps, self.captions, words)
        path = self.writer.run_folder.sample_path("attention", step)
        write_png(path, figure)
        self.writer.write_image(step, "attention", figure)
