"""Captions to token ids inside the graph."""

import warnings

import keras
import tensorflow as tf

from tfragan.shown import shown_names
from tfragan.text.vocabulary import Vocabulary
from tfragan.text.vocabulary import kind_hint
from tfragan.text.vocabulary import segmenter
from tfragan.text.word_segmentation import caption_strings
from tfragan.text.wordpiece import UNKNOWN_ID
from tfragan.text.wordpiece import wordpiece_tokenizer


class UnknownWordsWarning(UserWarning):
    """Captions hold words that a model does not know."""


@keras.saving.register_keras_serializable(package="tfragan")
class CaptionTokenizer(tf.Module):
    r"""Turns captions into token ids with graph ops.

    Usable eagerly, in `tf.data.Dataset.map`, in a `tf.function` and in a
    SavedModel: the lookup table is tracked by the module and needs no file.

    The vocabulary's kind decides how captions are cut:

    - `words`: lower-case `\w+` with non-ASCII characters dropped, as the
      published code; core TensorFlow ops only. Unknown words are dropped.
    - `unicode_words`: NFKC, case folding, words of any script with spaces;
      needs tensorflow-text where it runs. Unknown words are dropped.
    - `wordpiece`: learned pieces, any language; needs tensorflow-text where
      it runs. Unknown characters become `[UNK]`.

    A caption that is empty or holds no known word gives a row of zeros.
    Invalid UTF-8 parts words like a space.

    Args:
        vocabulary: a `Vocabulary`, or its tokens.
        max_words: columns of the ids that a call returns.
        name: name of the module.

    Call arguments:
        captions: strings, shape `(batch,)`: a tensor, or a list of `str` or
            `bytes`; `batch` may be 0.
        max_words: columns for this call instead of the constructor's.

    Output:
        int32, shape `(batch, max_words)`: the first `max_words` words of
        each caption, padded with 0 on the right.

    Example:

    >>> tokenizer = CaptionTokenizer(Vocabulary(["<end>", "a", "red", "bird"]))
    >>> tokenizer(["A shiny red bird!"], max_words=5).numpy().tolist()
    [[1, 2, 3, 0, 0]]
    """

    def __init__(self, vocabulary, max_words=18, name="caption_tokenizer"):
        super().__init__(name=name)
        if not isinstance(vocabulary, Vocabulary):
            vocabulary = Vocabulary(vocabulary)
        self._vocabulary = vocabulary
        self._max_words = _checked_max_words(max_words)
        self._segment = segmenter(vocabulary.kind)
        tokens = vocabulary.tokens
        # An anonymous table filled from tensors: neither a path of this
        # machine nor a name that two exports could share enters the graph.
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant(tokens, tf.string),
                tf.range(len(tokens), dtype=tf.int64),
            ),
            default_value=UNKNOWN_ID if self.kind == "wordpiece" else 0,
            experimental_is_anonymous=True,
        )
        self._wordpieces = None
        if self.kind == "wordpiece":
            self._wordpieces = wordpiece_tokenizer(self._table, tokens)

    @property
    def vocabulary(self):
        """The `Vocabulary`."""
        return self._vocabulary

    @property
    def kind(self):
        """The vocabulary's kind."""
        return self._vocabulary.kind

    @property
    def max_words(self):
        """Columns of the ids that a call returns."""
        return self._max_words

    def __call__(self, captions, max_words=None):
        """Token ids, see the class."""
        if max_words is None:
            max_words = self._max_words
        max_words = _checked_max_words(max_words)
        captions = caption_strings(captions)
        return self.ragged(captions).to_tensor(
            0, shape=[captions.shape[0], max_words]
        )

    def ragged(self, captions):
        """All known words of each caption, however many.

        Args:
            captions: strings, shape `(batch,)`.

        Returns:
            `tf.RaggedTensor` of int32, shape `(batch, None)`.
        """
        words = self._segment(captions)
        if self._wordpieces is not None:
            ids = self._wordpieces.tokenize(words).merge_dims(-2, -1)
        else:
            ids = words.with_values(self._table.lookup(words.values))
            ids = tf.ragged.boolean_mask(ids, ids.with_values(ids.values > 0))
        return tf.cast(ids, tf.int32)

    def segment(self, captions):
        """The words of each caption, known or not, before any lookup.

        Args:
            captions: strings, shape `(batch,)`.

        Returns:
            `tf.RaggedTensor` of strings, shape `(batch, None)`. For
            `wordpiece` the tokens themselves, `[UNK]` among them.
        """
        if self._wordpieces is None:
            return self._segment(captions)
        ids = self.ragged(captions)
        tokens = tf.constant(self._vocabulary.tokens, tf.string)
        return ids.with_values(tf.gather(tokens, ids.values))

    def unknown_words(self, captions):
        """The words that stand for nothing here: dropped, or `[UNK]`.

        Args:
            captions: list of str.

        Returns:
            List of str without repetition, in the order of their first
            occurrence. A run of characters that the kind takes no word from,
            such as Chinese ones under `words`, is one word.
        """
        each = self.unknown_words_of_each(captions)
        return list(dict.fromkeys(word for words in each for word in words))

    def unknown_words_of_each(self, captions):
        """As `unknown_words`, a list for each caption."""
        runs = dict.fromkeys(run for text in captions for run in text.split())
        unknown = self._unknown_of_runs(
            [run for run in runs if any(map(str.isalnum, run))]
        )
        return [
            list(
                dict.fromkeys(
                    word
                    for run in text.split()
                    for word in unknown.get(run, ())
                )
            )
            for text in captions
        ]

    def _unknown_of_runs(self, runs):
        """Dict of each run with words that are unknown to these."""
        if not runs:
            return {}
        words = self._segment(caption_strings(runs))
        if self._wordpieces is None:
            known = self._table.lookup(words.values) > 0
        else:
            pieces = self._wordpieces.tokenize(words.values)
            known = tf.reduce_all(pieces != UNKNOWN_ID, axis=1)
        known = words.with_values(known).to_list()
        unknown = {}
        for run, parts, flags in zip(runs, words.to_list(), known, strict=True):
            if not parts or not all(flags):
                # Of "naïve" the kind `words` looks at "nave" only.
                whole = not parts or not run.isascii()
                unknown[run] = (
                    [run]
                    if whole
                    else [
                        part.decode()
                        for part, flag in zip(parts, flags, strict=True)
                        if not flag
                    ]
                )
        return unknown

    def knows(self, captions):
        """Whether a caption says anything here.

        Args:
            captions: list of str.

        Returns:
            List of bool: whether a word of it is known.
        """
        if not captions:
            return []
        known = tf.cast(self.ragged(captions) != UNKNOWN_ID, tf.int32)
        if self._wordpieces is None:
            known = tf.ones_like(known)
        return (tf.reduce_sum(known, axis=1) > 0).numpy().tolist()

    def remarks_on(self, captions):
        """What captions hold that means nothing here.

        Args:
            captions: list of str.

        Returns:
            List of sentences, empty where all words are known: which words
            are not, and which captions have no other ones.
        """
        remarks = []
        unknown = self.unknown_words(captions)
        if unknown:
            remarks.append(
                f"words that the model does not know: {shown_names(unknown)}"
            )
        knows = self.knows(captions)
        missed = [
            text
            for text, known in zip(captions, knows, strict=True)
            if not known
        ]
        if missed:
            remarks.append(
                "the model knows no word of these captions, and their pictures "
                f"are those of an empty one: {shown_names(missed)}"
                f"{kind_hint(missed, self.kind)}"
            )
        return remarks

    def warn(self, captions):
        """Issues what `remarks_on` says as `UnknownWordsWarning`."""
        texts = [
            text.decode("utf-8", "replace")
            for text in tf.constant(captions, tf.string).numpy()
        ]
        for sentence in self.remarks_on(texts):
            warnings.warn(sentence, UnknownWordsWarning, stacklevel=3)

    def words(self, caption, max_words=None):
        """The tokens behind the ids of one caption, for showing them.

        Args:
            caption: one string.
            max_words: as in the call; `None` is the constructor's.

        Returns:
            List of `str`, one for each nonzero id of
            `tokenizer([caption], max_words)`, in order.
        """
        token_ids = self([caption], max_words)[0].numpy()
        tokens = self._vocabulary.tokens
        return [tokens[token_id] for token_id in token_ids if token_id]

    def get_config(self):
        """Everything `from_config` needs, the tokens included."""
        return {
            "tokens": list(self._vocabulary.tokens),
            "kind": self.kind,
            "max_words": self._max_words,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        """A tokenizer from `get_config`'s result."""
        config = dict(config)
        vocabulary = Vocabulary(config.pop("tokens"), config.pop("kind"))
        return cls(vocabulary, **config)


def _checked_max_words(max_words):
    if isinstance(max_words, bool) or int(max_words) != max_words:
        valid = False
    else:
        valid = max_words >= 1
    if not valid:
        raise ValueError(
            "max_words: expected a whole number of at least 1, received "
            f"{max_words!r}."
        )
    return int(max_words)
