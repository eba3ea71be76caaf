"""An unpickler that admits tensors and plain containers, nothing else."""

import dataclasses
import math

import numpy as np

from tfragan.convert.restricted_unpickler import ArchiveError
from tfragan.convert.restricted_unpickler import RestrictedUnpickler

# PyTorch's storage classes. bfloat16 has no NumPy type: its 16 bits are read
# as they are and widened later.
STORAGE_TYPES = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "BFloat16Storage": np.dtype("<u2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}


_MOST_REPEATED = 2**20


class TorchArchiveError(ArchiveError):
    """A PyTorch file is damaged, or holds something else than tensors."""


@dataclasses.dataclass
class StorageRecord:
    """A run of numbers in a file, perhaps a part of another one.

    Args:
        key: name of the whole run in the file.
        kind: a key of `STORAGE_TYPES`.
        size: numbers in the whole run.
        offset: where this record's part starts, in numbers.
    """

    key: str
    kind: str
    size: int
    offset: int = 0


@dataclasses.dataclass
class TensorRecord:
    """A tensor whose numbers are read later; sizes count elements."""

    storage: StorageRecord
    offset: int
    shape: tuple
    strides: tuple

    def resolve(self, numbers, name):
        """The tensor as a read-only array.

        Args:
            numbers: 1-D array of the whole storage.
            name: how errors call the tensor.

        Raises:
            TorchArchiveError: the tensor reaches outside its storage.
        """
        whole = (*self.shape, *self.strides, self.offset, self.storage.offset)
        fits = len(self.shape) == len(self.strides) and all(
            isinstance(number, int) and number >= 0 for number in whole
        )
        first = self.offset + self.storage.offset if fits else 0
        steps = zip(self.shape, self.strides, strict=False)
        empty = 0 in self.shape
        last = first if empty else first + sum((n - 1) * s for n, s in steps)
        # Strides of 0 let a small file claim a tensor of any size.
        most = max(numbers.size, _MOST_REPEATED)
        fits = fits and math.prod(self.shape) <= most
        if not fits or (not empty and last >= numbers.size):
            raise TorchArchiveError(
                f"tensor {name} of shape {self.shape} and strides "
                f"{self.strides} reaches outside its {numbers.size} numbers."
            )
        if empty:
            return np.zeros(self.shape, numbers.dtype)
        array = np.lib.stride_tricks.as_strided(
            numbers[first:],
            self.shape,
            [stride * numbers.itemsize for stride in self.strides],
            writeable=False,
        )
        if self.storage.kind == "BFloat16Storage":
            return (array.astype(np.uint32) << 16).view(np.float32)
        return array


class TensorUnpickler(RestrictedUnpickler):
    """Reads tensors as `TensorRecord`, dicts, lists, strings and numbers.

    Strings of Python 2 are read as UTF-8.

    Args:
        file: binary file at the start of a pickle.
        source: how errors call the file.
    """

    error = TorchArchiveError

    def __init__(self, file, source):
        super().__init__(
            file,
            source,
            {
                ("torch._utils", "_rebuild_tensor"): self._rebuild_tensor,
                ("torch._utils", "_rebuild_tensor_v2"): self._rebuild_tensor,
                ("torch._utils", "_rebuild_parameter"): self._rebuild_parameter,
            },
        )

    def find_class(self, module, name):
        """The admitted function or storage type of that name."""
        if module in ("torch", "torch.cuda") and name in STORAGE_TYPES:
            return name
        return super().find_class(module, name)

    def persistent_load(self, pid):
        """A `StorageRecord` from PyTorch's description of a storage."""
        if (
            not isinstance(pid, tuple)
            or len(pid) not in (5, 6)
            or pid[0] != "storage"
            or pid[1] not in STORAGE_TYPES
            or not isinstance(pid[4], int)
        ):
            raise TorchArchiveError(
                f"{self._source} is refused: expected a tensor's storage, "
                f"received {pid!r:.80}."
            )
        record = StorageRecord(str(pid[2]), pid[1], pid[4])
        if len(pid) == 6 and pid[5] is not None:
            record.offset = pid[5][1]
        return record

    def _rebuild_tensor(self, storage, offset, shape, strides, *_):
        if not isinstance(storage, StorageRecord):
            raise TorchArchiveError(
                f"{self._source} is refused: a tensor is made from "
                f"{type(storage).__name__} instead of a storage."
            )
        return TensorRecord(storage, offset, tuple(shape), tuple(strides))

    @staticmethod
    def _rebuild_parameter(tensor, *_):
        return tensor
