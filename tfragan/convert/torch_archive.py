"""Tensors of PyTorch files, with or without PyTorch."""

import collections.abc
import importlib.util
import os
import pathlib
import zipfile

import numpy as np

from tfragan.convert.tensor_unpickler import STORAGE_TYPES
from tfragan.convert.tensor_unpickler import TensorRecord
from tfragan.convert.tensor_unpickler import TensorUnpickler
from tfragan.convert.tensor_unpickler import TorchArchiveError

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_LEGACY_PROTOCOL = 1001


def read_torch_archive(path, key=None, use_torch="auto"):
    """Reads the tensors of a file written by `torch.save`.

    Both the zip format and the older one of plain pickles are read. Only
    tensors are admitted: a file that asks for any other Python object is
    refused by that object's name, so that opening a file never runs code.
    An outer dict around the state dict and a `module.` before every name are
    taken off, and `*.num_batches_tracked` counters are left out.

    Args:
        path: file.
        key: name of the state dict where the file holds several.
        use_torch: whether PyTorch reads the file (with `weights_only=True`):
            `True`, `False`, or `"auto"` for where it is installed and takes
            the file.

    Returns:
        Dict of name to read-only array, in the file's order. bfloat16 comes
        as float32.

    Raises:
        TorchArchiveError: the file is damaged, cut short, not written by
            PyTorch, or holds something else than tensors.
        ImportError: `use_torch=True` without PyTorch.
    """
    path = pathlib.Path(path)
    return plain_state_dict(read_torch_contents(path, use_torch), path, key)


def read_torch_state_dicts(path, use_torch="auto"):
    """Reads all state dicts of a file that holds several, by name.

    Args:
        path: file.
        use_torch: as for `read_torch_archive`.

    Returns:
        Dict of name to what `read_torch_archive` gives with that `key`.

    Raises:
        TorchArchiveError: as `read_torch_archive`, or the file holds no
            state dict under a name.
        ImportError: `use_torch=True` without PyTorch.
    """
    path = pathlib.Path(path)
    contents = read_torch_contents(path, use_torch)
    inner = _state_dicts(contents)
    if not inner:
        raise TorchArchiveError(
            f"{path} holds a {type(contents).__name__}, expected a dict of "
            "state dicts."
        )
    return {name: _plain_names(inner[name], path) for name in inner}


def read_torch_contents(path, use_torch="auto"):
    """Reads whatever a file holds, for files of a form of their own.

    Args:
        path: file.
        use_torch: as for `read_torch_archive`.

    Returns:
        Dicts, lists, numbers and strings as saved, with read-only arrays for
        tensors.

    Raises:
        TorchArchiveError: as `read_torch_archive`.
        ImportError: `use_torch=True` without PyTorch.
    """
    if use_torch not in (True, False, "auto"):
        raise ValueError(
            'use_torch must be True, False or "auto". '
            f"Received: use_torch={use_torch!r}"
        )
    contents = None
    if use_torch == "auto" and importlib.util.find_spec("torch"):
        try:
            contents = _read_with_torch(path)
        except TorchArchiveError:
            contents = None
    elif use_torch is True:
        contents = _read_with_torch(path)
    if contents is None:
        contents = _read_without_torch(path)
    return contents


def plain_state_dict(contents, path, key=None):
    """A state dict as `read_torch_archive` gives it, out of a file's contents.

    Args:
        contents: as of `read_torch_contents`.
        path: how errors call the file.
        key: as for `read_torch_archive`.

    Returns:
        Dict of name to array.

    Raises:
        TorchArchiveError: there is no such dict, or it holds something else
            than tensors.
    """
    return _plain_names(_state_dict(contents, path, key), path)


def is_torch_archive(path):
    """Whether a file starts as `torch.save` lets it start.

    Args:
        path: file.

    Returns:
        A bool; False for other pickles.
    """
    with open(path, "rb") as file:
        start = file.read(len(_LEGACY_START))
    return start.startswith(b"PK\x03\x04") or start == _LEGACY_START


def _read_with_torch(path):
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "use_torch=True needs PyTorch: "
            'install it with `pip install "tfragan[torch]"`.'
        ) from error

    def to_array(value):
        if isinstance(value, torch.Tensor):
            value = value.detach()
            if value.dtype == torch.bfloat16:
                value = value.float()
            return value.numpy()
        if isinstance(value, collections.abc.Mapping):
            return {name: to_array(item) for name, item in value.items()}
        return value

    try:
        return to_array(torch.load(path, map_location="cpu", weights_only=True))
    except OSError:
        raise
    except Exception as error:
        raise TorchArchiveError(
            f"{path} is refused by PyTorch: it is damaged, or holds "
            f"something else than tensors ({type(error).__name__})."
        ) from error


def _read_without_torch(path):
    with open(path, "rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == b"PK\x03\x04":
            read = _read_zip
        elif start[:1] == b"\x80":
            read = _read_legacy
        else:
            raise TorchArchiveError(
                f"{path} is not a PyTorch file: it starts with {start!r}."
            )
        try:
            contents, storages = read(file, path)
            return _resolve(contents, storages, path)
        except TorchArchiveError:
            raise
        # Damaged files make zipfile and NumPy raise nearly anything.
        except Exception as error:
            raise TorchArchiveError(
                f"{path} is damaged or cut short: reading it failed with "
                f"{type(error).__name__}."
            ) from error


def _read_legacy(file, path):
    """Pickles one after the other, then the numbers of each storage."""
    if TensorUnpickler(file, path).load() != _LEGACY_MAGIC:
        raise TorchArchiveError(
            f"{path} is a pickle, but not one written by torch.save."
        )
    protocol = TensorUnpickler(file, path).load()
    if protocol != _LEGACY_PROTOCOL:
        raise TorchArchiveError(
            f"{path} has PyTorch's legacy protocol {protocol!r}, expected "
            f"{_LEGACY_PROTOCOL}."
        )
    TensorUnpickler(file, path).load()  # The writing machine's type sizes.
    contents = TensorUnpickler(file, path).load()
    keys = TensorUnpickler(file, path).load()
    kinds = _storage_kinds(contents)
    storages = {}
    left = os.path.getsize(path) - file.tell()
    for key in keys if isinstance(keys, list) else []:
        if not isinstance(key, str) or key not in kinds:
            raise TorchArchiveError(
                f"{path} is damaged: no tensor uses the storage {key!r} "
                "that it lists."
            )
        dtype = STORAGE_TYPES[kinds[key]]
        size = int.from_bytes(file.read(8), "little", signed=True)
        wanted = size * dtype.itemsize
        left -= 8 + wanted
        if left < 0 or wanted < 0:
            raise TorchArchiveError(
                f"{path} is cut short: storage {key} should hold {size} "
                f"numbers of {dtype.itemsize} bytes, which are not there."
            )
        storages[key] = np.frombuffer(file.read(wanted), dtype)
    return contents, storages


def _read_zip(file, path):
    """`<name>/data.pkl` and one `<name>/data/<key>` for each storage."""
    archive = zipfile.ZipFile(file)
    pickles = [
        name for name in archive.namelist() if name.endswith("/data.pkl")
    ]
    if len(pickles) != 1:
        raise TorchArchiveError(
            f"{path} is a zip file, but not one written by torch.save: "
            f"expected one data.pkl, found {len(pickles)}."
        )
    folder = pickles[0][: -len("data.pkl")]
    with archive.open(_stored(archive, pickles[0], path)) as stream:
        contents = TensorUnpickler(stream, path).load()
    big_endian = f"{folder}byteorder" in archive.namelist() and (
        archive.read(_stored(archive, f"{folder}byteorder", path)) == b"big"
    )
    storages = {}
    for key, kind in _storage_kinds(contents).items():
        dtype = STORAGE_TYPES[kind]
        part = _stored(archive, f"{folder}data/{key}", path)
        data = archive.read(part)
        if len(data) % dtype.itemsize:
            raise TorchArchiveError(
                f"{path} is damaged: storage {key} of {len(data)} bytes does "
                f"not divide into numbers of {dtype.itemsize} bytes."
            )
        if big_endian:
            dtype = dtype.newbyteorder(">")
        storages[key] = np.frombuffer(data, dtype)
    return contents, storages


def _stored(archive, name, path):
    """The uncompressed part of that name.

    PyTorch never compresses; refusing to expand bounds the memory by the
    size of the file.
    """
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise TorchArchiveError(
            f"{path} is damaged: its part {name} is missing."
        ) from error
    if info.compress_type != zipfile.ZIP_STORED:
        raise TorchArchiveError(
            f"{path} is refused: its part {name} is compressed, which "
            "torch.save never does."
        )
    return info


def _tensor_records(contents):
    if isinstance(contents, TensorRecord):
        yield contents
    elif isinstance(contents, dict):
        for value in contents.values():
            yield from _tensor_records(value)
    elif isinstance(contents, list | tuple):
        for value in contents:
            yield from _tensor_records(value)


def _storage_kinds(contents):
    return {
        record.storage.key: record.storage.kind
        for record in _tensor_records(contents)
    }


def _resolve(contents, storages, path, name="(unnamed)"):
    if isinstance(contents, dict):
        return {
            key: _resolve(value, storages, path, key)
            for key, value in contents.items()
        }
    if not isinstance(contents, TensorRecord):
        return contents
    numbers = storages.get(contents.storage.key)
    if numbers is None:
        raise TorchArchiveError(
            f"{path} is damaged: the numbers of tensor {name} are missing."
        )
    try:
        return contents.resolve(numbers, name)
    except TorchArchiveError as error:
        raise TorchArchiveError(f"{path} is damaged: {error}") from error


def _state_dicts(contents):
    """The entries that are state dicts, by name."""
    if not isinstance(contents, dict):
        return {}
    return {
        name: value
        for name, value in contents.items()
        if isinstance(value, dict)
        and any(isinstance(item, np.ndarray) for item in value.values())
    }


def _state_dict(contents, path, key):
    """The dict of tensors, out of an outer dict where there is one."""
    if not isinstance(contents, dict):
        raise TorchArchiveError(
            f"{path} holds a {type(contents).__name__}, expected a dict of "
            "tensors."
        )
    if key is not None:
        if not isinstance(contents.get(key), dict):
            raise TorchArchiveError(
                f"{path} holds no state dict {key!r}; its entries are "
                f"{', '.join(map(str, list(contents)[:8]))}."
            )
        return contents[key]
    if any(isinstance(value, np.ndarray) for value in contents.values()):
        return contents
    inner = _state_dicts(contents)
    if len(inner) > 1:
        raise TorchArchiveError(
            f"{path} holds several state dicts ({', '.join(map(str, inner))})"
            "; name one of them with key=."
        )
    return next(iter(inner.values()), contents)


def _plain_names(tensors, path):
    names = list(tensors)
    prefix = "module."
    cut = (
        len(prefix)
        if names
        and all(
            isinstance(name, str) and name.startswith(prefix) for name in names
        )
        else 0
    )
    plain = {}
    for name, value in tensors.items():
        if isinstance(name, str) and name.endswith("num_batches_tracked"):
            continue
        if not isinstance(name, str) or not isinstance(value, np.ndarray):
            raise TorchArchiveError(
                f"{path}: entry {name!r} is a {type(value).__name__}, "
                "expected a tensor."
            )
        plain[name[cut:]] = value
    return plain
