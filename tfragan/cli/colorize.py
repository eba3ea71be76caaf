"""Colors photos as captions, labels or other images say, with a RAGAN.

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

from tfragan.cli import photo_flags
from tfragan.cli.flags import Flag

USAGE = "--workdir=FOLDER PHOTO ... [CAPTION ...] [flags]"
FLAGS = {
    "workdir": "run folder or preset of a RAGAN that is supervised",
    "input": photo_flags.INPUT,
    "caption": photo_flags.CAPTION,
    "captions_file": None,
    "labels": photo_flags.LABELS,
    "reference": Flag(
        "strings",
        "image that gives the background, one for all photos or one a photo; "
        "for models guided by images alone what guides; may be repeated",
        "PATH",
        [],
    ),
    "seed": "seed of the first caption's random background; each next one "
    "gets the next seed",
    "attention": photo_flags.ATTENTION,
    "batch_size": photo_flags.BATCH_SIZE,
    "on_bad_item": "what to do with bad photos, which are reported by name "
    "either way",
    "output": "folder of the pictures [default: <workdir>/colorized]",
}


def run(arguments):
    """Writes the pictures."""
    from tfragan.cli.quiet_start import start_tensorflow

    photo_flags.check(arguments)
    start_tensorflow()
    from tfragan.cli import colorization

    colorization.colorize(arguments)
