"""Makes pictures of captions with a trained AttnGAN, SSA-GAN or DF-GAN.

The captions come from --caption, from a file with one a line, or from a split
of the data set that the run was trained on. Each picture's name leads back to
its caption; samples.jsonl beside the pictures lists caption, seed and, for a
data set, the image's key. The same caption and seed give the same picture.
More pictures than captions go round the captions again, with other seeds.
What --attention and --masks draw goes to folders of its own beside that of
the pictures, which holds nothing else for a measurement to read.

The same command goes on where it was interrupted, if the model is the same.

--between draws one picture instead: in each row one noise, from one caption
to another; with --to_seed, from one noise to another.

Examples:
  tfragan sample --workdir=runs/cub --caption="a red bird" --caption="a crow"
  tfragan sample --workdir=runs/cub --captions_file=captions.txt --attention
  tfragan sample --workdir=runs/cub --captions_per_image=drawn --count=30000
  tfragan sample --workdir=runs/cub --caption="a red bird" --count=9 --masks
  tfragan sample --workdir=runs/cub --between --caption="a red bird"
      --caption="a blue bird" --to_seed=9
"""

from tfragan.cli.flags import Flag

USAGE = "--workdir=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder or preset of an AttnGAN, SSA-GAN or DF-GAN",
    "caption": None,
    "captions_file": None,
    "data": "data set of the captions [default: that of the run]",
    "layout": None,
    "split": "split whose captions are taken where no caption is given",
    "captions_per_image": Flag(
        "choice",
        "which captions of the split are taken; drawn is at random without "
        "replacement, --count of them",
        default="first",
        choices=("first", "every", "drawn"),
    ),
    "count": "pictures, 0 for one of each caption; with --between rows "
    "[default: 4]",
    "seed": "seed of the first picture; each next one gets the next seed",
    "truncation": None,
    "attention": Flag(
        "boolean",
        "also draw what the words look at, in <output>_attention",
        default=False,
    ),
    "masks": Flag(
        "boolean",
        "also draw where the sentence is applied: the last mask in gray in "
        "<output>_masks, all of them in <output>_mask_panels",
        default=False,
    ),
    "between": Flag(
        "boolean",
        "draw what lies between two captions, or two seeds, or both",
        default=False,
    ),
    "to_seed": Flag(
        "integer", "seed of the other noise of --between", metavar="N"
    ),
    "steps": Flag(
        "integer", "images from one end of --between to the other", "N", 8
    ),
    "batch_size": Flag(
        "integer",
        "pictures at a time; more are faster and may differ by one level",
        "N",
        1,
    ),
    "output": "folder of the pictures [default: <workdir>/sampled, or "
    "<workdir>/between]",
    "progress": "show the progress of many pictures",
}


def run(arguments):
    """Writes the pictures."""
    from tfragan.cli.errors import UsageError
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("workdir")
    for name, least in (("batch_size", 1), ("steps", 2), ("count", 0)):
        value = getattr(arguments, name)
        if value < least:
            raise UsageError(
                f"--{name} must be at least {least}. Received: {value}"
            )
    start_tensorflow()
    from tfragan.cli import sampling

    sampling.sample(arguments)
