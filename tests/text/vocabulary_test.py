"""Vocabularies: order, limits, files and hashes."""

import json
import pickle
import random

import pytest

from tests.text.word_segmentation_test import published_words
from tests.text.word_segmentation_test import random_captions
from tfragan.text import KINDS
from tfragan.text import Vocabulary

CAPTIONS = ["A red bird", "the bird is red", "a blue naïve bird"]


def python_vocabulary(captions):
    """First-seen order of the words, with Python's `re`."""
    words = {}
    for caption in captions:
        for word in published_words(caption):
            words.setdefault(word, len(words) + 1)
    return ("<end>", *words)


def test_words_are_numbered_as_first_seen():
    vocabulary = Vocabulary.from_captions(CAPTIONS)
    assert vocabulary.tokens == (
        *("<end>", "a", "red", "bird", "the", "is", "blue", "nave"),
    )
    assert vocabulary.index["bird"] == 3
    assert len(vocabulary) == 8
    assert "blue" in vocabulary
    assert "green" not in vocabulary
    assert vocabulary.kind == "words"


def test_vocabulary_agrees_with_python_on_random_text():
    captions = random_captions(2000, seed=5)
    assert Vocabulary.from_captions(iter(captions)).tokens == python_vocabulary(
        captions
    )


def test_unicode_words_keep_other_scripts():
    vocabulary = Vocabulary.from_captions(CAPTIONS, kind="unicode_words")
    assert vocabulary.tokens[0] == "<end>"
    assert "naïve" in vocabulary


def test_max_size_keeps_the_most_frequent_in_first_seen_order():
    vocabulary = Vocabulary.from_captions(CAPTIONS, max_size=4)
    assert vocabulary.tokens == ("<end>", "a", "red", "bird")
    # `a` and `red` are equally frequent: the earlier one stays.
    vocabulary = Vocabulary.from_captions(CAPTIONS, max_size=3)
    assert vocabulary.tokens == ("<end>", "a", "bird")


def test_min_count_drops_rare_words():
    vocabulary = Vocabulary.from_captions(CAPTIONS, min_count=2)
    assert vocabulary.tokens == ("<end>", "a", "red", "bird")


def test_captions_over_several_batches_count_together():
    generator = random.Random(0)
    captions = [f"word{generator.randint(0, 99)}" for _ in range(40_000)]
    vocabulary = Vocabulary.from_captions(captions)
    assert vocabulary.tokens == ("<end>", *dict.fromkeys(captions))


@pytest.mark.parametrize("kind", KINDS)
def test_file_round_trip(tmp_path, kind):
    vocabulary = Vocabulary.from_captions([*CAPTIONS, "鳥 é_ü"], kind)
    path = tmp_path / "vocabulary.txt"
    vocabulary.save(path)
    loaded = Vocabulary.load(path)
    assert loaded == vocabulary
    assert hash(loaded) == hash(vocabulary)
    assert loaded.tokens == vocabulary.tokens
    assert loaded.kind == kind
    assert loaded.sha256 == vocabulary.sha256
    assert [item.name for item in tmp_path.iterdir()] == ["vocabulary.txt"]
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines[0].endswith(f"kind={kind} tokens={len(vocabulary)}")
    assert tuple(lines[1:-1]) == vocabulary.tokens


def test_file_with_other_line_ends_is_read(tmp_path):
    vocabulary = Vocabulary.from_captions(CAPTIONS)
    path = tmp_path / "vocabulary.txt"
    vocabulary.save(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert Vocabulary.load(path) == vocabulary


def test_saving_replaces_and_a_failure_leaves_the_old_file(
    tmp_path, monkeypatch
):
    path = tmp_path / "vocabulary.txt"
    first = Vocabulary.from_captions(CAPTIONS)
    first.save(path)
    Vocabulary.from_captions(["green fish"]).save(path)
    assert Vocabulary.load(path).tokens == ("<end>", "green", "fish")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space left"):
        first.save(path)
    assert Vocabulary.load(path).tokens == ("<end>", "green", "fish")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected the first line"),
        (b"<end>\na\n", "expected the first line.*received '<end>'"),
        (
            b"# tfragan vocabulary kind=words tokens=3\n<end>\na\n",
            "expected 3 tokens as its first line says, received 2",
        ),
        (
            b"# tfragan vocabulary kind=letters tokens=1\n<end>\n",
            "vocabulary.txt: kind: expected one of words",
        ),
        (
            b"# tfragan vocabulary kind=words tokens=3\n<end>\na\na\n",
            "every token once, received 'a' 2 times",
        ),
        (b"# tfragan \xff", "expected a vocabulary in UTF-8"),
    ],
)
def test_broken_files_are_named(tmp_path, content, message):
    path = tmp_path / "vocabulary.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        Vocabulary.load(path)
    assert "vocabulary.txt" in str(caught.value)


def test_hash_depends_on_kind_and_order():
    hashes = {
        Vocabulary(["<end>", "a", "b"]).sha256,
        Vocabulary(["<end>", "b", "a"]).sha256,
        Vocabulary(["<end>", "ab"]).sha256,
        Vocabulary(["<end>", "a", "b"], "unicode_words").sha256,
    }
    assert len(hashes) == 4
    # Stored hashes must stay valid: this value may never change.
    assert Vocabulary(["<end>", "red"]).sha256.startswith("4c009c470982")


def test_vocabulary_cannot_be_changed():
    vocabulary = Vocabulary(["<end>", "a"])
    with pytest.raises(AttributeError):
        vocabulary.tokens = ()
    with pytest.raises(TypeError):
        vocabulary.index["b"] = 2
    with pytest.raises(AttributeError):
        vocabulary.extra = 1
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary
    assert json.loads(json.dumps(vocabulary.tokens)) == ["<end>", "a"]


@pytest.mark.parametrize(
    ("tokens", "kind", "message"),
    [
        (["a"], "words", "expected <end> first for kind 'words', received a"),
        ([], "words", "received none"),
        (["<end>"], "wordpiece", r"expected \[PAD\], \[UNK\] first"),
        (["<end>", "a b"], "words", r"tokens\[1\].*without white space"),
        (["<end>", ""], "words", r"tokens\[1\].*without white space"),
        (["<end>", "a\n"], "words", r"tokens\[1\].*without white space"),
        (["<end>", 3], "words", r"tokens\[1\]: expected a string.*int 3"),
        (["<end>", "\ud800"], "words", r"tokens\[1\].*UTF-8 can hold"),
        (["<end>", "a", "a"], "words", "received 'a' 2 times"),
        (["<end>"], "letters", "kind: expected one of words, unicode_words"),
    ],
)
def test_bad_tokens_are_refused(tokens, kind, message):
    with pytest.raises(ValueError, match=message):
        Vocabulary(tokens, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_captions_without_words_are_refused(kind):
    for captions in ([], [""], ["...", "\n"]):
        with pytest.raises(ValueError, match="expected at least one word"):
            Vocabulary.from_captions(captions, kind)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="max_size: expected more than 1"):
        Vocabulary.from_captions(CAPTIONS, max_size=1)
    with pytest.raises(ValueError, match="put it into a list"):
        Vocabulary.from_captions("a red bird")
    with pytest.raises(ValueError, match="received 7 words in all"):
        Vocabulary.from_captions(CAPTIONS, min_count=9)


@pytest.mark.parametrize(
    ("captions", "kind", "fitting"),
    [
        (["一只红色的鸟", "蓝色的鱼"], "words", "wordpiece"),
        (["赤い鳥"], "words", "wordpiece"),
        (["लाल पक्षी"], "words", "unicode_words"),
        (["красная птица"], "words", "unicode_words"),
    ],
)
def test_captions_of_another_script_name_the_kind_that_fits(
    captions, kind, fitting
):
    with pytest.raises(ValueError, match=f"tokenizer kind '{fitting}' fits"):
        Vocabulary.from_captions(captions, kind)
    assert len(Vocabulary.from_captions(captions, fitting)) > 2


def test_no_other_kind_is_named_where_none_fits_better():
    with pytest.raises(ValueError, match=r"0 words in all\.$"):
        Vocabulary.from_captions(["?!", "..."])
