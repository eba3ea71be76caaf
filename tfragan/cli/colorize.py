"""Colors photos by captions, labels or other images, with a RAGAN.

Arguments without a flag are photos where they are files, and captions
otherwise. Of the photos only the lightness is seen, unless the model was
trained on pairs. Each is colored by each caption; with models that have a code
of the background once with a random one, by --seed, and once with that of
--reference, by default of the photo itself where it has colors. The pictures
go to <output> under the names of photo and caption, grid.png there shows all
of them as in the published figure, and colors.jsonl lists them.

Of a photo the largest square in the middle is seen, at the size that the
model was trained at.

Examples:
  tfragan colorize --workdir=runs/birds photo.jpg "this bird is red"
  tfragan colorize --workdir=runs/birds a.jpg "a red bird" "a white bird"
  tfragan colorize --workdir=runs/birds a.jpg "a red bird" --seed=7
  tfragan colorize --workdir=runs/birds a.jpg "a red bird" --reference=b.jpg
"""

import numpy as np

import tfragan
from tfragan.cli import photo_inputs
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

USAGE = "--workdir=FOLDER PHOTO ... [CAPTION ...] [flags]"
FLAGS = {
    "workdir": "run folder or preset of a RAGAN that is supervised",
    "preset": None,
    **photo_inputs.FLAGS,
    "reference": Flag(
        "paths",
        "image that gives the background, one for all photos or one a photo; "
        "for models guided by images alone what guides; may be repeated",
        "PATH",
        [],
    ),
    "seed": "seed of the first caption's random background; each next one "
    "gets the next seed",
    "output": "folder of the pictures [default: <workdir>/colorized]",
}


# Gray levels from which on a photo counts as one with colors.
_COLORED = 8


def run(arguments):
    """Colors the photos and writes the pictures."""
    inputs = photo_inputs.PhotoInputs(arguments, supervised=True)
    from tfragan.cli.picture_writer import PictureWriter

    background = inputs.model.setting.code == "background"
    if not background:
        arguments.refuse(["seed"], "a model without random backgrounds")
    guidances, photos = inputs.guidances(), inputs.photos()
    output = arguments.output_folder("colorized")
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
            self._images = tfragan.metrics.colored_alike(photos.images)
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
        return tfragan.visualization.color_figure(
            self._images,
            sources.images,
            at_random["image"],
            encoded["image"],
            self._guidances,
        )

    def _translate(self, references=None):
        return tfragan.visualization.translate_each(
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
        return tfragan.visualization.edit_figure(
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
