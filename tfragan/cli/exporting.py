"""The work of `tfragan export`."""

import importlib.util
import json
import pathlib

from tfragan import export as exports
from tfragan.cli import runs
from tfragan.cli.errors import UsageError
from tfragan.export.metadata import METADATA_FILE
from tfragan.models import RAGAN
from tfragan.models import ImageTranslationModel
from tfragan.models.preset import weights_file_sha256
from tfragan.models.translation import DIRECTIONS

_OF_CAPTIONS = {"caption"}
_OF_IMAGES = {"warmup_image"}
_OF_TRANSLATION = {"direction", "warmup_image"}


def export(arguments):
    """Writes a SavedModel or TensorFlow Lite files.

    Args:
        arguments: the parsed command line.

    Raises:
        UsageError: for flags that are of no use with the model.
    """
    preset = runs.preset_of(arguments.workdir)
    model_class = runs.model_class_of(arguments.workdir)
    translates = issubclass(model_class, ImageTranslationModel)
    _check_flags(arguments, model_class)
    model = model_class.from_preset(preset)
    if arguments.format == "tflite":
        _write_lite(arguments, model, preset)
        return
    options = {"direction": arguments.direction} if translates else {}
    folder = exports.saved_model(
        model,
        arguments.output,
        version=arguments.model_version or None,
        warmup=_warmup(arguments),
        parent=_parent(preset),
        row_by_row=arguments.row_by_row,
        float16=arguments.float16,
        jit_compile=arguments.jit_compile,
        **options,
    )
    told = json.loads((folder / METADATA_FILE).read_text("utf-8"))
    print(
        f"SavedModel of {preset} in {folder}, "
        f"{len(told['signatures'])} signatures; pixels differ from the "
        f"model's by at most {told['parity']['max_pixel_difference']} of 255"
    )


def _warmup(arguments):
    """What the server warms up with; True for made-up requests."""
    samples = [
        *arguments.caption,
        *(pathlib.Path(path).read_bytes() for path in arguments.warmup_image),
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


def _parent(preset):
    """Which preset it was, without the folders of this machine."""
    return {
        "preset": "/".join(pathlib.Path(preset).absolute().parts[-2:]),
        "weights_file_sha256": weights_file_sha256(preset),
    }


def _check_flags(arguments, model_class):
    used = _OF_CAPTIONS
    if issubclass(model_class, RAGAN):
        used = _OF_IMAGES
    if issubclass(model_class, ImageTranslationModel):
        used = _OF_TRANSLATION
    wrong = arguments.given & ((_OF_CAPTIONS | _OF_TRANSLATION) - used)
    if arguments.format == "tflite" and used is not _OF_TRANSLATION:
        wrong = {"format"}
    if wrong:
        raise UsageError(
            f"--{min(wrong)} is of no use with a preset of "
            f"{model_class.__name__}."
        )


def _write_lite(arguments, model, preset):
    both = arguments.direction == "both"
    for direction in DIRECTIONS if both else [arguments.direction]:
        path = exports.lite(
            model,
            pathlib.Path(arguments.output) / f"{direction}.tflite",
            direction,
            float16=arguments.float16,
        )
        told = json.loads(
            path.with_name(f"{path.name}.json").read_text("utf-8")
        )
        difference = told["parity"]["max_pixel_difference"]
        print(
            f"{direction} of {preset} in {path}, {path.stat().st_size:,} "
            f"bytes; pixels differ from the model's by {difference} of 255"
        )
