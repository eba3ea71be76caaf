"""Makes pictures of captions with a trained AttnGAN.

The captions come from --caption, from a file with one a line, or from a split
of the data set that the run was trained on. Each picture's name leads back to
its caption; samples.jsonl beside the pictures lists caption, seed and, for a
data set, the image's key. The same caption and seed give the same picture.

Examples:
  tfragan sample --workdir=runs/cub --caption="a red bird" --caption="a crow"
  tfragan sample --workdir=runs/cub --captions_file=captions.txt --attention
  tfragan sample --workdir=runs/cub --split=test --count=1000 --output=fakes
"""

import json
import pathlib

from tfragan.cli.vocabulary import Flag

USAGE = "--workdir=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder or preset of an AttnGAN",
    "caption": None,
    "captions_file": None,
    "data": "data set of the captions [default: that of the run]",
    "layout": None,
    "split": "split whose captions are taken where no caption is given",
    "count": "pictures of a split; 0 for all",
    "seed": "seed of the first picture; each next one gets the next seed",
    "attention": Flag(
        "boolean", "also draw what the words look at", default=False
    ),
    "batch_size": None,
    "output": "folder of the pictures [default: <workdir>/sampled]",
}


def run(arguments):
    """Writes the pictures."""
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("workdir")
    start_tensorflow()
    from tfragan.cli import captions_in
    from tfragan.cli import run_folder
    from tfragan.models import AttnGAN

    preset = run_folder.preset_of(arguments.workdir)
    captions = captions_in.captions_of_arguments(arguments)
    if not captions:
        captions = captions_in.captions_of_dataset(
            _dataset(arguments), arguments.count
        )
    model = AttnGAN.from_preset(preset)
    output = pathlib.Path(
        arguments.output or pathlib.Path(arguments.workdir) / "sampled"
    )
    output.mkdir(parents=True, exist_ok=True)
    write_samples(
        model,
        captions,
        output,
        arguments.seed,
        arguments.batch_size,
        arguments.attention,
    )
    print(f"{len(captions)} pictures in {output}")


def write_samples(model, captions, output, seed, batch_size, attention):
    """Writes a PNG a caption, and samples.jsonl.

    Args:
        model: an `AttnGAN`.
        captions: list of `NamedCaption`.
        output: the folder, `pathlib.Path`.
        seed: seed of the first caption.
        batch_size: captions at a time.
        attention: whether to draw the attention panels too.
    """
    from tfragan.visualization import write_png

    lines = []
    for start in range(0, len(captions), batch_size):
        part = captions[start : start + batch_size]
        images, maps = model.generate(
            [named.caption for named in part],
            seed=seed + start,
            return_attention_maps=True,
        )
        for place, named in enumerate(part):
            path = output / f"{named.name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_png(path, images[place])
            line = {
                "file": f"{named.name}.png",
                "caption": named.caption,
                "seed": seed + start + place,
            }
            if named.key:
                line["key"] = named.key
            if attention and maps:
                line["attention"] = f"{named.name}_attention.png"
                write_png(
                    output / line["attention"],
                    _panel(model, named.caption, images, maps, place),
                )
            lines.append(json.dumps(line, ensure_ascii=False))
    (output / "samples.jsonl").write_text(
        "\n".join(lines) + "\n", encoding="utf-8"
    )


def _panel(model, caption, images, maps, place):
    from tfragan.visualization import attention_figure

    part = slice(place, place + 1)
    return attention_figure(
        images[part],
        [stage[part] for stage in maps],
        [caption],
        [model.tokenizer.words(caption)],
    )


def _dataset(arguments):
    from tfragan.cli import experiment
    from tfragan.cli import run_folder

    config = run_folder.config_of(arguments.workdir)
    experiment.point_to_data(config, arguments)
    return experiment.open_split(config, arguments.split)
