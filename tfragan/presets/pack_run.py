"""Makes a preset that can be shipped out of a run folder on avatars.

    python -m tfragan.presets.pack_run runs/attngan attngan_avatars \
        "tfragan train --config=attngan_avatars --workdir=runs/attngan"

Weights are kept in half precision, kernels with no more digits than bfloat16
has, which compresses better; the card tells the command, the data and
its licence, what `tfragan evaluate` measured, and the end of the log.
"""

import pathlib
import sys

import tensorflow as tf

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
    folder = RunFolder(run)
    measured = measurement_table(last_measurements(run))
    while_training = "\n".join(_last_accuracies(folder))
    place = f"{folder.path.resolve()}/"
    log = folder.log_path.read_text("utf-8").replace(place, "")
    end = "\n".join(log.splitlines()[-_LINES_OF_LOG:])
    texts = {
        "Measured last while it learned": while_training,
        "The end of its log": end,
    }
    card = f"{_LICENSE}\n```sh\n{command}\n```\n\n```\n{measured}\n```\n"
    for title, text in texts.items():
        card += f"\n{title}:\n\n```\n{text}\n```\n" if text else ""
    preset = pathlib.Path(__file__).parent / name
    # Not every machine that it comes to has units for what it was trained in.
    model = models.load(run, dtype="float32")
    for weight in model.weights:
        if len(weight.shape) > 1:
            rounded = tf.cast(weight.value, tf.bfloat16)
            weight.assign(tf.cast(rounded, tf.float32))
    return model.save_to_preset(preset, card, half_precision=True)


def _last_accuracies(folder):
    found = {}
    for record in folder.read_metrics():
        found.update(
            {key: value for key, value in record.items() if "accuracy" in key}
        )
    return [f"{key} {value:.4f}" for key, value in found.items()]


if __name__ == "__main__":
    print(pack(*sys.argv[1:]))
