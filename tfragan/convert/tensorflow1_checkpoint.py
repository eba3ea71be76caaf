"""Variables of TensorFlow 1 checkpoints."""

import pathlib
import re

import tensorflow as tf

from tfragan.place import local_path
from tfragan.regular_file import read_regular

_SLOT = re.compile(r"/Adam(_\d+)?$|^beta\d_power(_\d+)?$")


class CheckpointError(ValueError):
    """A checkpoint is damaged or there is none."""


def checkpoint_prefix(path):
    """The name of a checkpoint, as TensorFlow calls it.

    Args:
        path: that name, the `.index`, `.meta` or `.data` file, or a folder,
            of which the `checkpoint` file names the latest.

    Returns:
        The prefix as a `pathlib.Path`, or None where there is no checkpoint.
    """
    path = local_path(path)
    if path.is_dir():
        latest = tf.train.latest_checkpoint(path)
        # The file may name the machine that the checkpoint was made on.
        if latest is None and (path / "checkpoint").is_file():
            latest = path / _latest_name(path / "checkpoint")
        return checkpoint_prefix(latest) if latest else None
    name = re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", path.name)
    prefix = path.with_name(name)
    return prefix if path.with_name(f"{name}.index").is_file() else None


def _latest_name(path):
    found = re.search(
        r'^model_checkpoint_path: "(.*)"',
        read_regular(path).decode(),
        re.MULTILINE,
    )
    return pathlib.PureWindowsPath(found.group(1)).name if found else "none"


def read_tensorflow1_checkpoint(path):
    """Reads the variables of a TensorFlow 1 checkpoint by their names.

    Returns a dict of name to array without the optimizers' slots, and the
    sorted list of the names of these slots.
    """
    prefix = checkpoint_prefix(path)
    if prefix is None:
        raise CheckpointError(f"{path} is no TensorFlow checkpoint.")
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        names = sorted(reader.get_variable_to_shape_map())
        slots = [name for name in names if _SLOT.search(name)]
        variables = {
            name: reader.get_tensor(name) for name in names if name not in slots
        }
    # TensorFlow turns its errors into IndexError, RuntimeError and others.
    except Exception as error:
        raise CheckpointError(
            f"{prefix} is damaged or incomplete: reading it failed with "
            f"{type(error).__name__}."
        ) from error
    return variables, slots
