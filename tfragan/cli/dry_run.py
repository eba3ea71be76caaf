"""What `tfragan train --dry_run` prints: parameters, memory, smaller runs."""

import math

from tfragan.cli import config_file
from tfragan.cli import experiment
from tfragan.cli import memory
from tfragan.cli import runs
from tfragan.cli import strategy
from tfragan.run_folder import flatten_config

# Bytes from which on less memory is a matter of interest.
_MUCH = 4 * 2**30
# The share of it that a change may leave to be named.
_WORTH_IT = 0.95


def describe(arguments):
    """Prints what a training would be, without writing anything."""
    config = arguments.config
    experiment.check_types(config)
    placement = strategy.pick(arguments.strategy)
    strategy.check(placement, config)
    run = runs.open_run(arguments.workdir, config, arguments.override_config)
    # Every replica needs what one device alone would for its share.
    replicas = placement.strategy.num_replicas_in_sync
    built = experiment.open_experiment(config, run)
    with built.without_weights():
        built.build()
        needed = step_memory(built, replicas)
    print(config_file.describe(config, arguments.default_config))
    print(f"\n{built.describe()}\n\n{_parameter_report(built.model)}\n")
    print(_memory_report(built, needed, replicas))
    print(f"\nstrategy: {placement.description}")
    print(f"run folder: {run.path}")
    for line in smaller_runs(built, needed, replicas):
        print(line, flush=True)


def _parameter_report(model):
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


def _memory_report(built, estimate, replicas=1):
    """What a training step needs, of all that `step_memory` says."""
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
    """The `memory.MemoryEstimate` of a training step on each replica.

    `built` is an `Experiment`, built outside of any strategy, in the context
    of its `without_weights` or in none, as here.
    """
    optimizers = built.model.optimizers().values()
    return memory.estimate(
        built.model,
        [variable for one in optimizers for variable in one.variables],
        built.model.train_step,
        built.batch_spec(built.batch_size // replicas),
    )


def smaller_runs(built, estimate, replicas=1):
    """What changes of one value would need, where a run needs much memory.

    Each takes seconds to find out. Yields a line at a time; nothing for a run
    that needs little.
    """
    config = flatten_config(built.config)
    changes = {
        f"--config.{key}={value}": {key: value}
        for key, value in built.smaller_values().items()
        if value and config.get(key, value) != value
    }
    if estimate.total < _MUCH or not changes:
        return
    yield "less memory, about, by a change of one value:"
    width = max(map(len, changes))
    for flag, change in changes.items():
        with built.without_weights():
            try:
                smaller = built.changed(change).build()
            except ValueError:
                # Not every size fits every network.
                continue
            size = step_memory(smaller, replicas).total
        if size < _WORTH_IT * estimate.total:
            yield f"  {flag:<{width}}  {_mebibytes(size):>14}"


def _mebibytes(size):
    return f"{size / 2**20:,.1f} MiB"


def parameter_counts(model):
    """`(name, weights, trainable weights)` of each network, without metrics."""
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
