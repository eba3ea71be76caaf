"""What a report shows of models of captioned images."""

import numpy as np

from tfragan import models
from tfragan.cli import experiment
from tfragan.cli.families import experiment_class
from tfragan.models.preset import preset_class
from tfragan.reports.image_study import ImagePool
from tfragan.reports.image_study import ImageStudy
from tfragan.reports.report_pictures import spread
from tfragan.visualization import to_pixels

_AT_ONCE = 64
COSINE = "the cosine of image and caption by the run's DAMSM"


def caption_studies(arguments, config, preset):
    """Generated pictures, or for a DAMSM the real ones, with their captions.

    Args:
        arguments: the parsed command line.
        config: the config of the run.
        preset: the preset's folder.

    Returns:
        List of one `ImageStudy`.
    """
    experiment.point_to_data(config, arguments)
    held_out = experiment.open_split(config, arguments.split)
    held_out = held_out.select(spread(range(len(held_out)), arguments.count))
    captions = [item.captions[0] for item in held_out.items]
    if config.model == "damsm":
        return [_pairs(config, preset, held_out, captions)]
    model = preset_class(preset).from_preset(preset)
    images = model.generate_outputs(
        captions, seed=arguments.seed, batch_size=arguments.batch_size
    )["image"]
    real = _pool(config, held_out, model.image_sizes[-1])
    train = experiment.open_split(config, config.data.train_split)
    train = experiment_class(config).fit_data(config, model, train)
    return [
        ImageStudy(
            title="",
            made="generated pictures",
            images=images,
            names=captions,
            scores=caption_cosines(model.damsm, images, captions),
            score=COSINE,
            held_out=real.read(range(len(real))),
            held_out_names=real.keys,
            training=_pool(config, train, model.image_sizes[-1]),
        )
    ]


def _pairs(config, preset, held_out, captions):
    damsm = models.DAMSM.from_preset(preset)
    side = config.data.image_size or damsm.image_encoder.input_size
    real = _pool(config, held_out, side)
    images = real.read(range(len(real)))
    return ImageStudy(
        title="",
        made="held-out pairs of image and caption",
        images=images,
        names=captions,
        scores=caption_cosines(damsm, images, captions),
        score=COSINE,
        alone="nearest training images are not shown: a DAMSM makes no "
        "pictures.",
    )


def caption_cosines(damsm, images, captions):
    """How similar images are to their captions.

    Args:
        damsm: a `DAMSM`.
        images: (n, height, width, 3) uint8.
        captions: n of str.

    Returns:
        float (n,), the cosines of their embeddings.
    """
    pictures = np.concatenate(
        [
            damsm.encode_images(images[start : start + _AT_ONCE])
            for start in range(0, len(images), _AT_ONCE)
        ]
    )
    both = [pictures, damsm.encode_captions(captions)]
    units = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in both]
    return (units[0] * units[1]).sum(1)


def _pool(config, data, side):
    """The `ImagePool` of a `CaptionedImages`."""

    def read(places):
        batches = data.select(places).batches(
            _AT_ONCE,
            image_sizes=(side,),
            training=False,
            crop=config.data.crop,
        )
        return np.concatenate(
            [to_pixels(batch["images"][-1]) for batch in batches]
        )

    identity = (str(config.data.source), data.fingerprint, side)
    keys = [item.key for item in data.items]
    return ImagePool((*identity, config.data.crop), keys, read)
