"""Writes a SavedModel that turns captions into pictures.

The SavedModel goes to <output>/<version>/, as TensorFlow Serving wants it,
and appears there complete or not at all, after it has been loaded and compared
with the model. Its signatures: serving_default (captions and seeds to PNG),
with_attention (the attention maps and the words too) and images (pixels). A
process with TensorFlow alone can load it; export.json beside it tells what it
is.

Examples:
  tfragan export --workdir=runs/cub --output=serving/cub
  tfragan export --workdir=runs/cub --output=serving/cub --model_version=7 \\
      --caption="a red bird"
"""

from tfragan.cli.vocabulary import Flag

USAGE = "--workdir=FOLDER --output=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder or preset of an AttnGAN",
    "output": "folder of all versions",
    "model_version": Flag(
        "integer", "number of the version; 0 for the next free one", "N", 0
    ),
    "row_by_row": Flag(
        "boolean",
        "the same bytes for a caption whatever else is in its request; "
        "--norow_by_row is faster for large requests",
        default=True,
    ),
    "caption": "a caption that TensorFlow Serving warms up with; may be "
    "repeated; needs the package tensorflow-serving-api",
}


def run(arguments):
    """Writes the SavedModel."""
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("workdir", "output")
    start_tensorflow()
    from tfragan import export
    from tfragan.cli import run_folder
    from tfragan.models import AttnGAN

    preset = run_folder.preset_of(arguments.workdir)
    folder = export.saved_model(
        AttnGAN.from_preset(preset),
        arguments.output,
        version=arguments.model_version or None,
        warmup=list(arguments.caption) or None,
        row_by_row=arguments.row_by_row,
    )
    print(f"SavedModel of {preset} in {folder}")
