"""Pickles of plain values, and everything that is refused."""

import collections
import datetime
import pickle

import numpy as np
import pytest

from tfragan.data.plain_pickle import PlainPickleError
from tfragan.data.plain_pickle import read_plain_pickle


def write(folder, content):
    path = folder / "filenames.pickle"
    path.write_bytes(content)
    return path


def test_plain_values_are_read(tmp_path):
    value = {
        "names": ["001.Albatross/a_0001", "b"],
        "ids": (1, 2**40, -3, 2.5, True),
        3: [[], {}, ()],
    }
    for protocol in range(6):
        path = write(tmp_path, pickle.dumps(value, protocol))
        assert read_plain_pickle(path) == value


def test_byte_strings_of_python_2_are_latin_1(tmp_path):
    # What Python 2 writes for ['caf\xe9', 7L], protocols 0 and 2.
    for content in (
        b"(lp0\nS'caf\\xe9'\np1\naL7L\na.",
        b"\x80\x02]q\x00(U\x04caf\xe9q\x01\x8a\x01\x07e.",
    ):
        path = write(tmp_path, content)
        assert read_plain_pickle(path) == ["café", 7]


class _Called:
    def __reduce__(self):
        import shutil

        return shutil.rmtree, ("/nowhere",)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (_Called(), r"shutil\.rmtree"),
        (eval, r"(builtins|__builtin__)\.eval"),
        (np.int64(3), r"numpy\..*\.scalar"),
        (np.arange(3), r"numpy\..*\._(reconstruct|frombuffer)"),
        (collections.OrderedDict(a=1), r"collections\.OrderedDict"),
        (datetime.date(2020, 1, 1), r"datetime\.date"),
        (b"abc", r"(_codecs\.encode|bytes)"),
        ({1, 2}, r"(set|builtins\.set|__builtin__\.set)"),
        (None, "NoneType"),
        (2j, r"(builtins|__builtin__)\.complex"),
        (bytearray(b"abc"), r"(bytearray|builtins\.bytearray|__builtin__.*)"),
    ],
)
def test_everything_else_is_refused_by_name(tmp_path, value, name):
    message = (
        f"filenames.pickle: refused to load {name}: only lists, dicts, "
        "strings and numbers are allowed"
    )
    for protocol in range(6):
        content = pickle.dumps([["ok"], {"k": (1, value)}], protocol)
        with pytest.raises(PlainPickleError, match=message):
            read_plain_pickle(write(tmp_path, content))


_WAYS_TO_A_FUNCTION = [
    b"cposix\nsystem\n(S'false'\ntR.",
    b"(S'false'\niposix\nsystem\n.",
    b"\x80\x02cposix\nsystem\nU\x05false\x85\x81.",
    b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x05false\x85R.",
]


def test_every_way_to_a_function_is_refused(tmp_path):
    for content in _WAYS_TO_A_FUNCTION:
        with pytest.raises(
            PlainPickleError, match="to load posix.system: only"
        ):
            read_plain_pickle(write(tmp_path, content))


def test_outside_objects_are_refused(tmp_path):
    for content in (b"Pabc\n.", b"\x80\x02U\x03abcQ."):
        with pytest.raises(PlainPickleError, match="an outside object 'abc'"):
            read_plain_pickle(write(tmp_path, content))


_DAMAGED = [
    b"",
    b"not a pickle",
    b"version https://git-lfs.github.com/spec/v1\n",
    b"\x80\x09].",
    b"]](K\x01K\x02R.",
    b"]K\x01b.",
    b"\x80\x02\x82\x01.",
    b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f.",
    b"}](K\x01eK\x02s.",
    b"h\x07.",
    b"0.",
    b"S'abc\n.",
    b"I12x\n.",
]


def test_damaged_files_are_one_sentence(tmp_path):
    for content in _DAMAGED:
        with pytest.raises(
            PlainPickleError,
            match="filenames.pickle: expected a complete pickle",
        ) as caught:
            read_plain_pickle(write(tmp_path, content))
        assert "\n" not in str(caught.value)


def test_random_damage_never_escapes(tmp_path):
    generator = np.random.default_rng(0)
    whole = pickle.dumps([["a", "b"], {"c": 1, "d": [2.5, 3]}], 2)
    refused = 0
    for _ in range(400):
        content = bytearray(whole)
        for place in generator.integers(0, len(whole), 2):
            content[place] = generator.integers(0, 256)
        path = write(tmp_path, bytes(content))
        try:
            read_plain_pickle(path)
        except PlainPickleError:
            refused += 1
    assert 100 < refused < 400


def test_huge_memo_index_asks_for_no_memory(tmp_path):
    path = write(tmp_path, b"\x80\x02]r\xff\xff\xff\x7f.")
    assert read_plain_pickle(path) == []


def test_list_within_itself_ends(tmp_path):
    loop = [1]
    loop.append(loop)
    read = read_plain_pickle(write(tmp_path, pickle.dumps(loop)))
    assert read[1] is read


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent.pickle"):
        read_plain_pickle(tmp_path / "absent.pickle")
