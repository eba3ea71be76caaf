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

import tfragan
from tfragan.atomic_file import write_json_lines
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import ONE_AT_A_TIME
from tfragan.cli.flags import Flag
from tfragan.cli.quiet_start import start_tensorflow
from tfragan.place import local_path

USAGE = "--workdir=FOLDER|--preset=NAME [INPUT ...] [flags]"
FLAGS = {
    "workdir": "run folder or preset of a U-GAT-IT or a CycleGAN",
    "preset": None,
    "input": Flag(
        "paths",
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
    "batch_size": ONE_AT_A_TIME,
    "on_bad_item": None,
    "output": "folder of the translations [default: <workdir>/translated]",
    "progress": "show the progress",
}


def run(arguments):
    """Writes the translations."""
    arguments.require("workdir")
    if arguments.input and arguments.data:
        raise UsageError("--data and an input cannot be given together.")
    arguments.check_at_least(batch_size=1)
    start_tensorflow()
    from tfragan.cli import runs
    from tfragan.cli.image_translator import FileTranslation
    from tfragan.cli.image_translator import ImageTranslator
    from tfragan.models.translation import read_translation_preset

    preset = runs.preset_of(arguments.workdir)
    model_class, stored = read_translation_preset(preset)
    if arguments.heat_maps and not model_class.has_heat_maps:
        raise UsageError(
            f"--heat_maps: {model_class.__name__} has no attention, hence no "
            "heat maps."
        )
    output = arguments.output_folder("translated")
    for direction, domains in _inputs_of_arguments(arguments).items():
        translator = ImageTranslator(
            preset, direction, stored["config"]["image_size"], arguments
        )
        translation = FileTranslation(
            translator, domains, output / direction, arguments
        )
        write_json_lines(output / f"{direction}.jsonl", translation.run())


def _inputs_of_arguments(arguments):
    """Dict of direction to the list of `ImageDomain` that it starts from."""
    if arguments.input:
        domains = [
            tfragan.data.image_domain(path, arguments.on_bad_item)
            for path in arguments.input
        ]
        directions = _directions(arguments.direction or "ab")
        return dict.fromkeys(directions, domains)
    source = arguments.data or _source_of_run(arguments.workdir)
    return {
        direction: [_source_domain(source, arguments, direction)]
        for direction in _directions(arguments.direction or "both")
    }


def _directions(name):
    from tfragan.models.translation import DIRECTIONS

    return DIRECTIONS if name == "both" else (name,)


def _source_of_run(workdir):
    from tfragan.cli import runs

    try:
        return runs.config_of(workdir).data.source
    except ValueError as error:
        raise UsageError(
            f"an input or --data is required, since {error}"
        ) from error


def _source_domain(source, arguments, direction):
    """The domain that a direction starts from; the other may be missing."""
    letter = direction[0]
    try:
        both = tfragan.data.unpaired_images(
            source, arguments.split, on_bad_item=arguments.on_bad_item
        )
    except ValueError:
        folder = local_path(source) / f"{arguments.split}{letter.upper()}"
        if not folder.is_dir():
            raise
        return tfragan.data.image_domain(folder, arguments.on_bad_item)
    return getattr(both, f"domain_{letter}")
