"""Writes a SavedModel for servers, or TensorFlow Lite files for devices.

The SavedModel goes to <output>/<version>/, as TensorFlow Serving wants it,
and appears there complete or not at all, after it has been loaded and compared
with the model. A process with TensorFlow alone can load it; export.json beside
it tells what it is. Its signatures:

Text to image: serving_default (captions and seeds to PNG), with_size (in the
size that is asked for) and images (pixels); with attention to the words
with_attention (the attention maps and the words too), with several stages
with_stages (the images of all stages), SSA-GAN with_masks (the masks of all
blocks and the words too), SSA-GAN and DF-GAN with_truncation (of their noise).

U-GAT-IT and CycleGAN: serving_default (JPEG or PNG files of any size to PNG at
the model's size), input_size (to PNG at the size of each file), with_attention
(U-GAT-IT: the heat map too) and images (pixels). These are of the first
direction; ab, ab_input_size, ba, ba_input_size and so on name one.

RAGAN: edit (JPEG or PNG files of any size and captions to PNG), or colorize of
a model that takes gray images and translate of another that is supervised, or
ab and ba where images go both ways. Of the files the largest square in the
middle is seen, or all where images go both ways, at the model's size. A model
with an image encoder takes seeds of random codes too, and
<name>_from_reference takes files instead whose codes they are; a model that
labels guide takes label_ids for captions. <name>_with_attention also gives the
attention maps, and the words of captions. serving_default and with_attention
are the first of these.

--format=tflite writes <output>/ab.tflite and ba.tflite for phones and other
small devices, of U-GAT-IT in its light form and of CycleGAN: pixels in, pixels
out, nothing but the runtime's own operations.

Examples:
  tfragan export --workdir=runs/cub --output=serving/cub
  tfragan export --workdir=runs/cub --output=serving/cub --model_version=7 \\
      --caption="a red bird"
  tfragan export --workdir=runs/cat2dog --output=serving/cat2dog
  tfragan export --workdir=runs/edit --output=serving/edit
  tfragan export --workdir=runs/cat2dog --output=lite --format=tflite \\
      --direction=ab --float16
"""

import importlib.util
import pathlib

from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag
from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.place import storage_address
from tfragan.regular_file import read_regular

USAGE = "--workdir=FOLDER|--preset=NAME --output=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder or preset of a generator",
    "preset": None,
    "output": Flag(
        "string",
        "folder of all versions, or of the TensorFlow Lite files; also one of "
        "a storage that this TensorFlow writes to, such as gs://bucket/birds",
        "FOLDER",
    ),
    "format": Flag(
        "choice",
        "what is written",
        default="saved_model",
        choices=("saved_model", "tflite"),
    ),
    "model_version": Flag(
        "integer", "number of the version; 0 for the next free one", "N", 0
    ),
    "direction": Flag(
        "choice",
        "what a translation goes from and to",
        default="both",
        choices=("ab", "ba", "both"),
    ),
    "row_by_row": Flag(
        "boolean",
        "compute each caption or image by itself, for the same bytes whatever "
        "else is in its request; otherwise whole batches, which is faster, and "
        "a pixel may differ by one level",
        default=False,
    ),
    "float16": Flag(
        "boolean",
        "keep the weights in half precision: half the size, the same "
        "arithmetic",
        default=False,
    ),
    "jit_compile": Flag(
        "boolean",
        "have XLA compile the computation, row by row: small models answer "
        "faster, where the server allows it",
        default=False,
    ),
    "bfloat16": Flag(
        "boolean",
        "compute in mixed bfloat16, whatever the run trained in: faster on "
        "processors with units for it, such as Intel's AMX; pixels differ by "
        "some levels",
        default=False,
    ),
    "max_pixels": Flag(
        "integer",
        "most pixels of a request, of its files together and of the pictures "
        "that it asks for; more is refused before anything is decoded",
        "N",
        4096 * 4096,
    ),
    "warmup": Flag(
        "boolean",
        "add requests that TensorFlow Serving answers, by every signature, "
        "before it takes others; made up where there is neither --caption nor "
        "--warmup_image; needs the package tensorflow-serving-api",
        default=True,
    ),
    "caption": "a caption to warm up with; may be repeated",
    "warmup_image": Flag(
        "paths",
        "JPEG or PNG file to warm up with, in place of --caption for models "
        "that take images; may be repeated",
        "FILE",
        [],
    ),
}


_OF_SOME_MODELS = {"caption", "direction", "warmup_image"}
_NOT_OF_TFLITE = {
    "model_version",
    "row_by_row",
    "jit_compile",
    "bfloat16",
    "max_pixels",
    "warmup",
    "caption",
    "warmup_image",
}


def run(arguments):
    """Writes what is asked for."""
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("workdir", "output")
    if arguments.format == "tflite":
        _refuse(
            arguments.given & _NOT_OF_TFLITE, f"--format={arguments.format}"
        )
    start_tensorflow()
    from tfragan.cli import runs
    from tfragan.export.serving import serving_class

    # Before anything is loaded.
    output = storage_address(arguments.output) or local_path(arguments.output)

    preset = runs.preset_of(arguments.workdir)
    model_class = runs.model_class_of(arguments.workdir)
    serving = serving_class(model_class)
    unfit = arguments.given & (_OF_SOME_MODELS - {*serving.flags})
    if arguments.format == "tflite" and not serving.writes_lite:
        unfit = {"format"}
    _refuse(unfit, f"a preset of {model_class.__name__}")
    model = model_class.from_preset(preset)
    if arguments.format == "tflite":
        _write_lite(arguments, output, model, preset)
    else:
        _write_saved_model(arguments, output, model, preset, serving)


def _refuse(flags, what):
    if flags:
        raise UsageError(f"--{min(flags)} is not used for {what}.")


def _write_saved_model(arguments, output, model, preset, serving):
    from tfragan import export
    from tfragan.export.metadata import METADATA_FILE
    from tfragan.models.preset import weights_file_sha256

    options = {}
    if "direction" in serving.flags:
        options["direction"] = arguments.direction
    folder = export.saved_model(
        model,
        output,
        version=arguments.model_version or None,
        warmup=_warmup(arguments),
        # Which preset it was, without the folders of this machine.
        parent={
            "preset": "/".join(pathlib.Path(preset).absolute().parts[-2:]),
            "weights_file_sha256": weights_file_sha256(preset),
        },
        row_by_row=arguments.row_by_row,
        float16=arguments.float16,
        jit_compile=arguments.jit_compile,
        bfloat16=arguments.bfloat16,
        max_pixels=arguments.max_pixels,
        **options,
    )
    told = _told(f"{folder}/{METADATA_FILE}")
    print(
        f"SavedModel of {preset} in {folder}, "
        f"{len(told['signatures'])} signatures; pixels differ from the "
        f"model's by at most {told['parity']['max_pixel_difference']} of 255"
    )


def _told(path):
    """What was written about an export, in whatever storage."""
    import tensorflow as tf

    with tf.io.gfile.GFile(path, "rb") as file:
        return parse_json(file.read())


def _warmup(arguments):
    """What the server warms up with; True for made-up requests."""
    samples = [
        *arguments.caption,
        *(read_regular(path) for path in arguments.warmup_image),
    ]
    if samples or not arguments.warmup:
        return samples
    if importlib.util.find_spec("tensorflow_serving") is None:
        print(
            "no warm-up requests: they need tensorflow-serving-api, "
            'pip install "tfragan[serving]"'
        )
        return None
    return True


def _write_lite(arguments, output, model, preset):
    import tensorflow as tf

    from tfragan import export

    both = arguments.direction == "both"
    for direction in ("ab", "ba") if both else (arguments.direction,):
        path = export.lite(
            model,
            f"{output}/{direction}.tflite",
            direction,
            float16=arguments.float16,
        )
        told = _told(f"{path}.json")
        difference = told["parity"]["max_pixel_difference"]
        size = tf.io.gfile.stat(path).length
        print(
            f"{direction} of {preset} in {path}, {size:,} "
            f"bytes; pixels differ from the model's by {difference} of 255"
        )
