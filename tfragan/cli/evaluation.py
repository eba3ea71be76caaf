"""Which evaluation a command line asks for."""

from tfragan.cli import folder_evaluation
from tfragan.cli import run_folder
from tfragan.cli.families import experiment_class


def evaluate(arguments):
    """Measures two folders of images, or a run by its model.

    Args:
        arguments: the parsed command line.

    Raises:
        UsageError: for flags that do not go together.
    """
    if arguments.real or arguments.fake:
        folder_evaluation.evaluate(arguments)
        return
    config = run_folder.config_of(arguments.workdir)
    preset = run_folder.preset_of(arguments.workdir)
    experiment_class(config).evaluate(arguments, config, preset)
