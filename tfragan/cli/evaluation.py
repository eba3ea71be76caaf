"""Which evaluation a command line asks for."""

from tfragan.cli import folder_evaluation
from tfragan.cli import run_folder
from tfragan.cli import text_to_image_evaluation
from tfragan.cli import translation_evaluation

_TEXT_TO_IMAGE = ("damsm", "attngan")


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
    if config.model in _TEXT_TO_IMAGE:
        text_to_image_evaluation.evaluate(arguments, config, preset)
    else:
        translation_evaluation.evaluate(arguments, config, preset)
