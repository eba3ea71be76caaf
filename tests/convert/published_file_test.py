"""Published files are read whatever wrote them, and nothing in them runs."""

import collections
import datetime
import io
import os
import pathlib
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from tests.convert import torch_files
from tfragan.convert.published_file import MOST_COPIED
from tfragan.convert.published_file import PublishedFileError
from tfragan.convert.published_file import read_plain_pickle
from tfragan.convert.published_file import read_published_file
from tfragan.convert.published_network import read_state_dict

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
WEIGHT = np.arange(12, dtype="float32").reshape(4, 3)
PLAIN = {"names": ["001.Albatross/a", "b"], "ids": (1, 2**40, -3, 2.5, True)}


def write(folder, content, name="weights.file"):
    path = folder / name
    path.write_bytes(content)
    return path


def assert_tensors_equal(actual, expected):
    assert list(actual) == list(expected)
    for name, value in expected.items():
        native = value.dtype.newbyteorder("=")
        assert actual[name].dtype == native, name
        assert not actual[name].flags.writeable
        np.testing.assert_array_equal(actual[name], value, err_msg=name)


# What is read.


@pytest.mark.parametrize(
    "name", ["tensors_zip.pt", "tensors_legacy.pt", "wrapped_zip.pt"]
)
def test_both_forms_of_pytorch_give_the_written_tensors(name):
    base = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    expected = {
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
    assert_tensors_equal(read_state_dict(FIXTURES / name), expected)


def python2_file(first, second):
    """A file as PyTorch 0.3 wrote it under Python 2: byte strings as keys,
    the older rebuild function, a storage that is a view of another one."""
    integer = lambda n: b"K" + bytes([n])  # noqa: E731
    text = lambda s: b"U" + bytes([len(s)]) + s.encode()  # noqa: E731
    header = [
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
        b"\x80\x02M\xe9\x03.",
        b"\x80\x02}" + text("little_endian") + b"\x88s.",
    ]

    def tensor(name, offset, size, view):
        pid = [b"(", text("storage"), b"ctorch\nFloatStorage\n", text("4021")]
        pid += [text("cuda:0"), integer(6), view, b"tQ", integer(offset)]
        rebuilt = integer(size) + b"\x85" + integer(1) + b"\x85tRs"
        head = text(name) + b"ctorch._utils\n_rebuild_tensor\n("
        return head + b"".join(pid) + rebuilt

    view = b"(" + text("77") + integer(4) + integer(2) + b"t"
    body = b"\x80\x02ccollections\nOrderedDict\n]\x85R"
    body += tensor(first, 1, 3, b"N") + tensor(second, 0, 2, view) + b"."
    keys = b"\x80\x02]" + text("4021") + b"a."
    return b"".join(header) + body + keys + struct.pack("<q6f", 6, *range(6))


def test_files_of_python_2_and_pytorch_0_3_are_read(tmp_path):
    path = write(tmp_path, python2_file("rnn.weight", "rnn.bias"))
    expected = {
        "rnn.weight": np.array([1, 2, 3], np.float32),
        "rnn.bias": np.array([4, 5], np.float32),
    }
    assert_tensors_equal(read_state_dict(path), expected)


@pytest.mark.parametrize("form", ["legacy", "zipped"])
def test_the_network_that_is_meant_is_found_among_several(tmp_path, form):
    networks = {
        "netG": {"module.ca_net.weight": WEIGHT},
        "netD": {"conv.weight": WEIGHT, "n.num_batches_tracked": WEIGHT},
    }
    content = getattr(torch_files, form)({**networks, "epoch": 3})
    path = write(tmp_path, content)

    assert list(read_published_file(path)) == ["netG", "netD", "epoch"]
    assert_tensors_equal(
        read_state_dict(path, "ca_net."), {"ca_net.weight": WEIGHT}
    )
    assert_tensors_equal(
        read_state_dict(path, ("x.", "conv.")), {"conv.weight": WEIGHT}
    )
    with pytest.raises(PublishedFileError, match="several .*'netG', 'netD'"):
        read_state_dict(path)


def array_contents():
    return {
        "genA2B": collections.OrderedDict(
            conv=WEIGHT,
            transposed=WEIGHT.T,
            half=np.array([1.0, 0.333], "float16"),
            big_endian=np.arange(3, dtype=">i4"),
            large=np.arange(400.0),
            scalar=np.array(2.0**-40),
            none=np.zeros((0, 3), "float32"),
            mask=np.array([True, False]),
        ),
        "epoch": 3,
        "rate": np.float32(0.5),
        "names": ["a", ("b", None)],
    }


@pytest.mark.parametrize("protocol", range(5))
def test_pickled_arrays_in_containers_are_read(tmp_path, protocol):
    expected = array_contents()
    found = read_published_file(
        write(tmp_path, pickle.dumps(expected, protocol))
    )
    assert list(found) == list(expected)
    assert_tensors_equal(found["genA2B"], expected["genA2B"])
    assert found["rate"] == 0.5
    assert found["names"] == expected["names"]


def test_pickled_arrays_of_python_2_are_read(tmp_path):
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
    found = read_published_file(write(tmp_path, content))
    np.testing.assert_array_equal(found["rho"], [1.5, -2])


@pytest.mark.parametrize("protocol", [2, 4])
def test_paddles_own_entries_are_taken_off(tmp_path, protocol):
    contents = {
        "genA2B": {"rho": WEIGHT, "StructuredToParameterName@@": {}},
        "genB2A": {"rho": ("create_parameter_0.w_0", WEIGHT)},
        "optimG": {"LR_Scheduler": {"last_epoch": 3}},
        "FC.0.weight@@.0": WEIGHT.reshape(-1)[:7],
        "FC.0.weight@@.1": WEIGHT.reshape(-1)[7:],
        "UnpackBigParamInfor@@": {
            "FC.0.weight": {
                "OriginShape": (4, 3),
                "slices": ["FC.0.weight@@.0", "FC.0.weight@@.1"],
            }
        },
        "StructuredToParameterName@@": {"FC.0.weight": "linear_0.w_0"},
    }
    found = read_published_file(
        write(tmp_path, pickle.dumps(contents, protocol))
    )
    assert list(found) == ["genA2B", "genB2A", "optimG", "FC.0.weight"]
    for array in (*found["genA2B"].values(), *found["genB2A"].values()):
        np.testing.assert_array_equal(array, WEIGHT)
    np.testing.assert_array_equal(found["FC.0.weight"], WEIGHT)
    assert found["optimG"] == contents["optimG"]
    del contents["FC.0.weight@@.1"]
    with pytest.raises(PublishedFileError, match=r"parts of tensor 'FC\.0"):
        read_published_file(write(tmp_path, pickle.dumps(contents, protocol)))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_numpys_archives_are_read(tmp_path, save):
    path = tmp_path / "weights.npz"
    tensors = {"a.weight": WEIGHT, "b": np.asfortranarray(WEIGHT.astype("f8"))}
    save(path, **tensors)
    assert_tensors_equal(read_state_dict(path), tensors)


def test_plain_values_are_read(tmp_path):
    for protocol in range(6):
        path = write(tmp_path, pickle.dumps(PLAIN, protocol))
        assert read_plain_pickle(path) == PLAIN


def test_byte_strings_of_python_2_are_latin_1(tmp_path):
    # What Python 2 writes for ['caf\xe9', 7L], protocols 0 and 2.
    for content in (
        b"(lp0\nS'caf\\xe9'\np1\naL7L\na.",
        b"\x80\x02]q\x00(U\x04caf\xe9q\x01\x8a\x01\x07e.",
    ):
        assert read_plain_pickle(write(tmp_path, content)) == ["café", 7]


# What is refused, by name.


class _Command:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


class _Evaluated:
    def __reduce__(self):
        return eval, ("data", {"data": 1})


def legacy_file(contents):
    stream = io.BytesIO()
    for item in (torch_files.MAGIC, 1001, {"little": True}, contents, []):
        pickle.dump(item, stream, protocol=2)
    return stream.getvalue()


def zip_file(contents, compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(contents, 2))
    return stream.getvalue()


@pytest.mark.parametrize(
    "form",
    [
        legacy_file,
        zip_file,
        *(lambda value, n=n: pickle.dumps(value, n) for n in (0, 2, 4)),
    ],
)
def test_what_is_no_tensor_is_refused_by_name(tmp_path, form):
    marker = tmp_path / "ran"
    for value, name in (
        (_Command(marker), r"\w+\.system"),
        (_Evaluated(), r"\w+\.eval"),
        ({1, 2}, r"set"),
        (np.array(["a", None], object), "type 'O8'"),
        (np.array(["a"]), "type 'U1'"),
    ):
        path = write(tmp_path, form({"weight": value}))
        with pytest.raises(PublishedFileError, match=f"refused.*{name}"):
            read_published_file(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (eval, r"(builtins|__builtin__)\.eval"),
        (np.int64(3), r"numpy\..*\.scalar"),
        (np.arange(3), r"numpy\..*\._(reconstruct|frombuffer)"),
        (collections.OrderedDict(a=1), r"collections\.OrderedDict"),
        (datetime.date(2020, 1, 1), r"datetime\.date"),
        (b"abc", r"(_codecs\.encode|a bytes)"),
        ({1, 2}, r"(a set|builtins\.set|__builtin__\.set)"),
        (None, "a NoneType"),
        (2j, r"(builtins|__builtin__)\.complex"),
        (bytearray(b"abc"), r"(a bytearray|\w+\.bytearray)"),
    ],
)
def test_a_plain_pickle_holds_no_more_than_values(tmp_path, value, name):
    for protocol in range(6):
        content = pickle.dumps([["ok"], {"k": (1, value)}], protocol)
        with pytest.raises(
            PublishedFileError,
            match=f"{name}, and only lists, dicts, strings and numbers are",
        ):
            read_plain_pickle(write(tmp_path, content))


_WAYS_TO_A_FUNCTION = [
    b"cposix\nsystem\n(S'false'\ntR.",
    b"(S'false'\niposix\nsystem\n.",
    b"\x80\x02cposix\nsystem\nU\x05false\x85\x81.",
    b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x05false\x85R.",
]


@pytest.mark.parametrize("read", [read_plain_pickle, read_published_file])
def test_every_way_to_a_function_is_refused(tmp_path, read):
    for content in _WAYS_TO_A_FUNCTION:
        with pytest.raises(PublishedFileError, match=r"for posix\.system, and"):
            read(write(tmp_path, content))


def test_a_dotted_name_does_not_lead_past_the_admitted_ones(tmp_path):
    content = b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93."
    with pytest.raises(PublishedFileError, match=r"OrderedDict\.fromkeys"):
        read_published_file(write(tmp_path, content))


def test_a_whole_pickled_module_is_refused_by_its_class():
    with pytest.raises(PublishedFileError, match="torch.nn.modules.linear"):
        read_published_file(FIXTURES / "module_legacy.pt")


@pytest.mark.parametrize("read", [read_plain_pickle, read_published_file])
def test_outside_objects_are_refused(tmp_path, read):
    for content in (b"\x80\x02U\x03abcQ.", b"\x80\x02]Pabc\n."):
        with pytest.raises(PublishedFileError, match="outside object 'abc'"):
            read(write(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello, world", "no file of PyTorch, Paddle or NumPy"),
        (b"", "weights.file is empty"),
        (b"\x89HDF\r\n", "no file of PyTorch"),
        (zip_file({}, zipfile.ZIP_DEFLATED), "compressed, which torch"),
        (legacy_file([1, 2]), "holds a list of 2, expected a dict"),
        (legacy_file({"epoch": 3}), "entry 'epoch' is 3, expected a tensor"),
        (pickle.dumps({"a": {"b": 1}}, 2), "entry 'a' is a dict of 1"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, content, sentence):
    with pytest.raises(PublishedFileError, match=sentence):
        read_state_dict(write(tmp_path, content))


def test_only_regular_files_are_opened(tmp_path):
    path = tmp_path / "pipe.pth"
    os.mkfifo(path)
    with pytest.raises(PublishedFileError, match="pipe.pth is no regular file"):
        read_published_file(path)
    with pytest.raises(FileNotFoundError, match="absent.pth"):
        read_published_file(tmp_path / "absent.pth")


# Damage is one sentence.


_WHOLE = {
    "zip": (FIXTURES / "tensors_zip.pt").read_bytes(),
    "legacy": (FIXTURES / "tensors_legacy.pt").read_bytes(),
    "arrays": pickle.dumps(array_contents(), 2),
    "plain": pickle.dumps(PLAIN, 2),
}


def read_form(path, form):
    if form == "plain":
        return read_plain_pickle(path)
    return read_state_dict(path, "conv")


@pytest.mark.parametrize("form", _WHOLE)
def test_a_file_cut_anywhere_is_one_sentence(tmp_path, form):
    whole = _WHOLE[form]
    for size in range(1, len(whole) - 1, max(1, len(whole) // 90)):
        path = write(tmp_path, whole[:size])
        with pytest.raises(PublishedFileError, match="weights.file") as caught:
            read_form(path, form)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", _WHOLE)
def test_damage_gives_values_or_one_sentence(tmp_path, form):
    whole = _WHOLE[form]
    draw = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in draw.integers(0, len(whole), 3):
            damaged[place] = draw.integers(0, 256)
        path = write(tmp_path, bytes(damaged))
        try:
            found = read_form(path, form)
            for value in found.values() if form != "plain" else ():
                np.sum(value)
        except PublishedFileError as error:
            refused += "weights.file" in str(error)
    assert refused > 30


_DAMAGED = [
    b"\x80\x09].",
    b"]](K\x01K\x02R.",
    b"]K\x01b.",
    b"\x80\x02\x82\x01.",
    b"}](K\x01eK\x02s.",
    b"}K\x01K\x02s0K\x01K\x02K\x03s.",
    b"]K\x00]\x93.",
    b"(I12x\n.",
]


def test_programs_that_make_no_sense_are_one_sentence(tmp_path):
    for content in _DAMAGED:
        for read in (read_plain_pickle, read_published_file):
            with pytest.raises(PublishedFileError) as caught:
                read(write(tmp_path, content))
            assert "\n" not in str(caught.value)


# Time and memory are bounded by the file.


def doubled(times=60):
    nested = {"leaf": 1}
    for _ in range(times):
        nested = {"a": nested, "b": nested}
    return nested


@pytest.mark.parametrize(
    "form", [legacy_file, zip_file, lambda value: pickle.dumps(value, 2)]
)
def test_shared_containers_are_visited_once(tmp_path, form):
    path = write(tmp_path, form({"a": doubled(), "b": [1, doubled()]}))
    found = read_published_file(path)
    assert found["a"]["a"] is found["a"]["b"]
    with pytest.raises(PublishedFileError, match="'a' is a dict of 2, expec"):
        read_state_dict(path)


def test_a_container_within_itself_ends(tmp_path):
    loop = [1]
    loop.append(loop)
    for read in (read_plain_pickle, read_published_file):
        found = read(write(tmp_path, pickle.dumps({"a": loop}, 2)))
        assert found["a"][1] is found["a"]


def test_a_name_that_doubles_is_refused_before_it_is_hashed(tmp_path):
    nested = b"K\x01"
    for _ in range(60):
        nested += b"2\x86"
    for read in (read_plain_pickle, read_published_file):
        with pytest.raises(PublishedFileError, match="a tuple of 2 as the na"):
            read(write(tmp_path, b"\x80\x02}" + nested + b"K\x01s."))


def python_tensor(name, shape, strides, key="0"):
    """Of bfloat16, as a pickle's opcodes."""
    text = lambda s: b"U" + bytes([len(s)]) + s.encode()  # noqa: E731

    def sizes(numbers):
        packed = (b"J" + struct.pack("<i", number) for number in numbers)
        return b"(" + b"".join(packed)

    return b"".join(
        [
            text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n((",
            text("storage") + b"ctorch\nBFloat16Storage\n" + text(key),
            text("cpu") + b"K\x04tQK\x00",
            sizes(shape) + b"t" + sizes(strides) + b"t\x89NtRs",
        ]
    )


def bfloat16_zip(tensors, numbers):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        body = b"\x80\x02}" + b"".join(tensors) + b"."
        archive.writestr("archive/data.pkl", body)
        archive.writestr("archive/data/0", numbers)
    return stream.getvalue()


def peak_of(read, path):
    """Bytes that reading took at once, and what was raised."""
    tracemalloc.start()
    try:
        read(path)
        error = None
    except PublishedFileError as caught:
        error = str(caught)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, error


def test_a_tensor_has_no_more_numbers_than_its_storage(tmp_path):
    tensors = [python_tensor(f"w{n}", (2**20,), (0,)) for n in range(200)]
    path = write(tmp_path, bfloat16_zip(tensors, b"\x80\x3f" * 4))
    peak, error = peak_of(read_published_file, path)
    assert "tensor 'w0' of shape (1048576,) and strides (0,) reaches" in error
    assert peak < 30 * path.stat().st_size


def test_a_storage_is_widened_once_for_all_of_its_tensors(tmp_path):
    count = 2**18
    tensors = [python_tensor(f"w{n}", (count,), (1,)) for n in range(200)]
    path = write(tmp_path, bfloat16_zip(tensors, b"\x80\x3f" * count))
    peak, error = peak_of(read_published_file, path)
    assert error is None
    assert peak < MOST_COPIED * path.stat().st_size
    found = read_published_file(path)
    assert found["w7"].base is not None
    assert found["w7"][-1] == 1.0


def test_overlapping_parts_of_a_zip_are_counted_before_they_are_read(tmp_path):
    numbers = b"\x80\x3f" * 2**18
    keys = [f"{n:03}" for n in range(200)]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        body = b"".join(python_tensor(f"w{k}", (4,), (1,), k) for k in keys)
        archive.writestr("archive/data.pkl", b"\x80\x02}" + body + b".")
        archive.writestr("archive/data/000", numbers)
        whole = archive.getinfo("archive/data/000")
        for key in keys[1:]:
            again = zipfile.ZipInfo(f"archive/data/{key}")
            for field in ("header_offset", "file_size", "compress_size", "CRC"):
                setattr(again, field, getattr(whole, field))
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
    path = write(tmp_path, stream.getvalue())
    peak, error = peak_of(read_published_file, path)
    # Python's own zip reader sees that the second name is another's.
    assert "more than 8 times" in error or "damaged" in error
    assert peak < 2 * MOST_COPIED * path.stat().st_size


def test_a_compressed_array_cannot_claim_more_than_its_file(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez_compressed(path, weight=np.zeros(2**24, "float32"))
    peak, error = peak_of(read_published_file, path)
    assert "more than 8 times as much memory" in error
    assert peak < 2**20


def test_a_header_that_claims_too_much_asks_for_no_memory(tmp_path):
    path = tmp_path / "weights.npz"
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f4", "fortran_order": False, "shape": (2**40,)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weight.npy", stream.getvalue())
    peak, error = peak_of(read_published_file, path)
    assert "damaged" in error
    assert peak < 2**20


def test_arrays_and_texts_that_are_copied_again_and_again_are_counted(tmp_path):
    text = b"X" + struct.pack("<i", 2**20) + b"a" * 2**20 + b"q\x00"
    latin = b"U\x06latin1q\x01"
    call = b"c_codecs\nencode\nh\x00h\x01\x86R"
    path = write(tmp_path, b"\x80\x02](" + text + latin + call * 500 + b"e.")
    peak, error = peak_of(read_published_file, path)
    assert "more than 8 times as much memory" in error
    assert peak < 2 * MOST_COPIED * path.stat().st_size


@pytest.mark.parametrize("read", [read_plain_pickle, read_published_file])
def test_an_opcode_cannot_ask_for_memory(tmp_path, read):
    for content in (
        b"\x80\x02]r\xff\xff\xff\x7f.",
        b"\x80\x05\x96" + b"\xff" * 4 + b"\0" * 4 + b".",
        b"\x80\x04\x8e" + b"\xff" * 4 + b"\0" * 4 + b".",
        b"\x80\x04\x8d" + b"\xff" * 6 + b"\0" * 2 + b".",
    ):
        peak, _ = peak_of(read, write(tmp_path, content))
        assert peak < 2**20


_POLLUTED = [
    b"cnumpy._core.multiarray\nscalar\nN}U\x07resolvecbuiltins\nbytes\ns\x86b0",
    b"cnumpy\ndtype\nN}U\x05orderU\x01>s\x86b0",
    b"ccollections\nOrderedDict\n}U\x01aU\x01bsb0",
    b"ctorch\nFloatStorage\n}U\x04nameU\x01bsb0",
]


@pytest.mark.parametrize("program", _POLLUTED)
def test_a_file_reaches_nothing_of_the_reader(tmp_path, program):
    with pytest.raises(PublishedFileError):
        read_published_file(write(tmp_path, b"\x80\x02" + program + b"}."))
    expected = array_contents()
    found = read_published_file(write(tmp_path, pickle.dumps(expected, 2)))
    assert_tensors_equal(found["genA2B"], expected["genA2B"])


def test_texts_of_a_file_are_cut_in_sentences(tmp_path):
    long = "n" * 10**6
    for content in (
        pickle.dumps({long: {"a": 1}}, 2),
        pickle.dumps({long: WEIGHT, "a": long}, 2),
        f"c{long}\n{long}\n.".encode(),
        b"\x80\x02X" + struct.pack("<i", 10**6) + long.encode() + b"Q.",
        pickle.dumps({"a": 10**4200}, 2),
        zip_file({"a": long}),
    ):
        with pytest.raises(PublishedFileError) as caught:
            read_state_dict(write(tmp_path, content))
        assert len(str(caught.value)) < 600 + len(str(tmp_path))
        assert "\n" not in str(caught.value)


def test_a_compressed_part_that_lies_about_its_size_is_not_unpacked(tmp_path):
    stream = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (2**24,)}
    np.lib.format.write_array_header_1_0(stream, header)
    path = tmp_path / "weights.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weight.npy", stream.getvalue() + bytes(2**24))
    content = path.read_bytes()
    whole = struct.pack("<I", stream.tell() + 2**24)
    assert content.count(whole) == 2
    path.write_bytes(content.replace(whole, struct.pack("<I", 1000)))
    peak, error = peak_of(read_published_file, path)
    assert "weights.npz is damaged" in error
    assert peak < 2**20


def test_containers_take_no_more_than_a_stated_multiple(tmp_path):
    count = 2**16
    for program in (b"]" * count, b"}" * count, b"(" * count, b"]2" * count):
        path = write(tmp_path, b"\x80\x02" + program + b".")
        peak, _ = peak_of(read_plain_pickle, path)
        assert peak < 100 * count + 2**18


def test_calls_and_keys_that_take_longer_than_their_bytes_are_refused(tmp_path):
    many = b"(" + b"N" * 1000 + b"tq\x00"
    wide = b"\x8b" + struct.pack("<i", 1000) + b"\x7f" * 1000 + b"q\x00"
    for content in (
        b"\x80\x02cnumpy\ndtype\n" + many + b"R.",
        b"\x80\x02}" + wide + b"K\x01s.",
    ):
        with pytest.raises(
            PublishedFileError, match="damaged|name of an entry"
        ):
            read_published_file(write(tmp_path, content))


def test_a_storage_that_is_part_of_another_stays_inside(tmp_path):
    whole = python2_file("first", "second")
    inside, outside = b"K\x04K\x02t", b"K\x05K\x02t"
    assert whole.count(inside) == 1
    path = write(tmp_path, whole.replace(inside, outside))
    with pytest.raises(
        PublishedFileError, match="'second' of shape .* reaches"
    ):
        read_published_file(path)


def test_an_array_is_no_storage(tmp_path):
    array = np.zeros((4, 4), "float32")
    body = pickle.dumps(array, 2)[2:-1]
    call = b"ctorch._utils\n_rebuild_tensor_v2\n(%sK\x02K\x02\x85K\x01\x85tR."
    with pytest.raises(PublishedFileError, match="damaged"):
        read_published_file(write(tmp_path, b"\x80\x02" + call % body))
