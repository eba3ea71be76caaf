"""What a training says about itself: data, parameters, memory, model card."""

import math

import tensorflow as tf

from tfragan.cli import config_file
from tfragan.cli import memory


def data_report(built):
    """Images, captions, words and steps.

    Args:
        built: the `Experiment`.

    Returns:
        Text, str, as all reports here.
    """
    lines = []
    for name, part in (("train", built.train), ("held out", built.test)):
        lines.append(
            f"{name}: {len(part):,} images, {len(part.captions()):,} "
            f"captions, {part.num_classes:,} classes of {part.name}"
        )
    lines.append(
        f"{len(built.model.tokenizer.vocabulary):,} words, "
        f"{built.steps:,} steps of {built.config.batch_size} images, "
        f"{built.steps_per_epoch:,} an epoch"
    )
    return "\n".join(lines)


def parameter_report(model):
    """A table of `parameter_counts`."""
    rows = parameter_counts(model)
    rows.append(("all", sum(row[1] for row in rows), sum(r[2] for r in rows)))
    width = max(len(row[0]) for row in rows)
    lines = [f"{'network':<{width}}  {'parameters':>12}  {'trained':>12}"]
    lines += [
        f"{name:<{width}}  {count:>12,}  {trained:>12,}"
        for name, count, trained in rows
    ]
    return "\n".join(lines)


def memory_report(built, placed):
    """What `memory.estimate` finds for a training step.

    Args:
        built: the `Experiment`.
        placed: the `tf.distribute.Strategy`.

    Returns:
        Text, str.
    """
    estimate = memory.estimate(
        built.model,
        optimizer_variables(built.model),
        built.model.train_step,
        batch_specs(built, placed.num_replicas_in_sync),
    )
    parts = {
        "weights": estimate.weights,
        "optimizers": estimate.optimizer,
        "gradients and activations": estimate.step,
        "batch": estimate.batch,
    }
    lines = [f"memory at batch size {built.config.batch_size}"]
    if placed.num_replicas_in_sync > 1:
        lines[0] += f", of each of {placed.num_replicas_in_sync} replicas"
    lines[0] += f": about {_mebibytes(estimate.total)}"
    width = max(map(len, parts))
    lines += [
        f"  {name:<{width}}  {_mebibytes(size):>12}"
        for name, size in parts.items()
    ]
    lines.append(
        f"  TensorFlow itself takes about {_mebibytes(memory.PROCESS)} of main "
        "memory on top."
    )
    return "\n".join(lines)


def _mebibytes(size):
    return f"{size / 2**20:,.1f} MiB"


def card(built):
    """The model card of a preset, in markdown."""
    config = built.config
    name = type(built.model).__name__
    return (
        f"# {name}\n\nTrained with `tfragan train` on {built.train.name}, "
        f"{len(built.train):,} images, {built.steps:,} steps of "
        f"{config.batch_size} images.\n\n"
        f"```python\nimport tfragan\n\nmodel = tfragan.models.{name}"
        '.from_preset("path/to/this/folder")\n```\n\n'
        f"```\n{config_file.describe(config, config)}\n```\n"
    )


def parameter_counts(model):
    """Weights of each network, without those of the metrics.

    Args:
        model: a `DAMSM` or `AttnGAN`.

    Returns:
        List of `(name, weights, trainable weights)`.
    """
    if hasattr(model, "generator"):
        networks = [
            model.damsm.text_encoder,
            model.damsm.image_encoder,
            model.generator,
            model.generator_average,
            *model.discriminators,
        ]
    else:
        networks = [model.text_encoder, model.image_encoder]
    return [
        (
            network.name,
            sum(math.prod(weight.shape) for weight in network.weights),
            sum(
                math.prod(weight.shape) for weight in network.trainable_weights
            ),
        )
        for network in networks
    ]


def optimizer_variables(model):
    """The variables that a compiled model's optimizers keep."""
    return [
        variable
        for name in (
            "matching_optimizer",
            "generator_optimizer",
            "discriminator_optimizer",
        )
        if getattr(model, name, None) is not None
        for variable in getattr(model, name).variables
    ]


def batch_specs(experiment, replicas=1):
    """A replica's training batch, as nested `tf.TensorSpec`.

    Args:
        experiment: the `Experiment`.
        replicas: how many share the global batch.

    Returns:
        Dict of the entries that a step reads.
    """
    size = experiment.config.batch_size // replicas
    words = (
        experiment.config.data.max_words or experiment.model.tokenizer.max_words
    )
    return {
        "images": tuple(
            tf.TensorSpec((size, side, side, 3))
            for side in experiment.image_sizes
        ),
        "token_ids": tf.TensorSpec((size, words), tf.int32),
        "class_ids": tf.TensorSpec((size,), tf.int32),
    }
