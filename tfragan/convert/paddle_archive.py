"""Tensors of Paddle's parameter files, without Paddle."""

import numpy as np

from tfragan.convert.array_pickle import ArrayPickleError
from tfragan.convert.array_pickle import read_array_pickle

# Paddle's own entries beside the tensors.
_NAME_TABLE = "StructuredToParameterName@@"
_SPLIT_TABLE = "UnpackBigParamInfor@@"


def read_paddle_archive(path):
    """Reads a `.pdparams` file, or a pickle of a port's own making.

    The files are pickles of NumPy arrays; nothing else is admitted, see
    `read_array_pickle`. Paddle's table of parameter names is left out, and
    tensors that were split because of their size are put together again.

    Args:
        path: file.

    Returns:
        Dict of name to array; or, from a file of several networks, dict of
        name to such dicts. What is neither, such as an epoch, stays as it
        is.

    Raises:
        ArrayPickleError: the file is damaged, or holds something else.
    """
    contents = read_array_pickle(path)
    if not isinstance(contents, dict):
        raise ArrayPickleError(
            f"{path} holds a {type(contents).__name__}, expected a dict of "
            "tensors."
        )
    contents = _tensors(contents, path)
    return {
        name: _tensors(value, path) if isinstance(value, dict) else value
        for name, value in contents.items()
    }


def _tensors(entries, path):
    """A dict of one network, without Paddle's own entries."""
    entries = {name: _without_name(value) for name, value in entries.items()}
    entries.pop(_NAME_TABLE, None)
    for name, split in (entries.pop(_SPLIT_TABLE, None) or {}).items():
        try:
            parts = [entries.pop(part).reshape(-1) for part in split["slices"]]
            entries[name] = np.concatenate(parts).reshape(split["OriginShape"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ArrayPickleError(
                f"{path} is damaged: the parts of tensor {name} are missing "
                "or do not fit together."
            ) from error
    return entries


def _without_name(value):
    """The array of a tensor that was written as its name and its array."""
    named = (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], np.ndarray)
    )
    return value[1] if named else value
