"""`tfragan evaluate` and `report` of models that edit or color photos."""

import numpy as np

from tfragan.callbacks.guided_measurements import measure_colors
from tfragan.callbacks.guided_measurements import measure_edits
from tfragan.cli import evaluation_report
from tfragan.cli.errors import UsageError
from tfragan.cli.families.ragan_held_out import HeldOut
from tfragan.cli.text_to_image_evaluation import COSINE
from tfragan.cli.text_to_image_evaluation import caption_cosines
from tfragan.evaluation import Measurement
from tfragan.evaluation.attribute_match import has_attributes
from tfragan.evaluation.attribute_match import measure_attributes
from tfragan.evaluation.edit_match import measure_avatar_edits
from tfragan.evaluation.measurement import HIGHER
from tfragan.evaluation.measurement import LOWER
from tfragan.metrics.avatar_judge import IMAGE_SIZE
from tfragan.metrics.avatar_judge import AvatarJudge
from tfragan.reports.image_study import ImageStudy

_OTHER_FLAGS = (
    "real",
    "fake",
    "image_size",
    "features",
    "weights",
    "resize",
    "captions_per_image",
    "untrained",
    "diversity",
    "cache",
)
_NO_NEIGHBORS = (
    "nearest training images are not shown: pictures keep the most of the "
    "photos that they are made of, and resemble those."
)


def evaluate(experiment, arguments, preset):
    """Measures a preset of RAGAN and appends the results to metrics.jsonl."""
    config = experiment.config
    arguments.refuse(_OTHER_FLAGS, f"a run of {config.model}")
    model = experiment.model_class.from_preset(preset)
    dataset = experiment.open_split(arguments.split)
    held_out = HeldOut(config, model, experiment.usable_data(dataset, model))
    count = min(arguments.count or len(held_out), len(held_out))
    step = int(model.global_step.numpy())
    about = {
        **evaluation_report.about(dataset, preset),
        "images": count,
        "image_size": model.image_size,
        "seed": arguments.seed,
    }
    if model.setting.supervised:
        arguments.refuse(["candidates"], "a supervised RAGAN")
        measured = _measured_colors(model, experiment, held_out, arguments)
    else:
        measured = _measured_edits(model, held_out, arguments)
    measurements = [
        Measurement(**{"step": step, "protocol": about, **values})
        for values in measured
    ]
    if _judged(model, dataset):
        measurements += _attributes(model, held_out, arguments, step, about)
    print(f"step {step:,}, {count:,} images of {dataset.name}")
    evaluation_report.report(
        measurements, evaluation_report.output_of(arguments)
    )


def _judged(model, dataset):
    """Whether a classifier can read what sentences say off the pictures."""
    return (
        has_attributes(dataset)
        and model.setting.source == "text"
        and model.image_size == IMAGE_SIZE
    )


def _attributes(model, held_out, arguments, step, about):
    """Whether avatars show what they were edited or colored by."""
    judge = AvatarJudge()
    if not model.setting.supervised:
        return measure_avatar_edits(
            model, judge, arguments.batch_size, step, about
        )
    logits, captions = {"translated": [], "real": []}, []
    for part in held_out.parts(arguments.count):
        colored = model.translate(
            part.images, batch_size=arguments.batch_size, **part.guidance
        )["image"]
        logits["translated"].append(judge(colored))
        logits["real"].append(judge(part.truths))
        captions += part.guidance["captions"]
    about = {**about, **judge.protocol()}
    return [
        measurement
        for of, rows in logits.items()
        for measurement in measure_attributes(
            of, np.concatenate(rows), captions, step, about
        )
    ]


def _measured_edits(model, held_out, arguments):
    """R-precision of edits, and how far they are from the photos.

    A list of dicts of arguments of `Measurement`.
    """
    directions = ("ab", "ba") if model.setting.both_ways else ("ab",)
    measures = measure_edits(
        model,
        held_out.parts(arguments.count, directions),
        arguments.candidates,
        arguments.seed,
        arguments.batch_size,
    )
    measured = [
        {
            "metric": f"r_precision_{result.candidates}",
            "of": name,
            "value": result.rate,
            "error": result.std,
            "error_kind": "standard deviation over 10 groups",
            "better": HIGHER,
            "details": {
                "chance": result.chance,
                "candidates": result.candidates,
            },
        }
        for name, result in measures.precisions.items()
    ]
    if measures.preference is not None:
        measured.append(
            {
                "metric": "sentence_preference",
                "of": "edited",
                "value": measures.preference,
                "better": HIGHER,
                "details": {"chance": 0.5},
            }
        )
    measured += [
        {"metric": name, "of": "edited", "value": value, "better": LOWER}
        for name, value in measures.distances.items()
    ]
    return measured


def _measured_colors(model, experiment, held_out, arguments):
    """Color errors beside those of the baselines, as `_measured_edits`."""
    config = experiment.config
    chroma = HeldOut(config, model, experiment.train).mean_chroma(
        config.reports.test_images
    )
    errors = measure_colors(
        model,
        held_out.parts(arguments.count),
        chroma,
        arguments.seed,
        arguments.batch_size,
    )
    return [
        {"metric": metric, "of": name, "value": value, "better": LOWER}
        for name, error in errors.items()
        for metric, value in (
            ("color_error", error.rgb),
            ("chroma_error", error.chroma),
        )
    ]


def studies(experiment, arguments, preset):
    """Held-out photos edited by captions of others, or colored by their own.

    Returns a list of one `ImageStudy`.
    """
    model = experiment.model_class.from_preset(preset)
    supervised = model.setting.supervised
    if not supervised and model.damsm is None:
        raise UsageError(
            "failures are not shown of edits without captions: no metric says "
            "how good one of them is."
        )
    data = experiment.open_split(arguments.split)
    data = experiment.usable_data(data, model)
    held_out = HeldOut(experiment.config, model, data)
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
        sources=_joined(
            np.broadcast_to(part.images, (*part.images.shape[:3], 3))
            for part in parts
        ),
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


def _words(part, number):
    """What guided a picture, in words where there are some."""
    if "captions" in part.guidance:
        return part.guidance["captions"][number]
    return f"photo {number + 1}"
