"""Translates images with a trained U-GAT-IT or CycleGAN.

The images are files and folders, given by their paths, or a split of a data
set of two domains. From A to B they go to <output>/ab/, from B to A to
<output>/ba/, as PNG under their own names and in their own sub-folders;
ab.jsonl and ba.jsonl beside them list what became of which image. Images of
any format, mode and size are read; bad ones are reported by name. Only the
generator of the direction is loaded.

--size=model resizes to the size that the model was trained at, as its test
images are; --size=input resizes the result back to the size of the image;
--size=native translates at the size of the image, without any resizing, which
light models and CycleGAN can.

Examples:
  tfragan translate --workdir=runs/cat2dog photo.jpg
  tfragan translate --workdir=runs/cat2dog photos --heat_maps --size=input
  tfragan translate --workdir=runs/cat2dog --direction=ba --input=dogs
  tfragan translate --workdir=runs/cat2dog --data=data/cat2dog --split=test
"""

from tfragan.cli.flags import Flag

USAGE = "--workdir=FOLDER [INPUT ...] [flags]"
FLAGS = {
    "workdir": "run folder or preset of a U-GAT-IT or a CycleGAN",
    "input": Flag(
        "strings",
        "image or folder of images; may be repeated, or given without a flag",
        "PATH",
        [],
        positional=True,
    ),
    "data": "data set of two domains, where no input is given [default: that "
    "of the run]",
    "split": None,
    "direction": Flag(
        "choice",
        "from A to B, from B to A, or both [default: ab for inputs, both for "
        "a data set]",
        choices=("ab", "ba", "both"),
    ),
    "size": Flag(
        "choice",
        "size of the translations",
        default="model",
        choices=("model", "input", "native"),
    ),
    "heat_maps": Flag(
        "boolean",
        "also draw what the generator attends to, in <output>/ab_heat_maps",
        default=False,
    ),
    "panels": Flag(
        "boolean",
        "also draw the published column of image, identity, translation and "
        "cycle, each with its heat map, in <output>/ab_panels; loads both "
        "generators",
        default=False,
    ),
    "count": "images of each folder or domain; 0 for all",
    "batch_size": Flag(
        "integer",
        "images at a time; more are faster and may differ by one level",
        "N",
        1,
    ),
    "on_bad_item": "what to do with bad images, which are reported by name "
    "either way",
    "output": "folder of the translations [default: <workdir>/translated]",
    "progress": "show the progress",
}


def run(arguments):
    """Writes the translations."""
    from tfragan.cli.errors import UsageError
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("workdir")
    if arguments.input and arguments.data:
        raise UsageError("--data and an input cannot be given together.")
    if arguments.batch_size < 1:
        raise UsageError(
            f"--batch_size must be at least 1. Received: {arguments.batch_size}"
        )
    start_tensorflow()
    from tfragan.cli import translation

    translation.translate(arguments)
