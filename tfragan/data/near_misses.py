"""Captions that are wrong by one word."""

import numpy as np
import tensorflow as tf

# Of images with a word in a place, those that have another there, too.
_LARGEST_SHARE = 0.25


class NearMisses:
    """Replaces one word of a caption by another one that could stand there.

    "a red shirt" becomes "a blue shirt" where both occur in the data: a word
    may be replaced by any that was seen between the same two neighbors. No
    list of words is needed, whatever the language. Words that captions of one
    image use side by side in one place, such as "in" and "wearing", do not
    contradict each other: with `images`, they are left as they are.

    With `count` above 1 each caption gets several, in different places where
    it has as many, and one of them may be a word more: "a checkered red
    shirt", where another word was seen between the same two. A caption that
    leaves out what the image shows is then contradicted by chance now and
    then.

    Args:
        token_ids: int (words,), the captions one after the other.
        lengths: int (captions,), the words of each.
        most: how many of the words that could stand in one place are known,
            the frequent ones first.
        count: near misses of a caption.
        images: int (captions,), the image of each.

    Call arguments:
        token_ids: int32 (batch, words), padded with 0.
        seed: int64 (2,); the same seed gives the same words.

    Returns:
        int32 (batch, count, words); rows in which no word can be replaced
        are as they were.

    Raises:
        ValueError: `count` is below 1.

    Example:

    >>> misses = NearMisses(np.array([1, 2, 3, 1, 4, 3]), np.array([3, 3]))
    >>> misses(tf.constant([[1, 2, 3, 0]]), [0, 0]).numpy().tolist()
    [[[1, 4, 3, 0]]]
    """

    def __init__(self, token_ids, lengths, most=16, count=1, images=None):
        if count < 1:
            raise ValueError(
                f"`count` of near misses must be at least 1. Received: {count}"
            )
        ends = np.cumsum(lengths)
        before = np.roll(token_ids, 1)
        after = np.roll(token_ids, -1)
        before[(ends - lengths)[lengths > 0]] = 0
        after[ends[lengths > 0] - 1] = 0
        self.count = count
        self._base = int(token_ids.max(initial=0)) + 1
        places = before.astype(np.int64) * self._base + after
        if images is not None:
            kept = _contradicting(places, token_ids, np.repeat(images, lengths))
            places, token_ids = places[kept], token_ids[kept]
        # A word can be replaced where another was seen, too; it can come
        # between two where any was seen.
        least = 1 if count > 1 else 2
        keys, words = _alternatives(places, token_ids, most, least)
        self._keys = tf.constant(keys, tf.int64)
        # (places, most), padded with 0.
        self._words = tf.constant(words, tf.int32)
        self._several = tf.constant(np.count_nonzero(words, 1) > 1)

    def __call__(self, token_ids, seed):
        if not len(self._keys):
            return tf.repeat(token_ids[:, tf.newaxis], self.count, 1)
        which, other = tf.unstack(
            tf.random.experimental.stateless_split(seed, 2)
        )
        rows = self._rows(token_ids)
        place = self._places(rows, which)
        row = tf.gather(rows, place, batch_dims=1)
        word_count = tf.shape(token_ids)[1]
        added = (place >= word_count) & (row >= 0)
        place %= word_count
        word = tf.gather(token_ids, place, batch_dims=1)
        choices = tf.gather(self._words, tf.maximum(row, 0))
        differs = (choices != word[..., tf.newaxis]) | added[..., tf.newaxis]
        draws = tf.random.stateless_uniform(
            tf.shape(choices), other, alg="philox"
        )
        choice = tf.argmax(tf.where((choices > 0) & differs, draws, -1.0), -1)
        changed = tf.where(
            row < 0, word, tf.gather(choices, choice, batch_dims=2)
        )
        return _changed(token_ids, place, changed, added)

    def _places(self, rows, seed):
        """Places to change `(batch, count)`, different ones while there are."""
        draws = tf.random.stateless_uniform(tf.shape(rows), seed, alg="philox")
        order = tf.argsort(
            tf.where(rows < 0, -1.0, draws), direction="DESCENDING"
        )
        usable = tf.reduce_sum(tf.cast(rows >= 0, tf.int32), 1, keepdims=True)
        picks = tf.range(self.count) % tf.maximum(usable, 1)
        return tf.gather(order, picks, batch_dims=1)

    def _rows(self, token_ids):
        """The row of `_words` for each word, -1 where it has to stay.

        With several near misses `(batch, 2 * words)`: those of the words, then
        those of what could come after each.
        """
        known = tf.where(token_ids < self._base, token_ids, 0)
        padded = tf.pad(tf.cast(known, tf.int64), [[0, 0], [1, 1]])
        rows = self._find(padded[:, :-2], padded[:, 2:])
        several = tf.gather(self._several, tf.maximum(rows, 0))
        is_word = token_ids > 0
        rows = tf.where(several & is_word, rows, -1)
        if self.count == 1:
            return rows
        between = self._find(padded[:, 1:-1], padded[:, 2:])
        # The last word must not fall off.
        fits = is_word & tf.equal(token_ids[:, -1:], 0)
        return tf.concat([rows, tf.where(fits, between, -1)], 1)

    def _find(self, before, after):
        """The row of the words seen between two, -1 where there is none."""
        places = before * self._base + after
        flat = tf.reshape(places, [-1])
        found = tf.minimum(
            tf.searchsorted(self._keys, flat), len(self._keys) - 1
        )
        same = tf.equal(tf.gather(self._keys, found), flat)
        return tf.reshape(tf.where(same, found, -1), tf.shape(places))


def _changed(token_ids, place, word, added):
    """Captions `(batch, count, words)` with another word, or one added."""
    here = tf.range(tf.shape(token_ids)[1], dtype=place.dtype)
    place, word, added = (x[..., tf.newaxis] for x in (place, word, added))
    moved = tf.pad(token_ids[:, :-1], [[0, 0], [1, 0]])
    token_ids, moved = token_ids[:, tf.newaxis], moved[:, tf.newaxis]
    replaced = tf.where(tf.equal(here, place), word, token_ids)
    after = tf.where(tf.equal(here, place + 1), word, moved)
    longer = tf.where(here > place, after, token_ids)
    return tf.where(added, longer, replaced)


def _contradicting(places, words, images):
    """Which words seldom share their place with others of the same image."""
    seen, rows = np.unique(
        np.stack([places, images, words]), axis=1, return_inverse=True
    )
    _, where, kinds = np.unique(
        seen[:2], axis=1, return_inverse=True, return_counts=True
    )
    shares = kinds[where.ravel()] > 1
    _, pairs, uses = np.unique(
        seen[[0, 2]], axis=1, return_inverse=True, return_counts=True
    )
    pairs = pairs.ravel()
    share = np.bincount(pairs, shares) / uses
    return (share <= _LARGEST_SHARE)[pairs][rows.ravel()]


def _alternatives(places, words, most, least):
    """Places where `least` words were seen, and which, frequent ones first."""
    pairs, counts = np.unique(
        np.stack([places, words]), axis=1, return_counts=True
    )
    order = np.lexsort((pairs[1], -counts, pairs[0]))
    places, words = pairs[:, order]
    keys, starts, kinds = np.unique(
        places, return_index=True, return_counts=True
    )
    enough = kinds >= least
    keys, starts, kinds = keys[enough], starts[enough], kinds[enough]
    table = np.zeros((len(keys), most), np.int32)
    for row, (start, kind) in enumerate(zip(starts, kinds, strict=True)):
        count = min(kind, most)
        table[row, :count] = words[start : start + count]
    return keys, table
