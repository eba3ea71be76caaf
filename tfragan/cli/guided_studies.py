"""What a report shows of models that edit or color images as told."""

import numpy as np

from tfragan.cli import experiment
from tfragan.cli.caption_studies import COSINE
from tfragan.cli.caption_studies import caption_cosines
from tfragan.cli.errors import UsageError
from tfragan.cli.families import experiment_class
from tfragan.cli.families.ragan_held_out import HeldOut
from tfragan.evaluation.measurement import LOWER
from tfragan.models.preset import preset_class
from tfragan.reports.image_study import ImageStudy

_NO_NEIGHBORS = (
    "nearest training images are not shown: pictures keep the most of the "
    "photos that they are made of, and resemble those."
)


def guided_studies(arguments, config, preset):
    """Held-out photos edited by captions of others, or colored by their own.

    Args:
        arguments: the parsed command line.
        config: the config of the run.
        preset: the preset's folder.

    Returns:
        List of one `ImageStudy`.

    Raises:
        UsageError: for edits that nothing says the quality of.
    """
    experiment.point_to_data(config, arguments)
    model = preset_class(preset).from_preset(preset)
    supervised = model.setting.supervised
    if not supervised and model.damsm is None:
        raise UsageError(
            "failures are not shown of edits without captions: no number says "
            "how good one of them is."
        )
    data = experiment.open_split(config, arguments.split)
    data = experiment_class(config).fit_data(config, model, data)
    held_out = HeldOut(config, model, data)
    parts = list(held_out.parts(arguments.count))
    study = _colored if supervised else _edited
    return [study(model, parts, arguments)]


def _edited(model, parts, arguments):
    captions = [text for part in parts for text in part.others["captions"]]
    images = _translated(model, parts, arguments, lambda part: part.others)
    return ImageStudy(
        title="",
        made="photos edited by captions of others",
        images=images,
        names=captions,
        sources=_joined(part.images for part in parts),
        scores=caption_cosines(model.damsm, images, captions),
        score=COSINE,
        alone=_NO_NEIGHBORS,
    )


def _colored(model, parts, arguments):
    def guidance(part):
        code = {"references": part.truths} if model.setting.code else {}
        return {**part.guidance, **code}

    images = _translated(model, parts, arguments, guidance)
    truths = _joined(part.truths for part in parts)
    differences = np.abs(images.astype(np.float32) - truths)
    return ImageStudy(
        title="",
        made="photos colored as they were",
        images=images,
        names=[_words(part, n) for part in parts for n in range(len(part))],
        sources=_joined(_in_color(part.images) for part in parts),
        truths=truths,
        scores=differences.mean((1, 2, 3)),
        score="the mean difference from the true colors, 0 to 255",
        better=LOWER,
        alone=_NO_NEIGHBORS,
    )


def _translated(model, parts, arguments, guidance):
    return _joined(
        model.translate(
            part.images,
            direction=part.direction,
            batch_size=arguments.batch_size,
            **guidance(part),
        )["image"]
        for part in parts
    )


def _joined(parts):
    return np.concatenate(list(parts))


def _in_color(images):
    return np.broadcast_to(images, (*images.shape[:3], 3))


def _words(part, number):
    """What guided a picture, in words where there are some."""
    if "captions" in part.guidance:
        return part.guidance["captions"][number]
    return f"photo {number + 1}"
