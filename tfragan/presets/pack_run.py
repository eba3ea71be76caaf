"""Makes a preset that can be shipped out of a run folder on avatars.

    python -m tfragan.presets.pack_run runs/attngan attngan_avatars \
        "tfragan train --config=attngan_avatars --workdir=runs/attngan"

Weights are kept in half precision; the card tells the command, the data and
its licence, what `tfragan evaluate` measured, and the end of the log.
"""

import pathlib
import sys

from tfragan import models
from tfragan.evaluation import last_measurements
from tfragan.evaluation.measurement import measurement_table
from tfragan.run_folder import RunFolder

_LICENSE = """\
Trained on the avatars that come with the package, which derive from Personas
by Draftbit and Toon Head by Johan Melin, both under CC BY 4.0; see NOTICE.
"""
_LINES_OF_LOG = 6


def pack(run, name, command):
    """Writes a preset beside this file.

    Args:
        run: the run folder, measured by `tfragan evaluate`.
        name: of the preset.
        command: what made the run, for the card.

    Returns:
        The folder of the preset.

    Raises:
        ValueError: a weight is too large for half precision.
    """
    measured = measurement_table(last_measurements(run))
    log = RunFolder(run).log_path.read_text("utf-8").splitlines()
    end = "\n".join(log[-_LINES_OF_LOG:])
    card = (
        f"{_LICENSE}\n```sh\n{command}\n```\n\n"
        f"```\n{measured}\n```\n\nThe end of its log:\n\n```\n{end}\n```\n"
    )
    folder = pathlib.Path(__file__).parent / name
    return models.load(run).save_to_preset(folder, card, half_precision=True)


if __name__ == "__main__":
    print(pack(*sys.argv[1:]))
