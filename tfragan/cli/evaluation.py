"""Which evaluation a command line asks for."""

import contextlib
import json

from tfragan.cli import config_file
from tfragan.cli import folder_evaluation
from tfragan.cli import run_folder
from tfragan.cli import strategy
from tfragan.cli import watching
from tfragan.cli.errors import UsageError
from tfragan.cli.families import experiment_class
from tfragan.models.preset import CONFIG_FILE
from tfragan.run_folder import RunFolder


def evaluate(arguments):
    """Measures two folders of images, or a run by its model.

    Args:
        arguments: the parsed command line.

    Raises:
        UsageError: for flags that do not go together, or what is no run
            folder.
    """
    if arguments.real or arguments.fake:
        folder_evaluation.evaluate(arguments)
        return
    if arguments.watch:
        _watch(arguments)
        return
    preset = run_folder.preset_of(arguments.workdir)
    config = _config_of(arguments, preset)
    with _scope(arguments):
        experiment_class(config).evaluate(arguments, config, preset)


def _watch(arguments):
    def evaluate_preset(preset, step, name):
        del step, name
        # What is measured may change where it reads its data.
        config = run_folder.config_of(arguments.workdir)
        experiment_class(config).evaluate(arguments, config, preset)

    steps = watching.watch(
        arguments.workdir,
        evaluate_preset,
        protocol={"split": arguments.split, "seed": arguments.seed},
        records=arguments.output,
    )
    print(f"{len(steps):,} checkpoint{'s' * (len(steps) != 1)} evaluated")


def _scope(arguments):
    """That of a strategy, whose replicas share the images."""
    replicated = strategy.pick(arguments.strategy).strategy
    if replicated.num_replicas_in_sync == 1:
        return contextlib.nullcontext()
    return replicated.scope()


def _config_of(arguments, preset):
    """The run's config, or that of its model's published setting.

    A preset by itself, such as a converted one, knows its model and no data.
    """
    if RunFolder(arguments.workdir).path != preset:
        return run_folder.config_of(arguments.workdir)
    stored = json.loads((preset / CONFIG_FILE).read_text("utf-8"))
    name = str(stored.get("class_name")).lower()
    if name not in config_file.config_names():
        raise UsageError(
            f"{preset} is a preset: name the run folder that it came from."
        )
    arguments.require("data")
    return config_file.load(name)
