"""PyTorch files are read without PyTorch, and nothing in them runs."""

import importlib.util
import io
import os
import pathlib
import pickle
import struct
import zipfile

import numpy as np
import pytest

from tests.convert import torch_files
from tfragan.convert.tensor_unpickler import TorchArchiveError
from tfragan.convert.torch_archive import read_torch_archive
from tfragan.convert.torch_archive import read_torch_state_dicts

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
MAGIC = 0x1950A86A20F9469CFC6C

READERS = [False] + ([True] if importlib.util.find_spec("torch") else [])


def expected_tensors():
    base = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    return {
        "conv.weight": base.transpose(2, 0, 1),
        "conv.part": base[1:, ::2, 1:3],
        "linear.bias": np.array([0.5, -1.5], np.float32),
        "half": np.array([1.0, 0.333], np.float16),
        "brain": np.array([1.0, -2.5, 3.140625], np.float32),
        "double": np.array(2.0**-40),
        "long": np.array([[2**40, -1]]),
        "bool": np.array([True, False]),
        "empty": np.zeros((0, 3), np.float32),
    }


def assert_tensors_equal(actual, expected):
    assert list(actual) == list(expected)
    for name, value in expected.items():
        assert actual[name].dtype == value.dtype, name
        np.testing.assert_array_equal(actual[name], value, err_msg=name)


@pytest.mark.parametrize("use_torch", READERS)
@pytest.mark.parametrize(
    "name", ["tensors_zip.pt", "tensors_legacy.pt", "wrapped_zip.pt"]
)
def test_both_formats_give_the_written_tensors(name, use_torch):
    tensors = read_torch_archive(FIXTURES / name, use_torch=use_torch)
    assert_tensors_equal(tensors, expected_tensors())


def test_an_inner_state_dict_can_be_named():
    path = FIXTURES / "wrapped_zip.pt"
    assert len(read_torch_archive(path, key="netG", use_torch=False)) == 9
    with pytest.raises(TorchArchiveError, match="'netD'.*netG, epoch"):
        read_torch_archive(path, key="netD", use_torch=False)


@pytest.mark.parametrize("write", [torch_files.legacy, torch_files.zipped])
def test_all_state_dicts_of_a_file_are_read(tmp_path, write):
    weight = np.arange(6, dtype="float32").reshape(1, 2, 3)
    networks = {
        "genA2B": {"module.conv.weight": weight},
        "disGA": {"conv.weight_u": np.array([2.0]), "n": np.array([3])},
    }
    path = tmp_path / "params.pt"
    path.write_bytes(write({**networks, "epoch": 3}))

    found = read_torch_state_dicts(path, use_torch=False)

    assert list(found) == ["genA2B", "disGA"]
    assert_tensors_equal(found["genA2B"], {"conv.weight": weight})
    assert_tensors_equal(found["disGA"], networks["disGA"])


def test_a_file_of_one_state_dict_has_no_names_of_several():
    with pytest.raises(TorchArchiveError, match="expected a dict of state"):
        read_torch_state_dicts(FIXTURES / "tensors_zip.pt", use_torch=False)


def short_string(text):
    return b"U" + bytes([len(text)]) + text.encode()


def python2_file(first, second):
    """A file as PyTorch 0.3 wrote it under Python 2: byte strings as keys,
    the older rebuild function, a storage that is a view of another one."""
    integer = lambda n: b"K" + bytes([n])  # noqa: E731
    header = [
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
        b"\x80\x02M\xe9\x03.",
        b"\x80\x02}" + short_string("little_endian") + b"\x88s.",
    ]

    def tensor(name, offset, size, view):
        pid = b"".join(
            [
                b"(",
                short_string("storage"),
                b"ctorch\nFloatStorage\n",
                short_string("4021"),
                short_string("cuda:0"),
                integer(6),
                view,
                b"t",
            ]
        )
        return b"".join(
            [
                short_string(name),
                b"ctorch._utils\n_rebuild_tensor\n(",
                pid + b"Q" + integer(offset),
                integer(size) + b"\x85" + integer(1) + b"\x85",
                b"tRs",
            ]
        )

    view = b"(" + short_string("77") + integer(4) + integer(2) + b"t"
    body = (
        b"\x80\x02ccollections\nOrderedDict\n]\x85R"
        + tensor(first, 1, 3, b"N")
        + tensor(second, 0, 2, view)
        + b"."
    )
    keys = b"\x80\x02]" + short_string("4021") + b"a."
    numbers = struct.pack("<q6f", 6, *range(6))
    return b"".join(header) + body + keys + numbers


def test_files_of_python_2_and_pytorch_0_3_are_read(tmp_path):
    path = tmp_path / "old.pth"
    path.write_bytes(python2_file("rnn.weight", "rnn.bias"))
    tensors = read_torch_archive(path, use_torch=False)
    assert_tensors_equal(
        tensors,
        {
            "rnn.weight": np.array([1, 2, 3], np.float32),
            "rnn.bias": np.array([4, 5], np.float32),
        },
    )


class _Command:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def legacy_file(contents, tail=b""):
    stream = io.BytesIO()
    for item in (MAGIC, 1001, {"little_endian": True}, contents, []):
        pickle.dump(item, stream, protocol=2)
    return stream.getvalue() + tail


def zip_file(contents, compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(contents, 2))
    return stream.getvalue()


@pytest.mark.parametrize("write", [legacy_file, zip_file])
def test_a_file_that_would_run_a_command_is_refused_by_name(tmp_path, write):
    marker = tmp_path / "ran"
    path = tmp_path / "trap.pth"
    path.write_bytes(write({"weight": _Command(marker)}))
    with pytest.raises(TorchArchiveError, match=r"asks for \w+\.system"):
        read_torch_archive(path, use_torch=False)
    assert not marker.exists()


def test_a_dotted_name_does_not_lead_past_the_admitted_ones(tmp_path):
    path = tmp_path / "trap.pth"
    asked = b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93."
    head = legacy_file({})
    path.write_bytes(head[: head.index(b"\x80\x02}q\x00.")] + asked)
    with pytest.raises(TorchArchiveError, match=r"OrderedDict\.fromkeys"):
        read_torch_archive(path, use_torch=False)


def test_a_whole_pickled_module_is_refused_by_its_class():
    with pytest.raises(TorchArchiveError, match="torch.nn.modules.linear"):
        read_torch_archive(FIXTURES / "module_legacy.pt", use_torch=False)


@pytest.mark.parametrize("name", ["tensors_zip.pt", "tensors_legacy.pt"])
def test_a_file_cut_anywhere_is_one_sentence(tmp_path, name):
    whole = (FIXTURES / name).read_bytes()
    path = tmp_path / "cut.pt"
    for size in range(1, len(whole) - 1, 41):
        path.write_bytes(whole[:size])
        with pytest.raises(TorchArchiveError, match="cut.pt") as caught:
            read_torch_archive(path, use_torch=False)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["tensors_zip.pt", "tensors_legacy.pt"])
def test_flipped_bytes_give_an_error_or_an_array_but_never_a_crash(
    tmp_path, name
):
    whole = bytearray((FIXTURES / name).read_bytes())
    random = np.random.default_rng(0)
    path = tmp_path / "bad.pt"
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            damaged[place] = random.integers(0, 256)
        path.write_bytes(damaged)
        try:
            for array in read_torch_archive(path, use_torch=False).values():
                array.sum()
        except TorchArchiveError:
            refused += 1
    assert refused > 30


def test_a_tensor_cannot_reach_outside_its_storage(tmp_path):
    damaged = (FIXTURES / "tensors_legacy.pt").read_bytes()
    # The 5 x 3 x 4 tensor's first stride, 1, becomes 100.
    at = damaged.index(b"K\x01K\x14K\x05")
    path = tmp_path / "wide.pt"
    path.write_bytes(damaged[:at] + b"Kd" + damaged[at + 2 :])
    with pytest.raises(TorchArchiveError, match="conv.weight.*outside"):
        read_torch_archive(path, use_torch=False)


def test_compressed_parts_are_refused(tmp_path):
    path = tmp_path / "bomb.pt"
    path.write_bytes(zip_file({}, zipfile.ZIP_DEFLATED))
    with pytest.raises(TorchArchiveError, match="compressed"):
        read_torch_archive(path, use_torch=False)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"hello, world", "not a PyTorch file"),
        (b"", "not a PyTorch file"),
        (pickle.dumps({"a": 1}, 2), "not one written by torch.save"),
        (legacy_file([1, 2]), "holds a list"),
        (legacy_file({"epoch": 3}), "entry 'epoch' is a int"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, data, match):
    path = tmp_path / "other.pt"
    path.write_bytes(data)
    with pytest.raises(TorchArchiveError, match=match):
        read_torch_archive(path, use_torch=False)


def test_torch_is_asked_for_by_its_extra_where_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ImportError, match=r"tfragan\[torch\]"):
        read_torch_archive(FIXTURES / "tensors_zip.pt", use_torch=True)
