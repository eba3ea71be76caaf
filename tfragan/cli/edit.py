"""Edits photos as captions, labels or other images say, with a RAGAN.

Arguments without a flag are photos where they are files, and captions
otherwise. Each photo is edited by each caption. The pictures go to <output>
under the names of photo and caption, grid.png there shows all of them, a row a
photo and a column a caption, and edits.jsonl lists them.

Of a photo the largest square in the middle is seen, at the size that the
model was trained at.

Examples:
  tfragan edit --workdir=runs/ragan photo.jpg "this bird is red"
  tfragan edit --workdir=runs/ragan a.jpg b.jpg "a red bird" "a white bird"
  tfragan edit --workdir=runs/ragan a.jpg "a gray bird" "blue wings" --chain
  tfragan edit --workdir=runs/ragan_emoji a.png --labels="Objects,twemoji"
  tfragan edit --workdir=runs/noto2twemoji a.png --reference=other.png
"""

from tfragan.cli import photo_flags
from tfragan.cli.flags import Flag

USAGE = "--workdir=FOLDER PHOTO ... [CAPTION ...] [flags]"
FLAGS = {
    "workdir": "run folder or preset of a RAGAN that is not supervised",
    "input": photo_flags.INPUT,
    "caption": photo_flags.CAPTION,
    "captions_file": None,
    "labels": photo_flags.LABELS,
    "reference": Flag(
        "strings",
        "for models guided by images: an image or a folder of images; may be "
        "repeated",
        "PATH",
        [],
    ),
    "direction": Flag(
        "choice",
        "for models guided by images: from domain A to B, or back",
        default="ab",
        choices=("ab", "ba"),
    ),
    "chain": Flag(
        "boolean",
        "edit the result of each caption by the next one",
        default=False,
    ),
    "attention": photo_flags.ATTENTION,
    "batch_size": photo_flags.BATCH_SIZE,
    "on_bad_item": "what to do with bad photos, which are reported by name "
    "either way",
    "output": "folder of the pictures [default: <workdir>/edited]",
}


def run(arguments):
    """Writes the pictures."""
    from tfragan.cli.quiet_start import start_tensorflow

    photo_flags.check(arguments)
    start_tensorflow()
    from tfragan.cli import editing

    editing.edit(arguments)
