"""Files as `torch.save` writes them, written by hand."""

import io
import pickle
import struct
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C

_STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "i8": "LongStorage"}


class _Global:
    """A name that is written without being looked up."""

    def __init__(self, module, name):
        self.module = module
        self.name = name

    def __call__(self):
        raise NotImplementedError


class _Pickler(pickle._Pickler):
    """Writes arrays as PyTorch's tensors and collects their numbers."""

    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = {}

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, _Global):
            self.write(f"c{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, np.ndarray):
            self._save_tensor(obj)
        else:
            super().save(obj, save_persistent_id)

    def _save_tensor(self, array):
        key = str(len(self.storages))
        self.storages[key] = np.ascontiguousarray(array)
        storage = _Global("torch", _STORAGES[array.dtype.str[1:]])
        strides = tuple(
            stride // array.itemsize for stride in self.storages[key].strides
        )
        self.write(b"ctorch._utils\n_rebuild_tensor_v2\n(")
        for part in ("storage", storage, key, "cpu", array.size):
            if part == "storage":
                self.write(b"(")
            self.save(part)
        self.write(b"tQ")
        for part in (0, array.shape, strides[: array.ndim], False):
            self.save(part)
        # The hooks of the backward pass, always empty.
        self.write(b"ccollections\nOrderedDict\n)R")
        self.write(b"tR")


def _pickled(contents):
    stream = io.BytesIO()
    pickler = _Pickler(stream)
    pickler.dump(contents)
    return stream.getvalue(), pickler.storages


def legacy(contents):
    """The bytes as PyTorch wrote them before 1.6: pickles, then numbers."""
    head = [MAGIC, 1001, {"protocol_version": 1001, "little_endian": True}]
    body, storages = _pickled(contents)
    parts = [pickle.dumps(item, 2) for item in head]
    parts += [body, pickle.dumps(list(storages), 2)]
    for numbers in storages.values():
        parts += [struct.pack("<q", numbers.size), numbers.tobytes()]
    return b"".join(parts)


def zipped(contents):
    """As PyTorch has written it since 1.6; see `legacy`."""
    stream = io.BytesIO()
    body, storages = _pickled(contents)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", body)
        for key, numbers in storages.items():
            archive.writestr(f"archive/data/{key}", numbers.tobytes())
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


def write_networks(networks, folder, prefix="", form="zipped", tag="latest"):
    """Writes a file a network; gives a dict of published name to path.

    `prefix` is in front of all names, such as `module.` of `DataParallel`, and
    `tag` is what the file's name tells behind that of the network.
    """
    folder.mkdir(exist_ok=True)
    paths = {name: folder / f"{name}_{tag}.pth" for name in networks}
    for name, tensors in networks.items():
        named = {prefix + key: value for key, value in tensors.items()}
        paths[name].write_bytes(_FORMS[form](named))
    return paths


_FORMS = {"legacy": legacy, "zipped": zipped}
