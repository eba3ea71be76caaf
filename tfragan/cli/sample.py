"""Makes pictures of captions with a trained model of text to image.

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

import inspect

import tfragan
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import ONE_AT_A_TIME
from tfragan.cli.flags import Flag
from tfragan.cli.quiet_start import start_tensorflow

USAGE = "--workdir=FOLDER|--preset=NAME [flags]"
FLAGS = {
    "workdir": "run folder or preset of a model of text to image",
    "preset": None,
    "caption": None,
    "captions_file": None,
    "data": "data set of the captions [default: that of the run]",
    "layout": None,
    "split": "split whose captions are taken where no caption is given",
    "captions_per_image": None,
    "count": "pictures, 0 for one of each caption; with --between rows "
    "[default: 4]",
    "seed": "seed of the first picture; each next one gets the next seed",
    "truncation": None,
    "attention": Flag(
        "boolean",
        "also draw the attention maps, in <output>_attention",
        default=False,
    ),
    "masks": Flag(
        "boolean",
        "also draw where the sentence is applied: the last mask in gray in "
        "<output>_masks, all of them in <output>_mask_panels",
        default=False,
    ),
    "sheet": Flag(
        "boolean",
        "also draw the first pictures above their captions, in "
        "<output>_sheet.png",
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
    "batch_size": ONE_AT_A_TIME,
    "output": "folder of the pictures [default: <workdir>/sampled, or "
    "<workdir>/between]",
    "progress": "show the progress of many pictures",
}


_OF_DATA = ("data", "layout", "split", "captions_per_image")
_OF_BETWEEN = ("to_seed", "steps")
# What a flag draws.
_DRAWN = {"attention": ("attention",), "masks": ("masks", "mask_panels")}


def run(arguments):
    """Writes the pictures."""
    arguments.require("workdir")
    arguments.check_at_least(batch_size=1, steps=2, count=0)
    start_tensorflow()
    from tfragan.cli import captions_in
    from tfragan.cli import runs
    from tfragan.cli.sample_writer import SampleWriter

    preset = runs.preset_of(arguments.workdir)
    model_class = runs.model_class_of(arguments.workdir)
    options = _options(arguments, model_class, preset)
    given = captions_in.captions_of_arguments(arguments)
    if given:
        arguments.refuse(_OF_DATA, "captions that are given")
    if arguments.between:
        captions = [named.caption for named in given]
        _draw_between(captions, arguments, model_class, preset, options)
        return
    arguments.refuse(_OF_BETWEEN, "pictures without --between")
    captions = given or captions_in.captions_of_dataset(
        _dataset(arguments),
        arguments.captions_per_image,
        arguments.count,
        arguments.seed,
    )
    model = model_class.from_preset(preset)
    captions_in.say_unknown(
        [named.caption for named in captions], model.tokenizer
    )
    kinds = []
    for flag in _maps_asked_for(arguments):
        if not model.map_shapes():
            raise UsageError(f"--{flag}: a model of one stage has none.")
        kinds += _DRAWN[flag]
    output = arguments.output_folder("sampled")
    writer = SampleWriter(model, preset, output, options, kinds)
    count = arguments.count or len(captions)
    kept = writer.write(
        captions,
        count,
        arguments.seed,
        arguments.batch_size,
        arguments.progress,
    )
    if arguments.sheet:
        writer.draw_sheet(output.with_name(f"{output.name}_sheet.png"))
    before = f", {kept:,} of them from before" if kept else ""
    print(f"{count:,} picture{'s' * (count != 1)} in {output}{before}")


def _draw_between(captions, arguments, model_class, preset, options):
    """Writes the images in between of one or two captions."""
    from tfragan.cli import captions_in
    from tfragan.cli import interpolation

    arguments.refuse(("sheet",), "--between")
    interpolation.check(arguments, model_class, captions)
    model = model_class.from_preset(preset)
    captions_in.say_unknown(captions, model.tokenizer)
    interpolation.write(model, captions, arguments, options)


def _options(arguments, model_class, preset):
    """What the model's `sample` is told, checked."""
    name = model_class.__name__
    if not issubclass(model_class, tfragan.models.TextToImageModel):
        raise UsageError(
            f"{preset} holds a preset of {name}, which makes no pictures of "
            "captions."
        )
    for flag in _maps_asked_for(arguments):
        if flag != _flag_of_maps(model_class.map_name):
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


def _flag_of_maps(name):
    """The flag that draws maps of a name, None where there are none."""
    return "masks" if name == "masks" else name and "attention"


def _maps_asked_for(arguments):
    return [flag for flag in _DRAWN if getattr(arguments, flag)]


def _dataset(arguments):
    from tfragan.cli import runs
    from tfragan.cli.experiment import open_experiment

    config = arguments.point_to_data(runs.config_of(arguments.workdir))
    return open_experiment(config).open_split(arguments.split)
