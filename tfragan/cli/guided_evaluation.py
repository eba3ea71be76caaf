"""`tfragan evaluate` of a model that edits or colors images as it is told."""

import pathlib

from tfragan.callbacks.color_evaluation import measure_colors
from tfragan.callbacks.edit_evaluation import measure_edits
from tfragan.cli import experiment
from tfragan.cli import metric_files
from tfragan.cli.families import experiment_class
from tfragan.cli.families.ragan_held_out import HeldOut
from tfragan.models.preset import preset_class

_OTHER_FLAGS = ("real", "fake", "image_size", "features", "weights")


def evaluate(arguments, config, preset):
    """Measures a preset and appends the results to its files.

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
    if model.setting.supervised:
        arguments.refuse(["candidates"], "a supervised RAGAN")
        results = measured_colors(model, config, held_out, arguments)
    else:
        results = measured_edits(model, held_out, arguments)
    output = pathlib.Path(arguments.output or arguments.workdir)
    count = min(arguments.count or len(held_out), len(held_out))
    about = {
        "step": int(model.global_step.numpy()),
        "data": dataset.name,
        "split": dataset.split,
        "images": count,
        "seed": arguments.seed,
        "preset": str(preset),
    }
    print(f"step {about['step']:,}, {count:,} images of {dataset.name}")
    for name, values in results.items():
        metric_files.append(output, name, {**values, **about})
        print(f"{name}: {metric_files.in_words(values)}")


def measured_edits(model, held_out, arguments):
    """R-precision of edits, and how far they are from the photos.

    Args:
        model: a `RAGAN`, unsupervised.
        held_out: a `HeldOut`.
        arguments: the parsed command line.

    Returns:
        Dict of metric name to a dict of values.
    """
    directions = ("ab", "ba") if model.setting.both_ways else ("ab",)
    measures = measure_edits(
        model,
        held_out.parts(arguments.count, directions),
        arguments.candidates,
        arguments.seed,
        arguments.batch_size,
    )
    results = {
        f"r_precision_{result.candidates}_{name}": metric_files.r_precision(
            result
        )
        for name, result in measures.precisions.items()
    }
    if measures.preference is not None:
        results["sentence_preference"] = {
            "value": measures.preference,
            "chance": 0.5,
        }
    for name, value in measures.distances.items():
        results[name] = {"value": value}
    return results


def measured_colors(model, config, held_out, arguments):
    """Color errors beside those of the baselines.

    Args:
        model: a `RAGAN`, supervised.
        config: the config of the run, for the data that it was trained on.
        held_out: a `HeldOut`.
        arguments: the parsed command line.

    Returns:
        Dict of metric name to a dict of values.
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
    results = {}
    for name, error in errors.items():
        results[f"color_error_{name}"] = {"value": error.rgb}
        results[f"chroma_error_{name}"] = {"value": error.chroma}
    return results
