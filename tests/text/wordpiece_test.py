"""Wordpieces, learned and used on several scripts."""

import random

import pytest

from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary
from tfragan.text.wordpiece import learn_wordpieces
from tfragan.text.wordpiece_learner import learn_pieces

# Words that stand without spaces between them in these languages.
WORDS = {
    "thai": "นก ปีก สีแดง ตัวเล็ก ท้อง สีขาว หัว สีดำ จงอยปาก และ ที่ มี",
    "chinese": "一只 红色 的 鸟 有 黑色 翅膀 和 白色 腹部 小 嘴",
    "japanese": "赤い 鳥 が 黒い 翼 と 白い おなか を 持つ くちばし",
    "english": "bird wing red small belly white head black beak and with",
}


def made_captions(language, count=300):
    generator = random.Random(language)
    between = " " if language == "english" else ""
    words = WORDS[language].split()
    return [
        between.join(generator.choices(words, k=generator.randint(2, 7)))
        for _ in range(count)
    ]


@pytest.mark.parametrize("language", WORDS)
def test_captions_of_any_script_are_cut_without_unknowns(language):
    captions = made_captions(language)
    vocabulary = Vocabulary.from_captions(captions, "wordpiece", max_size=200)
    assert len(vocabulary) <= 200
    tokenizer = CaptionTokenizer(vocabulary, max_words=60)
    unseen = made_captions(language, 400)[300:]
    for caption in unseen:
        pieces = tokenizer.words(caption)
        assert "[UNK]" not in pieces
        joined = "".join(piece.removeprefix("##") for piece in pieces)
        # Thai's sara am is two characters after normalization.
        assert joined.replace("ํา", "ำ") == caption.replace(" ", "")


@pytest.mark.parametrize("language", ["thai", "english"])
def test_frequent_words_become_single_pieces(language):
    captions = made_captions(language, 1000)
    vocabulary = Vocabulary.from_captions(captions, "wordpiece", max_size=300)
    pieces = {token.removeprefix("##") for token in vocabulary.tokens}
    found = sum(word in pieces for word in WORDS[language].split())
    assert found >= 10
    words = CaptionTokenizer(vocabulary, 100).ragged(captions).values.shape[0]
    characters = sum(len(caption) for caption in captions)
    assert words < characters / 2.5


def test_unseen_character_costs_only_itself():
    vocabulary = Vocabulary.from_captions(["red bird red bird"], "wordpiece")
    tokenizer = CaptionTokenizer(vocabulary)
    assert tokenizer.words("red birdбred 鳥") == [
        *("red", "bird", "[UNK]", "##r", "##e", "##d", "[UNK]"),
    ]


def test_special_tokens_cannot_be_written_in_a_caption():
    vocabulary = Vocabulary.from_captions(["pad unk " * 2], "wordpiece")
    tokenizer = CaptionTokenizer(vocabulary)
    assert tokenizer.words("[PAD] [UNK] ##pad") == ["pad", "unk", "pad"]


def test_learning_does_not_depend_on_the_order_of_words():
    counts = {"bird": 5, "birds": 3, "red": 5, "reddish": 3, "鳥": 2, "♥": 2}
    backwards = dict(reversed(counts.items()))
    learned = learn_wordpieces(counts, 40)
    assert learned[:4] in (
        ["[PAD]", "[UNK]", "鳥", "♥"],
        ["[PAD]", "[UNK]", "♥", "鳥"],
    )
    assert len(learned) == len(set(learned))
    assert set(learned) == set(learn_wordpieces(backwards, 40))


def test_pieces_used_up_by_longer_ones_are_left_out():
    pieces = learn_pieces({"bird": 10, "fish": 4}, size=60)
    merged = [piece for piece in pieces if len(piece.removeprefix("##")) > 1]
    assert merged == ["bird", "fish"]


def test_shared_stems_become_pieces():
    counts = {"painted": 6, "paints": 6, "painter": 6, "walked": 6, "walks": 6}
    pieces = learn_pieces(counts, size=34)
    assert {"paint", "walk"} <= set(pieces)


def test_rare_pieces_are_not_learned():
    assert learn_pieces({"ab": 1}, size=9) == ["a", "b", "##a", "##b"]
    assert learn_pieces({"ab": 1, "cb": 5}, size=9, min_count=2)[:2] == [
        *("b", "c"),
    ]
    assert "a" not in learn_pieces({"ab": 1, "cb": 5}, size=9, min_count=2)


@pytest.mark.parametrize("size", [1, 2, 5, 30])
def test_size_is_kept(size):
    counts = {word: 2 for word in WORDS["english"].split()}
    assert len(learn_pieces(counts, size)) <= size
    assert learn_pieces({}, size) == []


def test_repeated_letters_merge_from_the_left():
    pieces = learn_pieces({"aaaaa": 4}, size=30)
    assert "aaaaa" in pieces


def test_very_long_words_are_cut():
    vocabulary = Vocabulary.from_captions(["ab" * 50, "ab"], "wordpiece")
    tokenizer = CaptionTokenizer(vocabulary)
    ids = tokenizer.ragged(["ab" * 50_000])
    text = "".join(
        vocabulary.tokens[i].removeprefix("##") for i in ids.values.numpy()
    )
    assert text == "ab" * 50_000
