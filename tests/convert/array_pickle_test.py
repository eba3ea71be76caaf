"""Pickles of arrays are read, and nothing in them runs."""

import collections
import io
import os
import pickle
import struct

import numpy as np
import pytest

from tfragan.convert.array_pickle import ArrayPickleError
from tfragan.convert.array_pickle import read_array_pickle


def write(folder, content):
    path = folder / "weights.pdparams"
    path.write_bytes(content)
    return path


def contents():
    matrix = np.arange(12, dtype="float32").reshape(3, 4)
    return {
        "genA2B": collections.OrderedDict(
            conv=matrix,
            transposed=matrix.T,
            half=np.array([1.0, 0.333], "float16"),
            big_endian=np.arange(3, dtype=">i4"),
            scalar=np.array(2.0**-40),
            none=np.zeros((0, 3), "float32"),
            mask=np.array([True, False]),
        ),
        "epoch": 3,
        "rate": np.float32(0.5),
        "names": ["a", ("b", None)],
    }


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_in_containers_are_read(tmp_path, protocol):
    expected = contents()
    found = read_array_pickle(
        write(tmp_path, pickle.dumps(contents(), protocol))
    )

    assert list(found) == list(expected)
    for name, array in expected["genA2B"].items():
        assert found["genA2B"][name].dtype == array.dtype, name
        np.testing.assert_array_equal(found["genA2B"][name], array)
    assert found["rate"] == 0.5
    assert found["names"] == expected["names"]


def test_files_of_python_2_are_read(tmp_path):
    data = struct.pack("<2f", 1.5, -2)
    text = lambda value: b"U" + bytes([len(value)]) + value  # noqa: E731
    content = b"".join(
        [
            b"\x80\x02}" + text(b"rho"),
            b"cnumpy.core.multiarray\n_reconstruct\n",
            b"cnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R",
            b"(K\x01K\x02\x85cnumpy\ndtype\n" + text(b"f4"),
            b"K\x00K\x01\x87R(K\x03" + text(b"<"),
            b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89",
            text(data) + b"tbs.",
        ]
    )
    found = read_array_pickle(write(tmp_path, content))
    np.testing.assert_array_equal(found["rho"], [1.5, -2])


class _Command:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


class _Evaluated:
    def __reduce__(self):
        return eval, ("data", {"data": 1})


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_file_that_would_run_code_is_refused_by_name(tmp_path, protocol):
    marker = tmp_path / "ran"
    for value, name in (
        (_Command(marker), r"\w+\.system"),
        (_Evaluated(), r"\w+\.eval"),
        ({1, 2}, r"set"),
        (np.array(["a", None], object), "type 'O8'"),
        (np.array(["a"]), "type 'U1'"),
    ):
        path = write(tmp_path, pickle.dumps({"weight": value}, protocol))
        with pytest.raises(ArrayPickleError, match=f"refused.*{name}"):
            read_array_pickle(path)
    assert not marker.exists()


def test_an_outside_object_is_refused(tmp_path):
    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            return "storage" if isinstance(obj, float) else None

    stream = io.BytesIO()
    Pickler(stream, 2).dump([1.5])
    with pytest.raises(ArrayPickleError, match="outside object 'storage'"):
        read_array_pickle(write(tmp_path, stream.getvalue()))


def test_a_shape_that_does_not_fit_its_numbers_is_refused(tmp_path):
    content = pickle.dumps({"weight": np.zeros(7, "float32")}, 2)
    at = content.index(b"K\x07\x85")
    path = write(tmp_path, content[:at] + b"K\x77" + content[at + 2 :])
    with pytest.raises(ArrayPickleError, match=r"weight: .*\(119,\) and 7"):
        read_array_pickle(path)


def test_lists_of_themselves_and_of_each_other_end(tmp_path):
    endless = [np.zeros(2)]
    endless.append(endless)
    nested = ["leaf"]
    for _ in range(60):
        nested = [nested, nested]
    path = write(tmp_path, pickle.dumps({"a": endless, "b": nested}, 2))

    found = read_array_pickle(path)

    assert found["a"][1] is None
    assert found["b"][0] is found["b"][1]


def test_a_file_cut_anywhere_is_one_sentence(tmp_path):
    whole = pickle.dumps(contents(), 2)
    for size in range(1, len(whole) - 1, 7):
        path = write(tmp_path, whole[:size])
        with pytest.raises(ArrayPickleError, match=r"weights\.pdparams"):
            read_array_pickle(path)


def test_damage_anywhere_is_an_array_or_one_sentence(tmp_path):
    whole = bytearray(pickle.dumps(contents(), 2))
    draw = np.random.default_rng(0)
    refused = []
    for place in range(0, len(whole), 5):
        damaged = whole.copy()
        damaged[place] = draw.integers(256)
        path = write(tmp_path, bytes(damaged))
        try:
            read_array_pickle(path)
        except ArrayPickleError as error:
            refused.append(str(error))
    assert len(refused) > 20
    assert all("weights.pdparams" in sentence for sentence in refused)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89HDF\r\n"])
def test_other_files_are_no_pickles(tmp_path, content):
    with pytest.raises(ArrayPickleError, match="no pickle"):
        read_array_pickle(write(tmp_path, content))
