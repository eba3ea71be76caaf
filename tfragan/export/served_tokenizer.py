"""The tokenizer of an export."""

import tensorflow as tf

from tfragan.text import CaptionTokenizer
from tfragan.text.wordpiece import UNKNOWN_ID
from tfragan.text.wordpiece import wordpiece_tokenizer


class ServedTokenizer(CaptionTokenizer):
    """A `CaptionTokenizer` whose table outlives a single run of a session.

    Servers run a SavedModel in sessions. There an anonymous table is made
    anew in every run, after the one run that fills it: each request would
    find it empty. This table has a name, a random one, which neither tells a
    path of this machine nor is shared with another export.

    Args:
        tokenizer: the `CaptionTokenizer` to copy.
    """

    def __init__(self, tokenizer):
        super().__init__(tokenizer.vocabulary, tokenizer.max_words)
        tokens = self.vocabulary.tokens
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant(tokens, tf.string),
                tf.range(len(tokens), dtype=tf.int64),
            ),
            default_value=UNKNOWN_ID if self.kind == "wordpiece" else 0,
        )
        if self._wordpieces is not None:
            self._wordpieces = wordpiece_tokenizer(self._table, tokens)

    def words_of(self, token_ids):
        """The tokens behind ids, "" for padding.

        Args:
            token_ids: integer tensor of any shape.

        Returns:
            String tensor of the same shape.
        """
        tokens = tf.constant(("", *self.vocabulary.tokens[1:]), tf.string)
        return tf.gather(tokens, token_ids)
