"""Captions that are wrong by one word."""

import numpy as np
import tensorflow as tf


class NearMisses:
    """Replaces one word of a caption by another one that could stand there.

    "a red shirt" becomes "a blue shirt" where both occur in the data: a word
    may be replaced by any that was seen between the same two neighbors. No
    list of words is needed, whatever the language. Where such words are
    synonyms, the caption is not wrong.

    Args:
        token_ids: int (words,), the captions one after the other.
        lengths: int (captions,), the words of each.
        most: how many of the words that could stand in one place are known,
            the frequent ones first.

    Call arguments:
        token_ids: int32 (batch, words), padded with 0.
        seed: int64 (2,); the same seed gives the same words.

    Returns:
        int32 (batch, words); rows in which no word can be replaced are as
        they were.

    Example:

    >>> misses = NearMisses(np.array([1, 2, 3, 1, 4, 3]), np.array([3, 3]))
    >>> misses(tf.constant([[1, 2, 3, 0]]), [0, 0]).numpy().tolist()
    [[1, 4, 3, 0]]
    """

    def __init__(self, token_ids, lengths, most=16):
        ends = np.cumsum(lengths)
        before = np.roll(token_ids, 1)
        after = np.roll(token_ids, -1)
        before[(ends - lengths)[lengths > 0]] = 0
        after[ends[lengths > 0] - 1] = 0
        self._base = int(token_ids.max(initial=0)) + 1
        places = before.astype(np.int64) * self._base + after
        keys, words = _alternatives(places, token_ids, most)
        self._keys = tf.constant(keys, tf.int64)
        # (places, most), padded with 0.
        self._words = tf.constant(words, tf.int32)

    def __call__(self, token_ids, seed):
        if not len(self._keys):
            return token_ids
        which, other = tf.unstack(
            tf.random.experimental.stateless_split(seed, 2)
        )
        rows = self._rows(token_ids)
        draws = tf.random.stateless_uniform(tf.shape(rows), which, alg="philox")
        place = tf.argmax(tf.where(rows < 0, -1.0, draws), -1)
        row = tf.gather(rows, place, batch_dims=1)
        word = tf.gather(token_ids, place, batch_dims=1)
        choices = tf.gather(self._words, tf.maximum(row, 0))
        fits = (choices > 0) & (choices != word[:, tf.newaxis])
        draws = tf.random.stateless_uniform(
            tf.shape(choices), other, alg="philox"
        )
        choice = tf.argmax(tf.where(fits, draws, -1.0), -1)
        changed = tf.where(
            row < 0, word, tf.gather(choices, choice, batch_dims=1)
        )
        here = tf.equal(
            tf.range(tf.shape(token_ids)[1], dtype=place.dtype),
            place[:, tf.newaxis],
        )
        return tf.where(here, changed[:, tf.newaxis], token_ids)

    def _rows(self, token_ids):
        """The row of `_words` for each word, -1 where there is none."""
        known = tf.where(token_ids < self._base, token_ids, 0)
        padded = tf.pad(tf.cast(known, tf.int64), [[0, 0], [1, 1]])
        places = padded[:, :-2] * self._base + padded[:, 2:]
        flat = tf.reshape(places, [-1])
        found = tf.minimum(
            tf.searchsorted(self._keys, flat), len(self._keys) - 1
        )
        same = tf.equal(tf.gather(self._keys, found), flat)
        rows = tf.reshape(tf.where(same, found, -1), tf.shape(token_ids))
        return tf.where(token_ids > 0, rows, -1)


def _alternatives(places, words, most):
    """Places where several words were seen, and which, frequent ones first."""
    pairs, counts = np.unique(
        np.stack([places, words]), axis=1, return_counts=True
    )
    order = np.lexsort((pairs[1], -counts, pairs[0]))
    places, words = pairs[:, order]
    keys, starts, kinds = np.unique(
        places, return_index=True, return_counts=True
    )
    several = kinds > 1
    keys, starts, kinds = keys[several], starts[several], kinds[several]
    table = np.zeros((len(keys), most), np.int32)
    for row, (start, kind) in enumerate(zip(starts, kinds, strict=True)):
        count = min(kind, most)
        table[row, :count] = words[start : start + count]
    return keys, table
