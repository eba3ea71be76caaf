"""Published files, of which only tensors and plain values are read.

PyTorch's zip files and its older ones, Paddle's parameter files, NumPy's
archives and the pickles of published data sets are told apart by their first
bytes. None of the programs that wrote them is needed, and nothing in a file
can run:

- A pickle is a program. Here a name that it asks for stays a name, the few of
  `_Unpickler.builders` stand for a method here, and a file can neither call
  anything else nor set an attribute of anything.
- Tensors are views of the file, which is mapped into memory. Whatever has to
  be copied, widened or unpacked is counted first, and refused above
  `MOST_COPIED` times the file's size. Containers take up to some 80 bytes for
  a byte of the file, the price of a list.
- What a file holds in many places is read and checked once, and is one object
  in what is returned. Errors name the kind of a value and never print it.
"""

import contextlib
import dataclasses
import io
import math
import mmap
import pickle
import stat
import typing
import zipfile

import numpy as np

from tfragan.place import local_path

MOST_COPIED = 8
_LEGACY_START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_LEGACY_PROTOCOL = 1001
_ZIP_START = b"PK\x03\x04"
_PICKLE_STARTS = (b"\x80", b"(", b"}", b"]", b"c")
_NUMBERS = frozenset(
    ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
)
# bfloat16 has no NumPy type: its bits are the upper half of a float32.
_STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
# Paddle's own entries beside the tensors.
_NAME_TABLE = "StructuredToParameterName@@"
_SPLIT_TABLE = "UnpackBigParamInfor@@"
_PLAIN = frozenset((str, int, float, bool))
_TENSORS = _PLAIN | {type(None), np.ndarray}
_CONTAINERS = frozenset((list, tuple, dict))
_MOST_ARGUMENTS = 16


class PublishedFileError(ValueError):
    """A file is damaged, or holds something else than it may."""


def read_published_file(path):
    """Reads whatever a published file of weights holds.

    Args:
        path: file of PyTorch, Paddle or NumPy (`.npz`), told by its content.

    Returns:
        Dicts, lists, tuples, numbers and strings as they were saved, with
        read-only arrays for tensors; bfloat16 comes as float32. What a file
        holds in several places is one object.

    Raises:
        PublishedFileError: the file is damaged, cut short, of another kind,
            holds something else than tensors, or claims more memory than
            its size explains.
    """
    with _opened(path, "tensors in plain containers") as file:
        start = file.data[: len(_LEGACY_START)]
        if start.startswith(_ZIP_START):
            return file.checked(_read_zip(file), _TENSORS)
        if start == _LEGACY_START:
            return file.checked(_read_legacy(file), _TENSORS)
        if start[:1] in _PICKLE_STARTS:
            contents = _Unpickler(file, storage=file.no_storage).load()
            return _without_tables(file, file.checked(contents, _TENSORS))
        raise file.error(
            "is no file of PyTorch, Paddle or NumPy: it starts with "
            f"{start[:4]!r}."
        )


def read_plain_pickle(path):
    """Reads a pickle of lists, tuples, dicts, strings and numbers.

    Byte strings of Python 2 are read as latin-1. Anything else that the file
    asks for, and a file that is cut short, is a `PublishedFileError`.
    """
    with _opened(path, "lists, dicts, strings and numbers") as file:
        return file.checked(_Unpickler(file).load())


def described(value):
    """A value in few words, without printing what a container holds."""
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, int | float) and abs(value) < 1e18:
        return repr(value)
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def _shown(text):
    """A name that a file made up, short and on one line."""
    return repr(text[:120])[1:-1]


_record = dataclasses.dataclass(eq=False, repr=False, slots=True)


@_record
class _Name:
    """A function or class that a pickle asks for; it cannot be called."""

    module: str
    name: str


@_record
class _BadTensor:
    """Stands for a tensor until an error can call it by its name."""

    problem: str


class _PublishedFile:
    """A published file while it is read, and how much it may still copy."""

    def __init__(self, path, admitted):
        self.path = local_path(path)
        self.admitted = admitted
        status = self.path.stat()
        # Opening a pipe would wait for whoever writes into it.
        if not stat.S_ISREG(status.st_mode):
            raise self.error("is no regular file.")
        self.size = status.st_size
        self.left = MOST_COPIED * self.size
        if not self.size:
            raise self.error("is empty.")
        with open(self.path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def error(self, problem):
        return PublishedFileError(f"{self.path} {problem}")

    def refused(self, what):
        return self.error(
            f"is refused: it asks for {what}, and only {self.admitted} are "
            "admitted."
        )

    def no_storage(self, key, kind):
        raise self.refused("an outside object")

    def spend(self, size):
        """Refuses to copy more than the file's size explains."""
        self.left -= size
        if self.left < 0:
            raise self.error(
                f"is refused: its {self.size} bytes would take more than "
                f"{MOST_COPIED} times as much memory."
            )

    def numbers(self, buffer, kind, count, offset=0, order="<"):
        """A storage's numbers, as a view where no bits have to change."""
        dtype = np.dtype(_STORAGES[kind]).newbyteorder(order)
        numbers = np.frombuffer(buffer, dtype, count, offset)
        if kind == "BFloat16Storage":
            self.spend(8 * numbers.size)
            numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
        numbers.flags.writeable = False
        return numbers

    def checked(self, contents, plain=_PLAIN):
        """Refuses what is neither a container nor plain, each object once."""
        waiting, seen = [[contents]], set()
        while waiting:
            container = waiting.pop()
            if id(container) in seen:
                continue
            seen.add(id(container))
            named = isinstance(container, dict)
            values = container.values() if named else container
            if plain.issuperset(map(type, values)):
                continue
            for name, value in (
                container.items() if named else enumerate(values)
            ):
                if type(value) in _CONTAINERS:
                    waiting.append(value)
                elif isinstance(value, _BadTensor):
                    raise self.error(
                        f"is damaged: tensor {described(name)} {value.problem}"
                    )
                elif type(value) not in plain:
                    kind = type(value).__name__
                    if isinstance(value, _Name):
                        kind = _shown(f"{value.module}.{value.name}")
                    raise self.error(
                        f"is refused: {described(name)} is a {kind}, and only "
                        f"{self.admitted} are admitted."
                    )
        return contents


@contextlib.contextmanager
def _opened(path, admitted):
    """A `_PublishedFile`, whose damage of any kind is one sentence."""
    file = _PublishedFile(path, admitted)
    try:
        yield file
    except PublishedFileError:
        raise
    # Damaged files make pickle, zipfile and NumPy raise nearly anything.
    except Exception as error:
        raise file.error(
            "is damaged or cut short: reading its contents failed with "
            f"{type(error).__name__}."
        ) from error


# The unpickler written in Python: the one in C lets a single opcode of the
# file reserve tens of gigabytes for its table of earlier objects.
class _Unpickler(pickle._Unpickler):
    """Reads plain values, and calls nothing but its own methods.

    Args:
        file: the `_PublishedFile`.
        stream: bytes to read instead of all of it.
        storage: function of a storage's key and type to its numbers, or None
            for a pickle that may hold plain values alone.
    """

    dispatch: typing.ClassVar[typing.Any] = dict(pickle._Unpickler.dispatch)

    def __init__(self, file, stream=None, storage=None):
        super().__init__(stream or file.data, encoding="latin-1")
        self._file = file
        self._storage = storage

    def find_class(self, module, name):
        admitted = (module, name) in self.builders or (
            module in ("torch", "torch.cuda") and name in _STORAGES
        )
        if self._storage is None or not admitted:
            raise self._file.refused(_shown(f"{module[:80]}.{name[:80]}"))
        return _Name(module, name)

    def persistent_load(self, pid):
        if self._storage is None or not isinstance(pid, tuple):
            raise self._file.refused(f"an outside object {described(pid)}")
        mark, kind, key, *_ = pid
        if (mark, type(kind), type(key)) != ("storage", _Name, str):
            raise self._file.refused("a storage of another form")
        numbers = self._storage(key, kind.name)
        # Old files have storages that are parts of others.
        view = pid[5] if len(pid) == 6 else None
        if view is None:
            return numbers
        _check_sizes(view[1:])
        return numbers[view[1] :]

    def key(self, key):
        """A dict's key, whose hash takes no longer than reading it."""
        wide = type(key) is int and key.bit_length() > 64
        if wide or (key is not None and type(key) not in _PLAIN):
            raise self._file.refused(
                f"{described(key)} as the name of an entry"
            )
        return key

    def pairs(self, items):
        return zip(map(self.key, items[::2]), items[1::2], strict=True)

    def load_reduce(self):
        arguments = self.stack.pop()
        if len(arguments) > _MOST_ARGUMENTS:
            raise ValueError("too many arguments")
        build = self.builders[self.stack[-1].module, self.stack[-1].name]
        self.stack[-1] = build(self, *arguments)

    def load_build(self):
        state = self.stack.pop()
        target = self.stack[-1]
        if type(target) is np.ndarray and target.flags.writeable:
            self.fill_array(target, state)
        elif isinstance(target, np.dtype) and state[1] in ("<", ">", "|", "="):
            target.__setstate__((3, state[1], None, None, None, -1, -1, 0))
        # PyTorch's versions of the layers, an attribute of the dict.
        elif type(target) is not dict:
            raise ValueError("a state of something else than an array")

    def load_setitem(self):
        value, key = self.stack.pop(), self.stack.pop()
        dict.update(self.stack[-1], self.pairs([key, value]))

    def load_setitems(self):
        items = self.pop_mark()
        dict.update(self.stack[-1], self.pairs(items))

    def load_dict(self):
        items = self.pop_mark()
        self.append(dict(self.pairs(items)))

    def refuse(self, kind):
        raise self._file.refused(kind)

    # What a pickle may call.

    def build_dict(self, items=()):
        self._file.spend(len(items))
        return {self.key(key): value for key, value in items}

    def build_tuple(self, items=()):
        if not isinstance(items, tuple):
            raise ValueError("expected a tuple")
        return items

    def build_bytes(self, text="", encoding="latin-1"):
        if encoding not in ("latin1", "latin-1"):
            raise ValueError("expected latin-1")
        self._file.spend(len(text))
        return text.encode("latin-1")

    def build_dtype(self, kind, *_):
        if kind not in _NUMBERS:
            raise self._file.refused(f"an array of type {described(kind)}")
        # A copy, as the byte order follows.
        return np.dtype(kind, False, True)

    def build_array(self, *_):
        # Its contents follow.
        return np.zeros(0, np.int8)

    def build_number(self, dtype, data):
        data = data.encode("latin-1") if isinstance(data, str) else data
        return np.frombuffer(data, dtype, 1)[0].item()

    def fill_array(self, array, state):
        _, shape, dtype, fortran, data = state
        if isinstance(data, str):
            data = self.build_bytes(data)
        _check_sizes(shape)
        # The file may still change its own.
        dtype = np.dtype(dtype.str)
        if math.prod(shape) * dtype.itemsize != len(data):
            raise self._file.error(
                f"is refused: an array of shape {shape} does not have "
                f"{len(data) // dtype.itemsize} numbers."
            )
        self._file.spend(len(data))
        array.__setstate__((1, shape, dtype, bool(fortran), bytes(data)))
        array.flags.writeable = False

    def build_tensor(self, numbers, offset, shape, strides, *_):
        _check_sizes(shape)
        _check_sizes((offset, *strides))
        if numbers.ndim != 1 or not numbers.flags.c_contiguous:
            raise ValueError("a tensor of something else than a storage")
        last = offset + sum(
            (size - 1) * stride
            for size, stride in zip(shape, strides, strict=True)
        )
        if 0 in shape:
            return np.reshape(numbers[:0], shape)
        # Strides of 0 would let a small file claim a tensor of any size.
        if last >= numbers.size or math.prod(shape) > numbers.size:
            return _BadTensor(
                f"of shape {shape} and strides {strides} reaches outside its "
                f"{numbers.size} numbers."
            )
        return np.lib.stride_tricks.as_strided(
            numbers[offset:],
            shape,
            [stride * numbers.itemsize for stride in strides],
            writeable=False,
        )

    def build_parameter(self, tensor, *_):
        return tensor

    builders: typing.ClassVar[typing.Any] = {
        ("collections", "OrderedDict"): build_dict,
        ("torch._utils", "_rebuild_tensor"): build_tensor,
        ("torch._utils", "_rebuild_tensor_v2"): build_tensor,
        ("torch._utils", "_rebuild_parameter"): build_parameter,
        ("numpy", "dtype"): build_dtype,
        # The class, which `_reconstruct` is told.
        ("numpy", "ndarray"): build_array,
        ("numpy.core.multiarray", "_reconstruct"): build_array,
        ("numpy._core.multiarray", "_reconstruct"): build_array,
        ("numpy.core.multiarray", "scalar"): build_number,
        ("numpy._core.multiarray", "scalar"): build_number,
        # How Python 3 writes bytes for Python 2.
        ("_codecs", "encode"): build_bytes,
        ("builtins", "bytes"): build_bytes,
        ("__builtin__", "bytes"): build_bytes,
        # Paddle writes a tensor as a tuple of its name and its array.
        ("builtins", "tuple"): build_tuple,
        ("__builtin__", "tuple"): build_tuple,
    }
    dispatch |= {
        pickle.REDUCE[0]: load_reduce,
        pickle.BUILD[0]: load_build,
        pickle.SETITEM[0]: load_setitem,
        pickle.SETITEMS[0]: load_setitems,
        pickle.DICT[0]: load_dict,
    }
    # What would be made or looked up before it could be refused.
    for _code, _kind in {
        pickle.EMPTY_SET: "a set",
        pickle.FROZENSET: "a frozenset",
        pickle.BYTEARRAY8: "a bytearray",
        pickle.EXT1: "an extension",
        pickle.EXT2: "an extension",
        pickle.EXT4: "an extension",
    }.items():
        dispatch[_code[0]] = lambda self, kind=_kind: self.refuse(kind)


def _check_sizes(sizes):
    if (
        not isinstance(sizes, tuple)
        or len(sizes) > 64
        or not all(type(size) is int and 0 <= size < 2**60 for size in sizes)
    ):
        raise ValueError("sizes that are no sizes")


def _read_legacy(file):
    """Pickles one after the other, then the numbers of each storage."""
    for _ in ("magic number", "protocol", "sizes of types"):
        _Unpickler(file).load()
    start = file.data.tell()
    kinds, storages = {}, {}

    def note(key, kind):
        kinds.setdefault(key, kind)
        return np.zeros(0)

    # The numbers come last: the tensors are built the second time.
    _Unpickler(file, storage=note).load()
    keys = _Unpickler(file).load()
    place = file.data.tell()
    for key in keys:
        count = int.from_bytes(file.data[place : place + 8], "little")
        numbers = file.numbers(file.data, kinds[key], count, place + 8)
        storages[key, kinds[key]] = numbers
        place += 8 + count * np.dtype(_STORAGES[kinds[key]]).itemsize
    file.data.seek(start)
    return _Unpickler(file, storage=lambda *storage: storages[storage]).load()


def _read_zip(file):
    """PyTorch's zip file, or NumPy's."""
    archive = zipfile.ZipFile(file.path)
    names = archive.namelist()
    pickles = [name for name in names if name.endswith("/data.pkl")]
    if not pickles and names and all(name.endswith(".npy") for name in names):
        return {
            name.removesuffix(".npy"): _npy(file, archive, name)
            for name in names
        }
    if len(pickles) != 1:
        raise file.error(
            "is a zip file, but not one written by torch.save or numpy.savez: "
            f"expected one data.pkl, found {len(pickles)}."
        )
    folder = pickles[0].removesuffix("data.pkl")
    order, storages = "<", {}
    if f"{folder}byteorder" in names:
        big = _part(file, archive, f"{folder}byteorder") == b"big"
        order = ">" if big else "<"

    def storage(key, kind):
        if (key, kind) not in storages:
            data = _part(file, archive, f"{folder}data/{key[:80]}")
            numbers = file.numbers(data, kind, -1, order=order)
            storages[key, kind] = numbers
        return storages[key, kind]

    program = io.BytesIO(_part(file, archive, pickles[0]))
    return _Unpickler(file, program, storage).load()


def _part(file, archive, name, compressed=False):
    """The bytes of one part of a zip file; parts may overlap in one."""
    if name not in archive.NameToInfo:
        raise file.error(f"is damaged: its part {_shown(name)} is missing.")
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED and not compressed:
        raise file.error(
            f"is refused: its part {_shown(name)} is compressed, which "
            "torch.save never does."
        )
    file.spend(info.file_size)
    # No more than it claims: `read` unpacks all before it looks.
    with archive.open(info) as part:
        return part.read(info.file_size)


def _npy(file, archive, name):
    """An array of NumPy's; its own reader asks for memory before it looks."""
    data = _part(file, archive, name, compressed=True)
    stream = io.BytesIO(data)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[np.lib.format.read_magic(stream)]
    shape, fortran, dtype = read(stream)
    if dtype.str[1:] not in _NUMBERS:
        raise file.refused(f"{_shown(name)} of type {dtype.str[:20]}")
    numbers = np.frombuffer(data, dtype, offset=stream.tell())
    return numbers.reshape(shape, order="F" if fortran else "C")


def _without_tables(file, contents):
    """A Paddle file, without Paddle's own entries."""
    if not isinstance(contents, dict):
        return contents
    plain = _paddle_tensors(file, contents)
    networks = {
        id(value): _paddle_tensors(file, value)
        for value in plain.values()
        if isinstance(value, dict)
    }
    return {
        name: networks.get(id(value), value) for name, value in plain.items()
    }


def _paddle_tensors(file, entries):
    """One network: arrays by their names, large ones put together."""
    entries = {name: _without_name(value) for name, value in entries.items()}
    entries.pop(_NAME_TABLE, None)
    split_table = entries.pop(_SPLIT_TABLE, None) or {}
    for name, split in split_table.items():
        parts = [entries.pop(part, None) for part in split["slices"]]
        if not all(isinstance(part, np.ndarray) for part in parts):
            raise file.error(
                f"is damaged: the parts of tensor {described(name)} are "
                "missing."
            )
        file.spend(sum(part.nbytes for part in parts))
        whole = np.concatenate([np.ravel(part) for part in parts])
        entries[name] = whole.reshape(split["OriginShape"])
    return entries


def _without_name(value):
    """The array of a tensor that was written as its name and its array."""
    if isinstance(value, tuple) and len(value) == 2:
        return value[1] if isinstance(value[1], np.ndarray) else value
    return value
