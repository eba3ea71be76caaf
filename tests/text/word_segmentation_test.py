"""Word segmentation against Python's own `re` and `unicodedata`."""

import random
import re
import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from tfragan.text.word_segmentation import caption_strings
from tfragan.text.word_segmentation import segment_for_wordpieces
from tfragan.text.word_segmentation import segment_unicode_words
from tfragan.text.word_segmentation import segment_words

SEGMENTERS = [segment_words, segment_unicode_words, segment_for_wordpieces]
DEFAULT_IGNORABLE = [
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
]
IGNORABLE = "".join(
    f"{chr(first)}-{chr(last)}" for first, last in DEFAULT_IGNORABLE
)


def assigned_characters():
    """Every character that this Python's Unicode version knows."""
    return [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) not in ("Cn", "Cs")
    ]


def published_words(caption):
    """The preprocessing of the published code, in Python."""
    caption = caption.replace("\ufffd\ufffd", " ").lower()
    words = re.findall(r"\w+", caption)
    words = [word.encode("ascii", "ignore").decode("ascii") for word in words]
    return [word for word in words if word]


def folded(caption):
    """toNFKC_Casefold of the Unicode Standard, from Python's own tables."""
    caption = caption.replace("\u200b", " ")
    caption = unicodedata.normalize("NFD", caption)
    while True:
        previous = caption
        caption = re.sub(f"[{IGNORABLE}]", "", caption).casefold()
        caption = unicodedata.normalize("NFKC", caption)
        if caption == previous:
            return caption


def unicode_words(caption):
    """Runs of letters, marks, digits and underscores after folding."""
    text = "".join(
        character
        if character == "_" or unicodedata.category(character)[0] in "LMN"
        else " "
        for character in folded(caption)
    )
    words = []
    for word in text.split():
        first = next(
            (
                place
                for place, character in enumerate(word)
                if unicodedata.category(character)[0] != "M"
            ),
            len(word),
        )
        words.append(word[first:])
    return [word for word in words if word]


def disagreements(segment, reference, captions):
    """Captions that a segmenter and its Python reference cut differently."""
    ragged = segment(captions)
    words = ragged.values.numpy().tolist()
    splits = ragged.row_splits.numpy().tolist()
    return [
        (caption, words[start:end], reference(caption))
        for caption, start, end in zip(
            captions, splits, splits[1:], strict=False
        )
        if [word.decode("utf-8") for word in words[start:end]]
        != reference(caption)
    ]


def random_captions(count, seed):
    """Captions of random characters of many scripts, spaces among them."""
    generator = random.Random(seed)
    characters = assigned_characters()
    common = " \t\n.,'-_AbİıßΣςǅﬁÅé10\u0301\u200b\u200d\ufe0f\ufffd鳥ก"
    return [
        "".join(
            generator.choice(common if generator.random() < 0.6 else characters)
            for _ in range(generator.randint(0, 30))
        )
        for _ in range(count)
    ]


def test_words_agree_with_python_on_every_character():
    captions = [f"A{character}b" for character in assigned_characters()]
    assert len(captions) > 280_000
    assert disagreements(segment_words, published_words, captions) == []


def test_words_agree_with_python_on_random_text():
    captions = random_captions(3000, seed=1)
    assert disagreements(segment_words, published_words, captions) == []


def test_unicode_words_agree_with_python_on_every_character():
    # Private characters and most of Han and Hangul have no folding.
    captions = [
        f"A{character}b{character}"
        for place, character in enumerate(assigned_characters())
        if place < 20_000 or place % 9 == 0
    ]
    assert disagreements(segment_unicode_words, unicode_words, captions) == []


def test_unicode_words_agree_with_python_on_random_text():
    captions = random_captions(3000, seed=2)
    assert disagreements(segment_unicode_words, unicode_words, captions) == []


def test_unicode_words_keep_the_marks_of_a_word():
    words = segment_unicode_words(["लाल पक्षी", "CAFÉ Straße ﬁn", "❤\ufe0f 1"])
    assert [[word.decode() for word in row] for row in words.to_list()] == [
        ["लाल", "पक्षी"],
        ["café", "strasse", "fin"],
        ["1"],
    ]


def test_wordpiece_words_set_han_and_symbols_apart():
    words = segment_for_wordpieces(
        ["赤い鳥が、飛ぶ❤️👍🏽", "it's 5<6 `x` นกสีแดง\u200bสวย"]
    )
    assert [[word.decode() for word in row] for row in words.to_list()] == [
        ["赤", "い", "鳥", "が", "飛", "ぶ", "❤", "👍"],
        ["it", "s", "5", "<", "6", "x", "นกสีแดง", "สวย"],
    ]


@pytest.mark.parametrize("segment", SEGMENTERS)
def test_invalid_text_parts_words(segment):
    expected = {
        b"\xff\xfe red": ["red"],
        b"red\x80bird": ["red", "bird"],
        b"\xf0\x9f": [],
        b"\xed\xa0\x80x": ["x"],
        b"red\x00bird\x07s": ["red", "bird", "s"],
        b"": [],
        b" \t\r\n": [],
        "\ud800red": ["red"],
        "red\ufffdbird": ["red", "bird"],
    }
    rows = segment(list(expected)).to_list()
    for (caption, words), row in zip(expected.items(), rows, strict=True):
        assert [word.decode() for word in row] == words, caption


@pytest.mark.parametrize("segment", SEGMENTERS)
def test_random_bytes_do_not_crash(segment):
    generator = np.random.default_rng(3)
    captions = [
        generator.integers(0, 256, size, np.uint8).tobytes()
        for size in generator.integers(0, 60, 500)
    ]
    rows = segment(captions).to_list()
    assert len(rows) == 500
    for row in rows:
        for word in row:
            assert word.decode("utf-8").split() == [word.decode("utf-8")]


def test_words_of_invalid_text_agree_with_python_decoding():
    generator = np.random.default_rng(4)
    captions = [
        bytes(
            generator.choice(
                np.frombuffer(b"aB \xc3\xa9\xff\xe9\xb3\xa5_", np.uint8), 20
            )
        )
        for _ in range(500)
    ]
    rows = segment_words(captions).to_list()
    for caption, row in zip(captions, rows, strict=True):
        expected = published_words(caption.decode("utf-8", "replace"))
        assert [word.decode() for word in row] == expected


@pytest.mark.parametrize("segment", SEGMENTERS)
def test_no_captions_give_no_rows(segment):
    assert segment([]).to_list() == []
    assert segment(tf.constant([], tf.string)).to_list() == []


def test_long_caption_is_cut_whole():
    caption = "long words " * 5000 + "x" * 10_000
    for segment in SEGMENTERS:
        words = segment([caption])
        assert words.row_lengths().numpy().tolist() == [10_001]
        assert words.values[-1].numpy() == b"x" * 10_000


def test_captions_must_be_several_strings():
    with pytest.raises(
        ValueError, match="received one str; put it into a list"
    ):
        caption_strings("a red bird")
    with pytest.raises(ValueError, match=r"captions\[1\]: expected a string"):
        caption_strings(["a", None])
    with pytest.raises(ValueError, match="received int32 of shape"):
        caption_strings(tf.constant([1, 2]))
    with pytest.raises(ValueError, match=r"of shape \(1, 1\)"):
        caption_strings(tf.constant([["a"]]))
    assert caption_strings(np.array(["é", "b"])).numpy().tolist() == [
        "é".encode(),
        b"b",
    ]
