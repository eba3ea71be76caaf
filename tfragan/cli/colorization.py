"""The work of `tfragan colorize`."""

import pathlib

import numpy as np

from tfragan import visualization
from tfragan.cli.errors import UsageError
from tfragan.cli.photo_inputs import PhotoInputs
from tfragan.cli.picture_writer import PictureWriter
from tfragan.metrics import colored_alike

# Gray levels from which on a photo counts as one with colors.
_COLORED = 8


def colorize(arguments):
    """Colors what the command line names.

    Args:
        arguments: the parsed command line.

    Raises:
        UsageError: for flags that the model cannot follow.
    """
    inputs = PhotoInputs(arguments, supervised=True)
    background = inputs.model.setting.code == "background"
    if not background:
        arguments.refuse(["seed"], "a model without random backgrounds")
    guidances, photos = inputs.guidances(), inputs.photos()
    output = pathlib.Path(
        arguments.output or pathlib.Path(arguments.workdir) / "colorized"
    )
    writer = PictureWriter(output, photos, guidances, arguments.attention)
    colorizer = _Colorizer(inputs.model, photos, guidances, arguments)
    if background:
        figure = colorizer.with_backgrounds(writer, _sources(inputs, photos))
    else:
        figure = colorizer.plain(writer)
    writer.close(figure, "colors.jsonl")


class _Colorizer:
    """Colors photos, writes them, and draws the figure."""

    def __init__(self, model, photos, guidances, arguments):
        self._model = model
        self._photos = photos
        self._images = photos.images
        if model.input_channels == 1:
            self._images = colored_alike(photos.images)
        self._guidances = guidances
        self._seed = arguments.seed
        self._batch_size = arguments.batch_size

    def plain(self, writer):
        """By a model without codes of backgrounds."""
        outputs = self._translate()
        writer.write(outputs)
        return self._edit_figure(outputs)

    def with_backgrounds(self, writer, sources):
        """With random backgrounds, and those of `Photos`, if any."""
        at_random = self._translate()
        writer.write(
            at_random,
            "_random",
            lambda row, column: {"seed": self._seed + column},
        )
        if sources is None:
            return self._edit_figure(at_random)
        encoded = self._translate(sources.images)
        writer.write(
            encoded,
            "_encoded",
            lambda row, column: {"background": sources.keys[row]},
        )
        return visualization.color_figure(
            self._images,
            sources.images,
            at_random["image"],
            encoded["image"],
            self._guidances,
        )

    def _translate(self, references=None):
        return visualization.translate_each(
            self._model.translate,
            self._images,
            self._guidances,
            references,
            self._seed,
            batch_size=self._batch_size,
        )

    def _edit_figure(self, outputs):
        truths = None
        if self._model.input_channels == 1 and _has_colors(self._photos.images):
            truths = self._photos.images
        return visualization.edit_figure(
            self._images, outputs["image"], self._guidances, truths
        )


def _sources(inputs, photos):
    """`Photos` whose backgrounds are taken, one a photo; None for none."""
    references = inputs.references()
    if references is None:
        return photos if _has_colors(photos.images) else None
    count, needed = len(references.keys), len(photos.keys)
    if count not in (1, needed):
        raise UsageError(
            "--reference must give one image for all photos, or one a photo. "
            f"Received: {count} for {needed} photos"
        )
    return references.repeated(needed // count)


def _has_colors(images):
    reach = np.ptp(images.astype(np.int16), axis=-1)
    return bool((reach.max((1, 2)) >= _COLORED).all())
