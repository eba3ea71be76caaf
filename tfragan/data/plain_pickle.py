"""Reading pickles of published data sets without running what is in them."""

import io
import pathlib
import pickle

_PLAIN_SCALARS = frozenset((str, int, float, bool))
_PLAIN_CONTAINERS = frozenset((list, tuple, dict))
_ALLOWED = "only lists, dicts, strings and numbers are allowed"


class PlainPickleError(ValueError):
    """A pickle that is broken or holds more than plain values."""


def read_plain_pickle(path):
    """Reads a pickle of lists, tuples, dicts, strings and numbers.

    A pickle is a program; this reads only those that build plain values.
    Nothing is ever imported or called. Byte strings of Python 2 are read as
    latin-1.

    Args:
        path: the file.

    Returns:
        The value: lists, tuples and dicts of `str`, `int`, `float`, `bool`.

    Raises:
        PlainPickleError: if the file asks for anything else, which it names,
            or is truncated or no pickle.
        FileNotFoundError: if there is no such file.

    Reference:
        Python library reference, `pickle`, "Restricting Globals".
    """
    path = pathlib.Path(path)
    content = path.read_bytes()
    try:
        value = _PlainUnpickler(path, content).load()
    except PlainPickleError:
        raise
    # Broken bytes make the unpickler raise nearly every built-in exception.
    except Exception as error:
        raise PlainPickleError(
            f"{path}: expected a complete pickle, received one that breaks "
            f"off or is damaged ({type(error).__name__}: {error})."
        ) from error
    _check_plain(value, path)
    return value


# The faster unpickler in C sizes its memo by an index in the file: one damaged
# byte can ask for gigabytes.
class _PlainUnpickler(pickle._Unpickler):
    def __init__(self, path, content):
        super().__init__(io.BytesIO(content), encoding="latin-1")
        self._path = path

    def find_class(self, module, name):
        raise PlainPickleError(
            f"{self._path}: refused to load {module}.{name}: {_ALLOWED}."
        )

    def persistent_load(self, pid):
        raise PlainPickleError(
            f"{self._path}: refused to load an outside object {pid!r:.80}: "
            f"{_ALLOWED}."
        )


def _check_plain(value, path):
    """Refuses what the unpickler builds by itself: bytes, sets, None."""
    waiting = [[value]]
    # A pickle can put a list into itself; each container is seen once.
    seen = set()
    while waiting:
        container = waiting.pop()
        if id(container) in seen:
            continue
        seen.add(id(container))
        parts = [container]
        if type(container) is dict:
            parts = [container.keys(), container.values()]
        for part in parts:
            kinds = set(map(type, part))
            refused = kinds - _PLAIN_SCALARS - _PLAIN_CONTAINERS
            if refused:
                names = ", ".join(sorted(kind.__name__ for kind in refused))
                raise PlainPickleError(
                    f"{path}: refused to load {names}: {_ALLOWED}."
                )
            if kinds & _PLAIN_CONTAINERS:
                waiting.extend(
                    item for item in part if type(item) in _PLAIN_CONTAINERS
                )
