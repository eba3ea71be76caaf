"""Writes a SavedModel that turns captions into pictures.

The SavedModel goes to <output>/<version>/, as TensorFlow Serving wants it,
and appears there complete or not at all. Its signatures: serving_default
(captions and seeds to PNG), with_attention (the attention maps and the words
too) and images (pixels). A process with TensorFlow alone can load it.

Examples:
  tfragan export --workdir=runs/cub --output=serving/cub
  tfragan export --workdir=runs/cub --output=serving/cub --model_version=7 \\
      --caption="a red bird"
"""

import pathlib

from tfragan.cli.errors import UsageError
from tfragan.cli.vocabulary import Flag

USAGE = "--workdir=FOLDER --output=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder or preset of an AttnGAN",
    "output": "folder of the versions",
    "model_version": Flag(
        "integer", "number of the version; 0 for the next free one", "N", 0
    ),
    "caption": "a caption that the server warms up with; may be repeated",
}


def run(arguments):
    """Writes the SavedModel."""
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("workdir", "output")
    start_tensorflow()
    from tfragan import export
    from tfragan.cli import run_folder
    from tfragan.models import AttnGAN

    model = AttnGAN.from_preset(run_folder.preset_of(arguments.workdir))
    folder = version_folder(arguments.output, arguments.model_version)
    export.saved_model(model, folder, warmup=list(arguments.caption) or None)
    print(f"SavedModel in {folder}")


def version_folder(output, version=0):
    """Where the next SavedModel goes.

    Args:
        output: the folder of the versions.
        version: the number; 0 for one more than the highest there.

    Returns:
        A `pathlib.Path`.

    Raises:
        UsageError: if that version exists.
    """
    output = pathlib.Path(output)
    numbers = [0]
    if output.is_dir():
        numbers += [
            int(folder.name)
            for folder in output.iterdir()
            if folder.name.isdigit()
        ]
    folder = output / str(version or max(numbers) + 1)
    if folder.exists():
        raise UsageError(f"{folder} exists; versions are never overwritten.")
    return folder
