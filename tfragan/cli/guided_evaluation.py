"""`tfragan evaluate` of a model that edits or colors images as it is told."""

from tfragan.callbacks.guided_measurements import measure_colors
from tfragan.callbacks.guided_measurements import measure_edits
from tfragan.cli import evaluation_report
from tfragan.cli import experiment
from tfragan.cli.families import experiment_class
from tfragan.cli.families.ragan_held_out import HeldOut
from tfragan.evaluation import Measurement
from tfragan.evaluation.measurement import HIGHER
from tfragan.evaluation.measurement import LOWER
from tfragan.models.preset import preset_class

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


def evaluate(arguments, config, preset):
    """Measures a preset and appends the results to metrics.jsonl.

    Args:
        arguments: the parsed command line.
        config: the config of the run.
        preset: the preset's folder.
    """
    arguments.refuse(_OTHER_FLAGS, f"a run of {config.model}")
    experiment.point_to_data(config, arguments)
    model = preset_class(preset).from_preset(preset)
    family = experiment_class(config)
    dataset = experiment.open_split(config, arguments.split)
    held_out = HeldOut(config, model, family.fit_data(config, model, dataset))
    count = min(arguments.count or len(held_out), len(held_out))
    step = int(model.global_step.numpy())
    about = {
        "data": dataset.name,
        "split": dataset.split,
        "images": count,
        "image_size": model.image_size,
        "seed": arguments.seed,
        **evaluation_report.about_preset(preset),
    }
    if model.setting.supervised:
        arguments.refuse(["candidates"], "a supervised RAGAN")
        measured = measured_colors(model, config, held_out, arguments)
    else:
        measured = measured_edits(model, held_out, arguments)
    print(f"step {step:,}, {count:,} images of {dataset.name}")
    evaluation_report.report(
        [
            Measurement(**{"step": step, "protocol": about, **values})
            for values in measured
        ],
        evaluation_report.output_of(arguments),
    )


def measured_edits(model, held_out, arguments):
    """R-precision of edits, and how far they are from the photos.

    Args:
        model: a `RAGAN`, unsupervised.
        held_out: a `HeldOut`.
        arguments: the parsed command line.

    Returns:
        List of dicts of arguments of `Measurement`.
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


def measured_colors(model, config, held_out, arguments):
    """Color errors beside those of the baselines.

    Args:
        model: a `RAGAN`, supervised.
        config: the config of the run, for the data that it was trained on.
        held_out: a `HeldOut`.
        arguments: the parsed command line.

    Returns:
        List of dicts of arguments of `Measurement`.
    """
    train = experiment.open_split(config, config.data.train_split)
    chroma = HeldOut(config, model, train).mean_chroma(
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
