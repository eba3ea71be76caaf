"""The work of `tfragan sample`."""

import inspect
import pathlib

from tfragan.cli import captions_in
from tfragan.cli import experiment
from tfragan.cli import interpolation
from tfragan.cli import run_folder
from tfragan.cli.errors import UsageError
from tfragan.cli.sample_writer import SampleWriter
from tfragan.models.preset import preset_class
from tfragan.models.text_to_image import TextToImageModel

_OF_DATA = ("data", "layout", "split", "captions_per_image")
_OF_BETWEEN = ("to_seed", "steps")
# What a flag draws, and the name of the maps that it takes for that.
_DRAWN = {
    "attention": (("attention",), "attention_maps"),
    "masks": (("masks", "mask_panels"), "masks"),
}


def sample(arguments):
    """Draws what the command line asks for.

    Args:
        arguments: the parsed command line.

    Raises:
        UsageError: for flags that the model or each other cannot follow.
    """
    preset = run_folder.preset_of(arguments.workdir)
    model_class = preset_class(preset)
    options = _options(arguments, model_class, preset)
    given = captions_in.captions_of_arguments(arguments)
    if given:
        arguments.refuse(_OF_DATA, "captions that are given")
    if arguments.between:
        captions = [named.caption for named in given]
        interpolation.check(arguments, model_class, captions)
        model = model_class.from_preset(preset)
        interpolation.write(model, captions, arguments, options)
        return
    arguments.refuse(_OF_BETWEEN, "pictures without --between")
    captions = given or captions_in.captions_of_dataset(
        _dataset(arguments),
        arguments.captions_per_image,
        arguments.count,
        arguments.seed,
    )
    model = model_class.from_preset(preset)
    kinds = []
    for flag in _maps_asked_for(arguments):
        if not model.map_shapes():
            raise UsageError(f"--{flag}: a model of one stage has none.")
        kinds += _DRAWN[flag][0]
    output = pathlib.Path(
        arguments.output or pathlib.Path(arguments.workdir) / "sampled"
    )
    writer = SampleWriter(model, preset, output, options, kinds)
    count = arguments.count or len(captions)
    kept = writer.write(
        captions,
        count,
        arguments.seed,
        arguments.batch_size,
        arguments.progress,
    )
    before = f", {kept:,} of them from before" if kept else ""
    print(f"{count:,} picture{'s' * (count != 1)} in {output}{before}")


def _options(arguments, model_class, preset):
    """What the model's `sample` is told, checked."""
    name = model_class.__name__
    if not issubclass(model_class, TextToImageModel):
        raise UsageError(
            f"{preset} holds a preset of {name}, which makes no pictures of "
            "captions."
        )
    for flag in _maps_asked_for(arguments):
        if model_class.map_name != _DRAWN[flag][1]:
            raise UsageError(f"--{flag}: {name} has none.")
    if arguments.truncation is None:
        return {}
    if "truncation" not in inspect.signature(model_class.generate).parameters:
        raise UsageError(
            f"--truncation: {name} draws its noise as in training."
        )
    if not 0.0 < arguments.truncation <= 1.0:
        raise UsageError(
            "--truncation must be above 0 and at most 1. Received: "
            f"{arguments.truncation}"
        )
    return {"truncation": arguments.truncation}


def _maps_asked_for(arguments):
    return [flag for flag in _DRAWN if getattr(arguments, flag)]


def _dataset(arguments):
    config = run_folder.config_of(arguments.workdir)
    experiment.point_to_data(config, arguments)
    return experiment.open_split(config, arguments.split)
