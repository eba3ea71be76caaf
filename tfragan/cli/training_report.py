"""What a training says about itself: data, parameters, memory, model card."""

import math

from tfragan.cli import config_file
from tfragan.cli import experiment
from tfragan.cli import memory

# Bytes from which on less memory is a matter of interest.
_MUCH = 4 * 2**30
# The share of it that a change may leave to be named.
_WORTH_IT = 0.95


def data_report(built):
    """What there is to learn from, and for how long.

    Args:
        built: the `Experiment`.

    Returns:
        Text, str, as all reports here.
    """
    return (
        f"{built.describe_data()}\n{built.steps:,} steps of "
        f"{built.describe_batch()}, {built.steps_per_epoch:,} an epoch"
    )


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


def memory_report(built, estimate, replicas=1):
    """What a training step needs.

    Args:
        built: the `Experiment`.
        estimate: what `step_memory` says.
        replicas: how many share a batch.

    Returns:
        Text, str.
    """
    parts = {
        "weights": estimate.weights,
        "optimizers": estimate.optimizer,
        "gradients and activations": estimate.step,
        "batch": estimate.batch,
    }
    lines = [f"memory at batch size {built.batch_size}"]
    if replicas > 1:
        lines[0] += f", of each of {replicas} replicas"
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


def step_memory(built, replicas=1):
    """The memory of a training step on each replica.

    Args:
        built: the `Experiment`, built outside of any strategy.
        replicas: how many share a batch.

    Returns:
        A `memory.MemoryEstimate`.
    """
    optimizers = built.model.optimizers().values()
    with built.in_graph():
        return memory.estimate(
            built.model,
            [variable for one in optimizers for variable in one.variables],
            built.model.train_step,
            built.batch_spec(built.batch_size // replicas),
        )


def smaller_runs(built, estimate, replicas=1):
    """What changes of one value would need, where a run needs much memory.

    Each takes seconds to find out.

    Args:
        built: the `Experiment`.
        estimate: what `step_memory` says.
        replicas: how many share a batch.

    Yields:
        Text, str, a line at a time; nothing for a run that needs little.
    """
    changes = built.alternatives()
    if estimate.total < _MUCH or not changes:
        return
    yield "less memory, about, by a change of one value:"
    flags = [
        " ".join(f"--config.{key}={value}" for key, value in change.items())
        for change in changes
    ]
    width = max(map(len, flags))
    for change, flag in zip(changes, flags, strict=True):
        try:
            smaller = experiment.changed(built, change)
        except ValueError:
            # Not every size fits every network.
            continue
        size = step_memory(smaller, replicas).total
        if size < _WORTH_IT * estimate.total:
            yield f"  {flag:<{width}}  {_mebibytes(size):>14}"


def _mebibytes(size):
    return f"{size / 2**20:,.1f} MiB"


def card(built):
    """The model card of a preset, in markdown."""
    config = built.config
    name = type(built.model).__name__
    return (
        f"# {name}\n\nTrained with `tfragan train` on {built.train.name}.\n\n"
        f"```\n{data_report(built)}\n```\n\n"
        f"```python\nimport tfragan\n\nmodel = tfragan.models.{name}"
        '.from_preset("path/to/this/folder")\n```\n\n'
        f"```\n{config_file.describe(config, config)}\n```\n"
    )


def parameter_counts(model):
    """Weights of each network, without those of the metrics.

    Args:
        model: a model with `networks()`.

    Returns:
        List of `(name, weights, trainable weights)`.
    """
    return [
        (
            name,
            sum(math.prod(weight.shape) for weight in network.weights),
            sum(
                math.prod(weight.shape) for weight in network.trainable_weights
            ),
        )
        for name, network in model.networks().items()
    ]
