"""How far translated images are from the ground truth, in color."""

import collections

import numpy as np

from tfragan.callbacks.periodic_evaluation import PeriodicEvaluation
from tfragan.metrics.color_error import color_error
from tfragan.metrics.color_error import colored_alike


def measure_colors(model, parts, chroma, seed=0, batch_size=8):
    """Translates images by their own guidance and looks at the truth.

    Args:
        model: a `RAGAN`, supervised.
        parts: iterable of `GuidedImages` with `truths`.
        chroma: Cb and Cr of the baseline of one color, see `mean_chroma`.
        seed: seed of random backgrounds.
        batch_size: images translated at once.

    Returns:
        Dict from names to `ColorError`: of what is `translated`, with the
        background of the truth where the model has a code of it; `random`
        with random backgrounds there; of the `input`, which is `gray` in
        colorization; and of its lightness with the `mean_color`.
    """
    gray = model.input_channels == 1
    errors = collections.defaultdict(list)
    for part in parts:
        for name, images in {
            **_translations(model, part, seed, batch_size),
            "gray" if gray else "input": part.images,
            "mean_color": colored_alike(part.images, chroma),
        }.items():
            errors[name].append((len(part), color_error(images, part.truths)))
        seed += len(part)
    return {name: _mean(values) for name, values in errors.items()}


class ColorEvaluation(PeriodicEvaluation):
    """Measures the colors of held-out images, before the first step too.

    Written are `color_error/<name>` and `chroma_error/<name>` for each of the
    names of `measure_colors`.

    Args:
        writer: the run's `MetricsWriter`.
        parts: function without arguments to an iterable of `GuidedImages`.
        chroma: function without arguments to the Cb and Cr of the baseline
            of one color; called once.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.
        seed: seed of random backgrounds.
    """

    def __init__(
        self,
        writer,
        parts,
        chroma,
        every_epochs=None,
        every_steps=None,
        seed=0,
    ):
        super().__init__(writer, every_epochs, every_steps)
        self.parts = parts
        self.chroma = chroma
        self.seed = seed
        self._chroma = None

    def on_train_begin(self, logs=None):
        """Measures before the first step of a run."""
        super().on_train_begin(logs)
        if self.read_step() == 0:
            self.write_measured(0)

    def measured_values(self):
        """Translates and measures now."""
        if self._chroma is None:
            self._chroma = self.chroma()
        errors = measure_colors(
            self.model, self.parts(), self._chroma, self.seed
        )
        values = {}
        for name, error in errors.items():
            values[f"color_error/{name}"] = error.rgb
            values[f"chroma_error/{name}"] = error.chroma
        return values


def _translations(model, part, seed, batch_size):
    """What the model makes of images, by the names of `measure_colors`."""
    backgrounds = {"translated": {}}
    if model.setting.code:
        backgrounds = {
            "translated": {"references": part.truths},
            "random": {"seed": seed},
        }
    return {
        name: model.translate(
            part.images, batch_size=batch_size, **part.guidance, **background
        )["image"]
        for name, background in backgrounds.items()
    }


def _mean(values):
    """The mean over all images of parts of several sizes."""
    counts = [count for count, _ in values]
    parts = [[error.rgb, error.chroma] for _, error in values]
    error = values[0][1]
    return type(error)(*map(float, np.average(parts, 0, counts)))
