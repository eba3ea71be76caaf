"""Pickles of NumPy arrays, read without calling NumPy's own loaders."""

import math
import pathlib

import numpy as np

from tfragan.convert.restricted_unpickler import ArchiveError
from tfragan.convert.restricted_unpickler import RestrictedUnpickler

_DTYPES = frozenset(
    ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")
)
# NumPy's byte orders; its own "|" is for single bytes.
_BYTE_ORDERS = ("<", ">", "|", "=")


class ArrayPickleError(ArchiveError):
    """A pickle is damaged, or holds something else than arrays."""


def read_array_pickle(path):
    """Reads a pickle of dicts, lists, strings, numbers and NumPy arrays.

    A pickle is a program; this one may build arrays of numbers and plain
    containers, and a file that asks for anything else is refused by the name
    of what it asks for. Files of Python 2 and of any NumPy are read.

    Args:
        path: file.

    Returns:
        The pickled object; arrays are read-only views of what was read.

    Raises:
        ArrayPickleError: the file is damaged, cut short, no pickle, or holds
            something else.
    """
    path = pathlib.Path(path)
    with open(path, "rb") as file:
        start = file.read(1)
        file.seek(0)
        if start not in (b"\x80", b"(", b"}", b"]"):
            raise ArrayPickleError(
                f"{path} is no pickle: it starts with {start!r}."
            )
        contents = _ArrayUnpickler(file, path).load()
    return _Resolver(path)(contents)


class _PickledDtype:
    """Stands for a `numpy.dtype` while a pickle is read."""

    def __init__(self, name, *_):
        self._name = name
        self._order = "="

    def __setstate__(self, state):
        self._order = state[1]

    def resolve(self):
        name, order = self._name, self._order
        if name not in _DTYPES or order not in _BYTE_ORDERS:
            raise ValueError(f"an array of type {name!r:.40}")
        return np.dtype(name).newbyteorder(order)


class _PickledArray:
    """Stands for a `numpy.ndarray` while a pickle is read."""

    def __init__(self, *_):
        self._state = None

    def __setstate__(self, state):
        self._state = state

    def resolve(self):
        if self._state is None:
            raise ValueError("an array without contents")
        _, shape, dtype, fortran, data = self._state
        return _array(shape, dtype, data, "F" if fortran else "C")


class _PickledScalar:
    """Stands for a NumPy number while a pickle is read."""

    def __init__(self, dtype, data):
        self._dtype = dtype
        self._data = data

    def resolve(self):
        return _array((), self._dtype, self._data).item()


def _array(shape, dtype, data, order="C"):
    if not isinstance(dtype, _PickledDtype):
        raise ValueError("an array without a type")
    dtype = dtype.resolve()
    # Byte strings of Python 2.
    data = data.encode("latin-1") if isinstance(data, str) else data
    numbers = np.frombuffer(data, dtype)
    if math.prod(shape) != numbers.size or any(size < 0 for size in shape):
        raise ValueError(
            f"an array of shape {shape!r:.80} and {numbers.size} numbers"
        )
    return numbers.reshape(shape, order=order)


def _encode(text, encoding):
    # How Python 3 writes bytes for Python 2.
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"expected latin-1, received {encoding!r:.40}")
    return text.encode("latin-1")


def _no_bytes():
    # How Python 3 writes empty bytes for Python 2.
    return b""


class _ArrayUnpickler(RestrictedUnpickler):
    """Reads arrays as the objects above, and plain containers."""

    error = ArrayPickleError

    def __init__(self, file, source):
        admitted = {
            ("numpy", "dtype"): _PickledDtype,
            ("numpy", "ndarray"): _PickledArray,
            ("_codecs", "encode"): _encode,
        }
        for package in ("numpy.core", "numpy._core"):
            module = f"{package}.multiarray"
            admitted[module, "_reconstruct"] = _PickledArray
            admitted[module, "scalar"] = _PickledScalar
        for module in ("builtins", "__builtin__"):
            # Paddle writes a tensor as a tuple of its name and its array.
            admitted[module, "tuple"] = tuple
            admitted[module, "bytes"] = _no_bytes
        super().__init__(file, source, admitted, encoding="latin-1")


class _Resolver:
    """Replaces the stand-ins in a pickle by arrays, each object once."""

    def __init__(self, path):
        self._path = path
        # A small pickle can hold a list of itself, or of ever the same lists.
        self._resolved = {}

    def __call__(self, value, name="(unnamed)"):
        if value is None or isinstance(value, str | int | float):
            return value
        key = id(value)
        if key not in self._resolved:
            self._resolved[key] = None
            self._resolved[key] = self._resolve(value, name)
        return self._resolved[key]

    def _resolve(self, value, name):
        if isinstance(value, dict):
            return {key: self(item, key) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self(item, name) for item in value)
        if isinstance(value, _PickledArray | _PickledScalar):
            try:
                return value.resolve()
            except (ValueError, TypeError) as error:
                raise ArrayPickleError(
                    f"{self._path} is refused: {name}: {error}."
                ) from error
        raise ArrayPickleError(
            f"{self._path} is refused: {name} is a {type(value).__name__}, "
            "expected arrays in plain containers."
        )
