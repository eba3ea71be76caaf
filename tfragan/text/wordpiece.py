"""Wordpieces: learning them from counted words, and cutting words by them."""

import collections

import tensorflow as tf

from tfragan.text.tensorflow_text_ops import tensorflow_text_ops
from tfragan.text.word_segmentation import stands_alone
from tfragan.text.wordpiece_learner import CONTINUATION
from tfragan.text.wordpiece_learner import learn_pieces

PADDING_TOKEN = "[PAD]"
UNKNOWN_TOKEN = "[UNK]"
UNKNOWN_ID = 1
DEFAULT_MAX_SIZE = 8000

_MAX_BYTES_PER_WORD = 1 << 30


def learn_wordpieces(word_counts, max_size=None, min_count=1):
    """Learns a wordpiece vocabulary.

    Characters that stand alone (Han, symbols) enter as they are, the most
    frequent first and at most half of the vocabulary; the other words are cut
    into the pieces that `learn_pieces` finds.

    Args:
        word_counts: dict from word, as cut by `segment_for_wordpieces`, to
            how often it occurs.
        max_size: most tokens, the two special ones included; 8000 if `None`.
        min_count: least occurrences of a piece; pieces of several characters
            need two in any case.

    Returns:
        List of tokens: `[PAD]`, `[UNK]`, lone characters, then pieces; those
        that continue a word start with `##`.

    Reference:
        Pre-tokenization and special tokens of
        [BERT](https://arxiv.org/abs/1810.04805).
    """
    max_size = DEFAULT_MAX_SIZE if max_size is None else max_size
    special = [PADDING_TOKEN, UNKNOWN_TOKEN]
    words = list(word_counts)
    alone = stands_alone(tf.constant(words, tf.string)).numpy().tolist()
    characters = collections.Counter()
    others = {}
    for word, is_alone in zip(words, alone, strict=True):
        if is_alone:
            characters[word] = word_counts[word]
        else:
            others[word] = word_counts[word]
    room = max_size - len(special)
    lone = [
        character
        for character, count in characters.most_common(
            room // 2 if others else room
        )
        if count >= min_count
    ]
    pieces = learn_pieces(others, room - len(lone), min_count)
    return [*special, *lone, *pieces]


def wordpiece_tokenizer(table, tokens):
    """The tensorflow-text op that cuts words into the pieces of a table.

    A character without a piece becomes `[UNK]` alone; the rest of its word is
    kept. Words may be of any length.

    Args:
        table: lookup table from token to id.
        tokens: the tokens of the table.

    Returns:
        `tensorflow_text.WordpieceTokenizer` giving int64 ids.
    """
    return tensorflow_text_ops().WordpieceTokenizer(
        table,
        suffix_indicator=CONTINUATION,
        max_bytes_per_word=_MAX_BYTES_PER_WORD,
        max_chars_per_token=max(len(token) for token in tokens),
        token_out_type=tf.int64,
        unknown_token=UNKNOWN_TOKEN,
        split_unknown_characters=True,
    )
