"""Published files, of which only tensors and plain values are read.

PyTorch's zip files and its older ones, Paddle's parameter files, NumPy's
archives and the pickles of published data sets are distinguished by their first
bytes. None of the programs that wrote them is needed, and none of a file's
own code can run:

- A pickle is a program. Here a name that it asks for stays a name, and only
  the few of `_BUILDERS` stand for a function of this module; the file can
  neither call anything else nor set an attribute of anything.
- Tensors are views of the file, which is mapped into memory. Whatever has to
  be copied or widened is counted first, and refused above
  `MOST_COPIED` times the size of the file.
- An object that a file holds in many places is read and checked once, and is
  one object in what is returned. A file that holds 2**60 references to a
  list in 400 bytes is therefore no more work than those 400 bytes, and errors
  never print what it holds, only its kind.
"""

import dataclasses
import io
import math
import mmap
import pathlib
import pickle
import stat
import typing
import zipfile

import numpy as np

# Bytes that are copied, widened or unpacked, as a multiple of the file.
MOST_COPIED = 8
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_LEGACY_PROTOCOL = 1001
_ZIP_START = b"PK\x03\x04"
_PICKLE_STARTS = (b"\x80", b"(", b"}", b"]", b"c")
_NUMBERS = frozenset(
    ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")
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
_CONTAINERS = frozenset((list, tuple, dict))
_TENSORS = "tensors in plain containers"
_VALUES = "lists, dicts, strings and numbers"


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
    with _PublishedFile(path) as file:
        if file.start.startswith(_ZIP_START):
            return file.checked(_read_zip(file))
        if file.start.startswith(_LEGACY_START):
            return file.checked(_read_legacy(file))
        if file.start[:1] in _PICKLE_STARTS:
            return _without_tables(file, file.checked(file.unpickle()))
        raise file.error(
            f"is no file of PyTorch, Paddle or NumPy: it starts with "
            f"{file.start[:4]!r}."
        )


def read_plain_pickle(path):
    """Reads a pickle of lists, tuples, dicts, strings and numbers.

    Byte strings of Python 2 are read as latin-1.

    Args:
        path: file.

    Returns:
        The value; what the file holds in several places is one object.

    Raises:
        PublishedFileError: the file asks for anything else, which the
            sentence names, or is cut short or no pickle.
        FileNotFoundError: there is no such file.
    """
    with _PublishedFile(path, builders={}) as file:
        return file.checked(file.unpickle())


def read_state_dict(path, mark=None):
    """Reads the tensors of one network.

    An outer dict around the state dict and a `module.` before every name are
    taken off, and `*.num_batches_tracked` counters are left out.

    Args:
        path: file, see `read_published_file`.
        mark: how a name of the network begins (a string or several), which
            chooses where a file holds several networks.

    Returns:
        Dict of name to read-only array, in the file's order.

    Raises:
        PublishedFileError: as `read_published_file`, or the file holds no
            state dict or several.
    """
    return plain_state_dict(read_published_file(path), path, mark=mark)


def plain_state_dict(contents, path, key=None, mark=None):
    """A state dict as `read_state_dict` gives it, out of a file's contents.

    Args:
        contents: as of `read_published_file`.
        path: how errors call the file.
        key: name of the state dict where the file holds several.
        mark: see `read_state_dict`.

    Returns:
        Dict of name to array.

    Raises:
        PublishedFileError: there is no such dict, or it holds something else
            than tensors.
    """
    if not isinstance(contents, dict):
        raise PublishedFileError(
            f"{path} holds {described(contents)}, expected a dict of tensors."
        )
    if key is not None:
        if not isinstance(contents.get(key), dict):
            raise PublishedFileError(
                f"{path} holds no state dict {key!r}; its entries are "
                f"{', '.join(described(name) for name in [*contents][:8])}."
            )
        return _plain_names(contents[key], path)
    if any(isinstance(value, np.ndarray) for value in contents.values()):
        return _plain_names(contents, path)
    inner = {
        name: value
        for name, value in contents.items()
        if isinstance(value, dict)
        and isinstance(next(iter(value.values()), None), np.ndarray)
    }
    if len(inner) > 1 and mark is not None:
        inner = {
            name: tensors
            for name, tensors in inner.items()
            if begins_with(tensors, mark)
        } or inner
    if len(inner) > 1:
        raise PublishedFileError(
            f"{path} holds several state dicts "
            f"({', '.join(described(name) for name in [*inner][:8])}), "
            "expected one."
        )
    return _plain_names(next(iter(inner.values()), contents), path)


def begins_with(names, mark):
    """Whether some name begins so, `module.` in front of it or not.

    Args:
        names: iterable of strings; other entries do not count.
        mark: a string or a tuple of some.
    """
    return any(
        isinstance(name, str) and name.removeprefix("module.").startswith(mark)
        for name in names
    )


def described(value):
    """A value in few words, without printing what a container holds."""
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, int | float) and abs(value) < 1e18:
        return repr(value)
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


# No name leads from a file to these: `load_build` sets nothing of them but the
# byte order of a `_Dtype`.
_record = dataclasses.dataclass(eq=False, repr=False, slots=True)


@_record
class _Name:
    """A function or class that a pickle asks for; it cannot be called."""

    module: str
    name: str


@_record
class _Dtype:
    """NumPy's description of an array's numbers."""

    kind: str
    order: str = "="

    def resolve(self):
        if self.kind not in _NUMBERS or self.order not in ("<", ">", "|", "="):
            raise ValueError(f"an array of type {described(self.kind)}")
        return np.dtype(self.kind).newbyteorder(self.order)


@_record
class _Storage:
    """A run of numbers, of which PyTorch's tensors are parts."""

    numbers: object
    offset: int


@_record
class _BadTensor:
    """Stands for a tensor until an error can call it by its name."""

    problem: str


class _PublishedFile:
    """A published file while it is read, and how much it may still copy.

    Args:
        path: file.
        builders: dict of `(module, name)` to a method's name here; by default
            those that build tensors.
    """

    def __init__(self, path, builders=None):
        self.path = pathlib.Path(path)
        self.builders = _BUILDERS if builders is None else builders
        self.admitted = _VALUES if builders is not None else _TENSORS
        # Finds the numbers of a storage by key and type.
        self.storage = self.no_storage

    def __enter__(self):
        status = self.path.stat()
        # Opening a pipe would wait for whoever writes into it.
        if not stat.S_ISREG(status.st_mode):
            raise self.error("is no regular file.")
        self.size = status.st_size
        with open(self.path, "rb") as file:
            self.data = (
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                if self.size
                else io.BytesIO()
            )
        self.start = self.data.read(len(_LEGACY_START))
        self.data.seek(0)
        self.left = MOST_COPIED * self.size
        return self

    def __exit__(self, kind, error, traceback):
        if error is None or isinstance(error, PublishedFileError):
            return
        # Damaged files make pickle, zipfile and NumPy raise nearly anything.
        if isinstance(error, Exception):
            raise self.error(
                "is damaged or cut short: reading its contents failed with "
                f"{kind.__name__}."
            ) from error

    def error(self, problem):
        return PublishedFileError(f"{self.path} {problem}")

    def refused(self, what):
        return self.error(
            f"is refused: it asks for {what}, and only {self.admitted} are "
            "admitted."
        )

    def spend(self, size):
        """Refuses to copy more than the file's size explains."""
        self.left -= size
        if self.left < 0:
            raise self.error(
                f"is refused: its {self.size} bytes would take more than "
                f"{MOST_COPIED} times as much memory."
            )

    def unpickle(self, file=None):
        return _Unpickler(self.data if file is None else file, self).load()

    def no_storage(self, key, kind):
        raise self.refused("an outside object")

    def checked(self, contents):
        """Refuses what is neither a tensor nor plain, each object once."""
        plain = _PLAIN
        if self.builders:
            plain = _PLAIN | {type(None), np.ndarray}
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
                elif type(value) not in plain:
                    raise self.error(self._problem(name, value))
        return contents

    def _problem(self, name, value):
        if isinstance(value, _BadTensor):
            return f"is damaged: tensor {described(name)} {value.problem}"
        kind = type(value).__name__
        if isinstance(value, _Name):
            kind = _shown(f"{value.module}.{value.name}")
        return (
            f"is refused: {described(name)} is a {kind}, and only "
            f"{self.admitted} are admitted."
        )

    def key(self, key):
        """A dict's key, whose hash takes no longer than reading it."""
        if key is not None and type(key) not in _PLAIN:
            raise self.refused(f"{described(key)} as the name of an entry")
        return key

    # What a pickle may call, by the names of `_BUILDERS`.

    def build_dict(self, items=()):
        self.spend(len(items))
        return {self.key(key): value for key, value in items}

    def build_tuple(self, items=()):
        if not isinstance(items, tuple):
            raise ValueError("expected a tuple")
        return items

    def build_bytes(self, text="", encoding="latin-1"):
        if encoding not in ("latin1", "latin-1"):
            raise ValueError("expected latin-1")
        self.spend(len(text))
        return text.encode("latin-1")

    def build_dtype(self, kind, *_):
        return _Dtype(kind)

    def build_array(self, *_):
        # Its contents follow.
        return np.zeros(0, np.int8)

    def build_number(self, dtype, data):
        data = data.encode("latin-1") if isinstance(data, str) else data
        return np.frombuffer(data, dtype.resolve(), 1)[0].item()

    def fill_array(self, array, state):
        _, shape, dtype, fortran, data = state
        if isinstance(data, str):
            data = self.build_bytes(data)
        if not isinstance(data, bytes):
            raise self.refused("an array of type 'O8'")
        try:
            kind = dtype.resolve()
        except ValueError as error:
            raise self.refused(str(error)) from error
        _check_shape(shape)
        if math.prod(shape) * kind.itemsize != len(data):
            raise self.error(
                f"is refused: an array of shape {shape} does not have "
                f"{len(data) // kind.itemsize} numbers."
            )
        self.spend(len(data))
        array.__setstate__((1, shape, kind, bool(fortran), data))
        array.flags.writeable = False

    def build_tensor(self, storage, offset, shape, strides, *_):
        if not isinstance(storage, _Storage):
            raise self.error(
                "is refused: a tensor is made from "
                f"{described(storage)} instead of a storage."
            )
        shape, strides = tuple(shape), tuple(strides)
        _check_shape(shape)
        _check_shape((*strides, offset, storage.offset))
        numbers = storage.numbers
        if numbers is None:
            return None
        first = offset + storage.offset
        last = first + sum(
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
            numbers[first:],
            shape,
            [stride * numbers.itemsize for stride in strides],
            writeable=False,
        )

    def build_parameter(self, tensor, *_):
        return tensor

    def numbers(self, buffer, kind, count, offset=0, order="<"):
        """A storage's numbers, as a view where no bits have to change."""
        dtype = np.dtype(_STORAGES[kind]).newbyteorder(order)
        numbers = np.frombuffer(buffer, dtype, count, offset)
        if kind == "BFloat16Storage":
            self.spend(8 * numbers.size)
            numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
        numbers.flags.writeable = False
        return numbers


_BUILDERS = {
    ("collections", "OrderedDict"): "build_dict",
    ("torch._utils", "_rebuild_tensor"): "build_tensor",
    ("torch._utils", "_rebuild_tensor_v2"): "build_tensor",
    ("torch._utils", "_rebuild_parameter"): "build_parameter",
    ("numpy", "dtype"): "build_dtype",
    ("numpy", "ndarray"): "",
    ("numpy.core.multiarray", "_reconstruct"): "build_array",
    ("numpy._core.multiarray", "_reconstruct"): "build_array",
    ("numpy.core.multiarray", "scalar"): "build_number",
    ("numpy._core.multiarray", "scalar"): "build_number",
    # How Python 3 writes bytes for Python 2.
    ("_codecs", "encode"): "build_bytes",
    ("builtins", "bytes"): "build_bytes",
    ("__builtin__", "bytes"): "build_bytes",
    # Paddle writes a tensor as a tuple of its name and its array.
    ("builtins", "tuple"): "build_tuple",
    ("__builtin__", "tuple"): "build_tuple",
}


# The unpickler written in Python: the one in C lets a single opcode of the
# file reserve tens of gigabytes for its table of earlier objects.
class _Unpickler(pickle._Unpickler):
    """Reads plain values, and calls nothing but the file's builders."""

    dispatch: typing.ClassVar[typing.Any] = dict(pickle._Unpickler.dispatch)

    def __init__(self, data, file):
        super().__init__(data, encoding="latin-1")
        self._file = file

    def find_class(self, module, name):
        name = _Name(module, name)
        storage = module in ("torch", "torch.cuda") and name.name in _STORAGES
        builders = self._file.builders
        if (module, name.name) not in builders and not (storage and builders):
            raise self._file.refused(_shown(f"{module[:80]}.{name.name}"))
        return name

    def persistent_load(self, pid):
        if not self._file.builders or not isinstance(pid, tuple):
            raise self._file.refused(f"an outside object {described(pid)}")
        if (
            len(pid) not in (5, 6)
            or pid[0] != "storage"
            or not isinstance(pid[1], _Name)
            or not isinstance(pid[2], str)
        ):
            raise self._file.refused("a storage of another form")
        view = pid[5] if len(pid) == 6 else None
        numbers = self._file.storage(pid[2], pid[1].name)
        return _Storage(numbers, 0 if view is None else view[1])

    def load_reduce(self):
        arguments = self.stack.pop()
        name = self.stack[-1]
        method = self._file.builders[name.module, name.name]
        self.stack[-1] = getattr(self._file, method)(*arguments)

    def load_build(self):
        state = self.stack.pop()
        target = self.stack[-1]
        if type(target) is np.ndarray and target.flags.writeable:
            self._file.fill_array(target, state)
        elif type(target) is _Dtype:
            target.order = state[1]
        # PyTorch's versions of the layers, an attribute of the dict.
        elif type(target) is not dict:
            raise ValueError("a state of something else than an array")

    def load_setitem(self):
        value = self.stack.pop()
        key = self.stack.pop()
        self._plain_dict()[self._file.key(key)] = value

    def load_setitems(self):
        items = self.pop_mark()
        self._plain_dict().update(self._pairs(items))

    def load_dict(self):
        items = self.pop_mark()
        self.append(dict(self._pairs(items)))

    def _pairs(self, items):
        keys = map(self._file.key, items[::2])
        return zip(keys, items[1::2], strict=True)

    def _plain_dict(self):
        if type(self.stack[-1]) is not dict:
            raise ValueError("an entry of something else than a dict")
        return self.stack[-1]

    def refuse(self, kind):
        raise self._file.refused(kind)

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.SETITEM[0]] = load_setitem
    dispatch[pickle.SETITEMS[0]] = load_setitems
    dispatch[pickle.DICT[0]] = load_dict
    # What would be made or looked up before it could be refused.
    for _code, _kind in {
        pickle.EMPTY_SET: "a set",
        pickle.FROZENSET: "a frozenset",
        pickle.BYTEARRAY8: "a bytearray",
        pickle.NEXT_BUFFER: "an outside object",
        pickle.EXT1: "an extension",
        pickle.EXT2: "an extension",
        pickle.EXT4: "an extension",
    }.items():
        dispatch[_code[0]] = lambda self, kind=_kind: self.refuse(kind)


def _shown(text):
    """A name that a file made up, short and on one line."""
    return repr(text[:120])[1:-1]


def _check_shape(sizes):
    if (
        not isinstance(sizes, tuple)
        or len(sizes) > 64
        or not all(type(size) is int and 0 <= size < 2**60 for size in sizes)
    ):
        raise ValueError("sizes that are no sizes")


def _read_legacy(file):
    """Pickles one after the other, then the numbers of each storage."""
    file.unpickle()  # The magic number.
    protocol = file.unpickle()
    if protocol != _LEGACY_PROTOCOL:
        raise file.error(
            f"has PyTorch's legacy protocol {described(protocol)}, expected "
            f"{_LEGACY_PROTOCOL}."
        )
    file.unpickle()  # The writing machine's type sizes.
    start = file.data.tell()
    kinds, storages = {}, {}
    # The numbers come last, so that the tensors are built the second time.
    file.storage = lambda key, kind: kinds.setdefault(key, kind) and None
    file.unpickle()
    keys = file.unpickle()
    place = file.data.tell()
    for key in keys if isinstance(keys, list) else ():
        if not isinstance(key, str) or key not in kinds:
            raise file.error(
                f"is damaged: no tensor uses the storage {described(key)} "
                "that it lists."
            )
        kind = kinds[key]
        size = int.from_bytes(file.data[place : place + 8], "little")
        end = place + 8 + size * np.dtype(_STORAGES[kind]).itemsize
        if end > file.size:
            raise file.error(
                f"is cut short: storage {described(key)} should hold "
                f"{described(size)} numbers, which are not there."
            )
        storages[key] = kind, file.numbers(file.data, kind, size, place + 8)
        place = end
    file.storage = lambda key, kind: _stored(file, storages, key, kind)
    file.data.seek(start)
    return file.unpickle()


def _stored(file, storages, key, kind):
    if key not in storages:
        raise file.error(
            f"is damaged: the numbers of storage {described(key)} are missing."
        )
    if storages[key][0] != kind:
        raise file.error(f"is damaged: storage {described(key)} has two types.")
    return storages[key][1]


def _read_zip(file):
    """PyTorch's zip file, or NumPy's."""
    archive = zipfile.ZipFile(file.path)
    names = archive.namelist()
    pickles = [name for name in names if name.endswith("/data.pkl")]
    if not pickles and names and all(name.endswith(".npy") for name in names):
        return {
            name[: -len(".npy")]: _npy(file, archive, name) for name in names
        }
    if len(pickles) != 1:
        raise file.error(
            "is a zip file, but not one written by torch.save or numpy.savez: "
            f"expected one data.pkl, found {len(pickles)}."
        )
    folder = pickles[0][: -len("data.pkl")]
    order, storages = "<", {}
    if f"{folder}byteorder" in names:
        big = _part(file, archive, f"{folder}byteorder") == b"big"
        order = ">" if big else "<"

    def storage(key, kind):
        if key not in storages:
            data = _part(file, archive, f"{folder}data/{key[:80]}")
            storages[key] = kind, file.numbers(data, kind, -1, order=order)
        return _stored(file, storages, key, kind)

    file.storage = storage
    return file.unpickle(io.BytesIO(_part(file, archive, pickles[0])))


def _part(file, archive, name, compressed=False):
    """The bytes of one part of a zip file; parts may overlap in one."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise file.error(
            f"is damaged: its part {_shown(name)} is missing."
        ) from None
    if info.compress_type != zipfile.ZIP_STORED and not compressed:
        raise file.error(
            f"is refused: its part {_shown(name)} is compressed, which "
            "torch.save never does."
        )
    file.spend(info.file_size)
    return archive.read(info)


def _npy(file, archive, name):
    """An array of NumPy's; its own reader asks for memory before it looks."""
    data = _part(file, archive, name, compressed=True)
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
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
    """One network: arrays by their names, split ones put together."""
    entries = {name: _without_name(value) for name, value in entries.items()}
    entries.pop(_NAME_TABLE, None)
    split_table = entries.pop(_SPLIT_TABLE, None) or {}
    for name, split in split_table.items():
        try:
            parts = [entries.pop(part).reshape(-1) for part in split["slices"]]
            file.spend(sum(part.nbytes for part in parts))
            entries[name] = np.concatenate(parts).reshape(split["OriginShape"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, PublishedFileError):
                raise
            raise file.error(
                f"is damaged: the parts of tensor {described(name)} are "
                "missing or do not fit together."
            ) from error
    return entries


def _without_name(value):
    """The array of a tensor that was written as its name and its array."""
    if isinstance(value, tuple) and len(value) == 2:
        return value[1] if isinstance(value[1], np.ndarray) else value
    return value


def _plain_names(tensors, path):
    prefix = "module."
    wrapped = tensors and all(
        isinstance(name, str) and name.startswith(prefix) for name in tensors
    )
    plain = {}
    for name, value in tensors.items():
        if not isinstance(name, str) or not isinstance(value, np.ndarray):
            raise PublishedFileError(
                f"{path}: entry {described(name)} is {described(value)}, "
                "expected a tensor."
            )
        if not name.endswith("num_batches_tracked"):
            plain[name[len(prefix) if wrapped else 0 :]] = value
    return plain
