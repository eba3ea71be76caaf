"""`tfragan sample --between`: images between two captions or noises."""

import numpy as np

from tfragan import visualization
from tfragan.cli.errors import UsageError
from tfragan.cli.file_names import file_name
from tfragan.models.text_to_image import linear_steps
from tfragan.models.text_to_image import spherical_steps

_OF_PICTURES = (
    "data",
    "layout",
    "split",
    "captions_per_image",
    "attention",
    "masks",
)
_ROWS = 4


def check(arguments, model_class, captions):
    """Refuses captions and models that cannot be interpolated."""
    if not hasattr(model_class, "generate_between"):
        raise UsageError(
            f"--between: {model_class.__name__} does not interpolate between "
            "captions; SSAGAN and DFGAN do."
        )
    arguments.refuse(_OF_PICTURES, "what --between draws")
    enough = 2 if arguments.to_seed is None else 1
    if not enough <= len(captions) <= 2:
        raise UsageError(
            "--between takes two captions, or one with --to_seed. Received: "
            f"{len(captions)} captions"
        )
    if arguments.to_seed is not None:
        arguments.refuse(["count"], "an interpolation to --to_seed")


def write(model, captions, arguments, options):
    """Draws the images in between and writes them as one PNG.

    Of one or two captions, by a `OneStageModel`; `options` are what the noise
    is drawn with.
    """
    output = arguments.output_folder("between")
    seeds = [arguments.seed]
    if arguments.to_seed is not None:
        seeds.append(arguments.to_seed)
    name = "_to_".join(map(file_name, captions))
    name += "_seed_" + "_to_".join(map(str, seeds))
    path = visualization.write_png(
        output / f"{name}.png", _figure(model, captions, arguments, options)
    )
    print(path)


def _figure(model, captions, arguments, options):
    """The images in between as one picture, (height, width, 3) uint8."""
    first, last, steps = arguments.seed, arguments.to_seed, arguments.steps
    seeds = [first, last]
    if last is None:
        seeds = [first + row for row in range(arguments.count or _ROWS)]
    noise = [model.noise_of(seed, **options)[0] for seed in seeds]
    labels = [f"seed {seed}" for seed in seeds]
    if last is not None:
        noise = spherical_steps(noise[0], noise[1], steps)
        labels[1:1] = [""] * (steps - 2)
    sentences = model.damsm.encode_captions(captions)
    if len(captions) == 1:
        images = _images(model, sentences, noise, arguments.batch_size)
        # The noise changes from left to right.
        return visualization.interpolation_figure(
            images.swapaxes(0, 1), (labels[0], labels[-1]), title=captions[0]
        )
    sentences = linear_steps(sentences[0], sentences[1], steps)
    images = _images(model, sentences, noise, arguments.batch_size)
    return visualization.interpolation_figure(images, captions, labels)


def _images(model, sentences, noise, batch_size):
    """(noises, sentences, size, size, 3) uint8: each with each."""
    pairs = [(sentence, one) for one in noise for sentence in sentences]
    parts = []
    for start in range(0, len(pairs), batch_size):
        part = [
            np.stack(each)
            for each in zip(*pairs[start : start + batch_size], strict=True)
        ]
        parts.append(model.generate_between(*part)["image"].numpy())
    images = np.concatenate(parts)
    return images.reshape(len(noise), len(sentences), *images.shape[1:])
