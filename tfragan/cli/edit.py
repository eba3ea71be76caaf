"""Edits photos by captions, labels or other images, with a RAGAN.

Arguments without a flag are photos where they are files, and captions
otherwise. Each photo is edited by each caption. The pictures go to <output>
under the names of photo and caption, grid.png there shows all of them, a row a
photo and a column a caption, and edits.jsonl lists them.

Of a photo the largest square in the middle is seen, at the size that the
model was trained at.

Examples:
  tfragan edit --workdir=runs/ragan photo.jpg "this bird is red"
  tfragan edit --workdir=runs/ragan a.jpg b.jpg "a red bird" "a white bird"
  tfragan edit --workdir=runs/ragan a.jpg "a gray bird" "blue wings" --chain
  tfragan edit --workdir=runs/ragan_emoji a.png --labels="Objects,twemoji"
  tfragan edit --workdir=runs/noto2twemoji a.png --reference=other.png
"""

import dataclasses

import numpy as np

import tfragan
from tfragan.cli import photo_inputs
from tfragan.cli.flags import Flag

USAGE = "--workdir=FOLDER PHOTO ... [CAPTION ...] [flags]"
FLAGS = {
    "workdir": "run folder or preset of a RAGAN that is not supervised",
    "preset": None,
    **photo_inputs.FLAGS,
    "reference": Flag(
        "paths",
        "for models guided by images: an image or a folder of images; may be "
        "repeated",
        "PATH",
        [],
    ),
    "direction": Flag(
        "choice",
        "for models guided by images: from domain A to B, or back",
        default="ab",
        choices=("ab", "ba"),
    ),
    "chain": Flag(
        "boolean",
        "edit the result of each caption by the next one",
        default=False,
    ),
    "output": "folder of the pictures [default: <workdir>/edited]",
}


def run(arguments):
    """Edits the photos and writes the pictures."""
    inputs = photo_inputs.PhotoInputs(arguments, supervised=False)
    from tfragan.cli.picture_writer import PictureWriter

    model = inputs.model
    if model.setting.both_ways:
        arguments.refuse(["chain"], "images of two domains")
    else:
        arguments.refuse(["direction"], "a model of one domain")
    guidances, photos = inputs.guidances(), inputs.photos()
    each = _chain if arguments.chain else tfragan.visualization.translate_each
    outputs = each(
        model.translate,
        photos.images,
        guidances,
        direction=arguments.direction,
        batch_size=arguments.batch_size,
    )
    output = arguments.output_folder("edited")
    if arguments.chain:
        guidances = [guidances[0], *map(_then, guidances[1:])]
    writer = PictureWriter(output, photos, guidances, arguments.attention)
    writer.write(outputs)
    figure = tfragan.visualization.edit_figure(
        photos.images, outputs["image"], guidances
    )
    writer.close(figure, "edits.jsonl")


def _chain(translate, images, guidances, **options):
    """As `translate_each`, each guidance on what the last one gave."""
    results = []
    for guidance in guidances:
        results.append(
            tfragan.visualization.translate_each(
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
