"""The AttnGAN authors' `captions.pickle`, whole, broken and hostile."""

import pickle

import pytest

from tfragan.text import CaptionTokenizer
from tfragan.text import read_captions_pickle

WORDS = {0: "<end>", 1: "red", 2: "bird", 3: "a"}
TRAIN = [[3, 1, 2], [2], []]
TEST = [[1, 1]]


def inverse(words):
    return {word: place for place, word in words.items()}


def python2_pickle(train, test, words, index):
    """A protocol 2 pickle with byte strings, as Python 2's cPickle writes."""

    def integer(value):
        return b"K" + bytes([value])

    def string(value):
        value = value.encode("latin-1")
        return b"U" + bytes([len(value)]) + value

    def items(values):
        return b"](" + b"".join(values) + b"e"

    def pairs(dictionary, key, value):
        body = (key(k) + value(v) for k, v in dictionary.items())
        return b"}(" + b"".join(body) + b"u"

    captions = (
        items([items(map(integer, caption)) for caption in split])
        for split in (train, test)
    )
    return b"".join(
        [
            b"\x80\x02](",
            *captions,
            pairs(words, integer, string),
            pairs(index, string, integer),
            b"e.",
        ]
    )


def write(folder, content):
    path = folder / "captions.pickle"
    path.write_bytes(
        content if isinstance(content, bytes) else pickle.dumps(content, 2)
    )
    return path


@pytest.mark.parametrize("protocol", [None, 0, 1, 2, 4, 5])
def test_file_is_read_in_its_own_order(tmp_path, protocol):
    content = [TRAIN, TEST, WORDS, inverse(WORDS)]
    if protocol is None:
        path = write(tmp_path, python2_pickle(*content))
    else:
        path = write(tmp_path, pickle.dumps(content, protocol))
    captions = read_captions_pickle(path)
    assert captions.train_captions == TRAIN
    assert captions.test_captions == TEST
    assert captions.vocabulary.tokens == ("<end>", "red", "bird", "a")
    tokenizer = CaptionTokenizer(captions.vocabulary, max_words=4)
    assert tokenizer(["A red bird"]).numpy().tolist() == [[3, 1, 2, 0]]


def test_published_size_is_read(tmp_path):
    words = {0: "<end>", **{i: f"w{i}" for i in range(1, 5450)}}
    train = [[(7 * i + k) % 5449 + 1 for k in range(11)] for i in range(9000)]
    path = write(tmp_path, [train, train[:10], words, inverse(words)])
    captions = read_captions_pickle(path)
    assert captions.train_captions == train
    assert len(captions.vocabulary) == 5450


class _Hostile:
    def __reduce__(self):
        import os

        return os.system, ("false",)


def test_hostile_file_is_refused_by_name(tmp_path):
    path = write(tmp_path, [TRAIN, TEST, WORDS, _Hostile()])
    with pytest.raises(
        ValueError,
        match="captions.pickle is refused: it asks for posix.system, and "
        "only lists, dicts, strings and numbers are admitted",
    ):
        read_captions_pickle(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([TRAIN, TEST, WORDS], "list of four .*received a list of 3"),
        ({"a": 1}, "list of four .*received a dict of 1"),
        ([TRAIN, 3, WORDS, inverse(WORDS)], "test captions to be a list"),
        ([TRAIN, [3], WORDS, inverse(WORDS)], "test caption 0 to be a list"),
        (
            [[[1], [4]], TEST, WORDS, inverse(WORDS)],
            "train caption 1 to be a list of word indices below 4",
        ),
        ([[[-1]], TEST, WORDS, inverse(WORDS)], "train caption 0"),
        ([[["red"]], TEST, WORDS, inverse(WORDS)], "train caption 0"),
        ([TRAIN, TEST, list(WORDS), {}], "index to word to be a dict"),
        ([TRAIN, TEST, WORDS, []], "word to index to be a dict"),
        ([TRAIN, TEST, {}, {}], "received none with index 0"),
        (
            [TRAIN, TEST, {0: "<end>", 2: "a"}, {"<end>": 0, "a": 2}],
            "received none with index 1",
        ),
        (
            [TRAIN, TEST, {0: "red", 1: "a"}, {"red": 0, "a": 1}],
            "index 0 to be '<end>', received 'red'",
        ),
        (
            [TRAIN, TEST, {0: "<end>", 1: 5}, {"<end>": 0, 5: 1}],
            "expected word 1 to be a string, received 5",
        ),
        (
            [TRAIN, TEST, WORDS, {**inverse(WORDS), "red": 2}],
            "different entry for 'red'",
        ),
        (
            [TRAIN, TEST, WORDS, {**inverse(WORDS), "blue": [4]}],
            "different entry for 'blue'",
        ),
    ],
)
def test_contradictions_are_named(tmp_path, content, message):
    with pytest.raises(ValueError, match=f"captions.pickle: .*{message}"):
        read_captions_pickle(write(tmp_path, content))


def test_truncated_file_is_one_sentence(tmp_path):
    whole = python2_pickle(TRAIN, TEST, WORDS, inverse(WORDS))
    for size in range(len(whole)):
        path = write(tmp_path, whole[:size])
        with pytest.raises(ValueError, match="captions.pickle") as caught:
            read_captions_pickle(path)
        assert "\n" not in str(caught.value)


def doubled(times):
    """Two references to a list of two references to a list, and so on."""
    nested = []
    for _ in range(times):
        nested = [nested, nested]
    return nested


@pytest.mark.parametrize(
    "content",
    [
        doubled(60),
        [doubled(60), TEST, WORDS, inverse(WORDS)],
        [TRAIN, TEST, {0: "<end>", 1: doubled(60)}, {}],
        [TRAIN, TEST, WORDS, doubled(60)],
        [TRAIN, TEST, {0: "<end>", 1: "a" * 10**6, 2: "a" * 10**6}, {}],
        [TRAIN, TEST, WORDS, {**inverse(WORDS), "a" * 10**6: 1}],
        [TRAIN, TEST, WORDS, {**inverse(WORDS), 10**5000: 1}],
    ],
)
def test_nested_lists_that_double_are_refused_in_a_short_sentence(
    tmp_path, content
):
    with pytest.raises(ValueError, match=r"captions\.pickle") as caught:
        read_captions_pickle(write(tmp_path, content))
    assert len(str(caught.value)) < 400


def test_a_few_captions_cannot_stand_for_any_number_of_words(tmp_path):
    path = write(tmp_path, [[[1] * 2000] * 2000, [], WORDS, inverse(WORDS)])
    with pytest.raises(ValueError, match="received 4000000 words"):
        read_captions_pickle(path)
