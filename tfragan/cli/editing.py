"""The work of `tfragan edit`."""

import dataclasses
import pathlib

import numpy as np

from tfragan import visualization
from tfragan.cli.photo_inputs import PhotoInputs
from tfragan.cli.picture_writer import PictureWriter


def edit(arguments):
    """Edits what the command line names.

    Args:
        arguments: the parsed command line.

    Raises:
        UsageError: for flags that the model cannot follow.
    """
    inputs = PhotoInputs(arguments, supervised=False)
    model = inputs.model
    if model.setting.both_ways:
        arguments.refuse(["chain"], "images of two domains")
    else:
        arguments.refuse(["direction"], "a model of one domain")
    guidances, photos = inputs.guidances(), inputs.photos()
    each = _chain if arguments.chain else visualization.translate_each
    outputs = each(
        model.translate,
        photos.images,
        guidances,
        direction=arguments.direction,
        batch_size=arguments.batch_size,
    )
    output = pathlib.Path(
        arguments.output or pathlib.Path(arguments.workdir) / "edited"
    )
    if arguments.chain:
        guidances = [guidances[0], *map(_then, guidances[1:])]
    writer = PictureWriter(output, photos, guidances, arguments.attention)
    writer.write(outputs)
    figure = visualization.edit_figure(
        photos.images, outputs["image"], guidances
    )
    writer.close(figure, "edits.jsonl")


def _chain(translate, images, guidances, **options):
    """As `translate_each`, each guidance on what the last one gave."""
    results = []
    for guidance in guidances:
        results.append(
            visualization.translate_each(
                translate, images, [guidance], **options
            )
        )
        images = results[-1]["image"][:, 0]
    stages = zip(*(one["attention_maps"] for one in results), strict=True)
    return {
        "image": np.concatenate([one["image"] for one in results], 1),
        "attention_maps": [np.concatenate(maps, 1) for maps in stages],
    }


def _then(guidance):
    return dataclasses.replace(guidance, label=f"then {guidance.label}")
