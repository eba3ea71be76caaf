"""All captions of a data set as token ids, looked up in graph operations."""

import numpy as np
import tensorflow as tf

_CHUNK = 8192
_SHOWN_KEYS = 3


class CaptionTable:
    """The token ids of every caption, tokenized once.

    Captions without a known word are left out: a caption has to say
    something for attention over its words to be defined.

    Args:
        dataset: a `CaptionedImages`.
        tokenizer: a `tfragan.text.CaptionTokenizer`.

    Raises:
        ValueError: An image has no caption with a known word.
    """

    def __init__(self, dataset, tokenizer):
        values, lengths = _tokenize(dataset.captions(), tokenizer)
        counts = np.array([len(item.captions) for item in dataset.items])
        owners = np.repeat(np.arange(len(counts)), counts)
        numbers = np.concatenate([np.arange(count) for count in counts])
        starts = np.cumsum(lengths) - lengths

        known = lengths > 0
        usable = np.bincount(owners[known], minlength=len(counts))
        _check_every_item_has_one(dataset, usable)
        # Tensors, not arrays: a data set captures them once instead of
        # writing them into each of its functions.
        self._values = tf.constant(values, tf.int32)
        self._starts = tf.constant(starts[known], tf.int64)
        self._owners = tf.constant(owners[known], tf.int64)
        self._lengths = tf.constant(lengths[known], tf.int32)
        self._numbers = tf.constant(numbers[known], tf.int32)
        self._item_counts = tf.constant(usable, tf.int64)
        self._item_starts = tf.constant(np.cumsum(usable) - usable, tf.int64)
        self.longest = int(lengths.max())

    def __len__(self):
        return len(self._starts)

    def pick_random(self, sample_ids, seed):
        """A caption of each sample, all usable ones equally likely.

        Args:
            sample_ids: int64 (batch,).
            seed: int64 (2,) seed of this batch.

        Returns:
            int64 (batch,) rows of this table.
        """
        counts = tf.gather(self._item_counts, sample_ids)
        draws = tf.random.stateless_uniform(
            tf.shape(counts), seed, alg="philox"
        )
        chosen = tf.cast(draws * tf.cast(counts, tf.float32), tf.int64)
        return tf.gather(self._item_starts, sample_ids) + chosen

    def pick(self, sample_ids, caption_index):
        """The usable caption number `caption_index` of each sample.

        Samples with fewer captions begin again from their first.

        Args:
            sample_ids: int64 (batch,).
            caption_index: int.

        Returns:
            int64 (batch,) rows of this table.
        """
        counts = tf.gather(self._item_counts, sample_ids)
        chosen = tf.constant(caption_index, tf.int64) % counts
        return tf.gather(self._item_starts, sample_ids) + chosen

    def sample_ids(self, rows):
        """The index of each row's image in the data set.

        Args:
            rows: int64 (batch,).

        Returns:
            int64 (batch,).
        """
        return tf.gather(self._owners, rows)

    def caption_ids(self, rows):
        """The index of each row's caption among its image's captions.

        Args:
            rows: int64 (batch,).

        Returns:
            int32 (batch,).
        """
        return tf.gather(self._numbers, rows)

    def token_ids(self, rows, max_words, seed=None):
        """Token ids of the captions, padded on the right with zeros.

        Of a caption longer than `max_words` a random subset of its words is
        kept in their order, as in the published code; without a seed the
        first `max_words`.

        Args:
            rows: int64 (batch,).
            max_words: width of the result.
            seed: int64 (2,) seed of this batch, or None.

        Returns:
            int32 (batch, max_words), and int32 (batch,) numbers of words.
        """
        lengths = tf.gather(self._lengths, rows)
        kept = tf.minimum(lengths, max_words)
        positions = self._word_positions(lengths, max_words, seed)
        is_word = tf.sequence_mask(kept, max_words)
        places = tf.gather(self._starts, rows)[:, None] + tf.cast(
            tf.where(is_word, positions, 0), tf.int64
        )
        ids = tf.where(is_word, tf.gather(self._values, places), 0)
        return tf.ensure_shape(ids, [None, max_words]), kept

    def _word_positions(self, lengths, max_words, seed):
        """(batch, max_words) positions of the words to keep, ascending."""
        if seed is None or self.longest <= max_words:
            return tf.range(max_words)[None, :]
        shape = [tf.size(lengths), self.longest]
        draws = tf.random.stateless_uniform(shape, seed, alg="philox")
        # The words with the largest draws form a random subset. Positions
        # behind the end come last and stay behind after the sort.
        is_word = tf.sequence_mask(lengths, self.longest)
        draws = tf.where(is_word, draws, -1.0)
        chosen = tf.math.top_k(draws, max_words).indices
        beyond = chosen >= lengths[:, None]
        return tf.sort(tf.where(beyond, self.longest, chosen), axis=1)


def _tokenize(captions, tokenizer):
    values, lengths = [], []
    for begin in range(0, len(captions), _CHUNK):
        chunk = tf.constant(captions[begin : begin + _CHUNK])
        tokens = tokenizer.ragged(chunk)
        values.append(tokens.values.numpy())
        lengths.append(tokens.row_lengths().numpy())
    return np.concatenate(values), np.concatenate(lengths)


def _check_every_item_has_one(dataset, usable):
    missing = np.flatnonzero(usable == 0)
    if not missing.size:
        return
    keys = [dataset.items[index].key for index in missing[:_SHOWN_KEYS]]
    shown = ", ".join(repr(key) for key in keys)
    more = ", ..." if missing.size > len(keys) else ""
    raise ValueError(
        f"{missing.size} of the {len(dataset.items)} images of "
        f"{dataset.name!r} have no caption with a word that the vocabulary "
        f"knows: {shown}{more}."
    )
