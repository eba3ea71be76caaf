"""The tokens of a tokenizer, in the order of their ids."""

import collections
import hashlib
import itertools
import re
import types
import unicodedata

from tfragan.atomic_file import write_atomically
from tfragan.place import local_path
from tfragan.regular_file import read_regular
from tfragan.text.word_segmentation import segment_for_wordpieces
from tfragan.text.word_segmentation import segment_unicode_words
from tfragan.text.word_segmentation import segment_words
from tfragan.text.wordpiece import PADDING_TOKEN
from tfragan.text.wordpiece import UNKNOWN_TOKEN
from tfragan.text.wordpiece import learn_wordpieces

KINDS = ("words", "unicode_words", "wordpiece")
END_TOKEN = "<end>"

_SEGMENTERS = {
    "words": segment_words,
    "unicode_words": segment_unicode_words,
    "wordpiece": segment_for_wordpieces,
}
_SPECIAL_TOKENS = {
    "words": (END_TOKEN,),
    "unicode_words": (END_TOKEN,),
    "wordpiece": (PADDING_TOKEN, UNKNOWN_TOKEN),
}
_HEADER = "# tfragan vocabulary kind={} tokens={}"
_HEADER_PATTERN = re.compile(
    r"# tfragan vocabulary kind=(?P<kind>\S+) tokens=(?P<count>\d+)"
)
_CAPTIONS_AT_ONCE = 16_384


class Vocabulary:
    """An immutable list of tokens; a token's place is its id.

    Id 0 is padding. For the kinds `words` and `unicode_words` it is called
    `<end>`, as in the published code, and words outside the vocabulary are
    dropped. For `wordpiece` ids 0 and 1 are `[PAD]` and `[UNK]`.

    Args:
        tokens: the tokens in the order of their ids, special ones first.
        kind: `"words"`, `"unicode_words"` or `"wordpiece"`: how captions are
            cut, see `CaptionTokenizer`.

    Raises:
        ValueError: for an unknown kind, missing special tokens, a token twice
            or with white space in it.

    Example:

    >>> vocabulary = Vocabulary.from_captions(["A red bird", "a red fish"])
    >>> vocabulary.tokens
    ('<end>', 'a', 'red', 'bird', 'fish')
    """

    __slots__ = ("_index", "_kind", "_sha256", "_tokens")

    def __init__(self, tokens, kind="words"):
        _check_kind(kind)
        tokens = tuple(tokens)
        _check_tokens(tokens, kind)
        index = {token: place for place, token in enumerate(tokens)}
        if len(index) != len(tokens):
            counts = collections.Counter(tokens)
            twice = next(token for token in tokens if counts[token] > 1)
            raise ValueError(
                "tokens: expected every token once, received "
                f"{twice[:60]!r} {counts[twice]} times."
            )
        digest = hashlib.sha256("\n".join((kind, *tokens)).encode("utf-8"))
        self._tokens = tokens
        self._kind = kind
        self._index = types.MappingProxyType(index)
        self._sha256 = digest.hexdigest()

    @classmethod
    def from_captions(cls, captions, kind="words", max_size=None, min_count=1):
        """Builds the vocabulary of captions with the tokenizer's own graph.

        Words are numbered in the order in which they first occur, as the
        published code does on Python 3. Wordpieces are learned.

        Args:
            captions: strings (`str` or `bytes`), any iterable.
            kind: one of `KINDS`.
            max_size: most tokens, special ones included: the most frequent
                words stay (of equally frequent ones the earlier), in
                first-seen order. `None`: no limit, 8000 for `wordpiece`.
            min_count: least occurrences of a word to enter.

        Returns:
            A `Vocabulary`.

        Raises:
            ValueError: if no caption holds a word.
        """
        _check_kind(kind)
        special = _SPECIAL_TOKENS[kind]
        if max_size is not None and max_size <= len(special):
            raise ValueError(
                f"max_size: expected more than {len(special)} tokens for kind "
                f"{kind!r}, received {max_size}."
            )
        if not isinstance(captions, str | bytes):
            captions = list(captions)
        counts = _count_words(captions, kind)
        if kind == "wordpiece" and counts:
            return cls(learn_wordpieces(counts, max_size, min_count), kind)
        words = [word for word in counts if counts[word] >= min_count]
        if not words:
            raise ValueError(
                f"captions: expected at least one word that occurs {min_count}"
                f" times or more, received {len(counts)} words in all"
                f"{kind_hint(captions, kind)}."
            )
        if max_size is not None and len(words) > max_size - len(special):
            # `sorted` is stable: of equally frequent words the earlier ones
            # stay.
            by_count = sorted(words, key=lambda word: -counts[word])
            kept = set(by_count[: max_size - len(special)])
            words = [word for word in words if word in kept]
        return cls((*special, *words), kind)

    @classmethod
    def load(cls, path):
        """Reads a vocabulary that `save` wrote.

        Args:
            path: the file.

        Returns:
            A `Vocabulary`.

        Raises:
            ValueError: if the file is no vocabulary, or incomplete.
        """
        path = local_path(path)
        try:
            lines = read_regular(path).decode("utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path}: expected a vocabulary in UTF-8, received a byte "
                f"that is none at offset {error.start}."
            ) from error
        header = _HEADER_PATTERN.fullmatch(lines[0]) if lines else None
        if header is None:
            raise ValueError(
                f"{path}: expected the first line "
                f"{_HEADER.format('<kind>', '<count>')!r}, received "
                f"{(lines[0] if lines else '')!r:.80}."
            )
        if len(lines) - 1 != int(header["count"]):
            raise ValueError(
                f"{path}: expected {header['count']} tokens as its first line "
                f"says, received {len(lines) - 1}."
            )
        try:
            return cls(lines[1:], header["kind"])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    def save(self, path):
        """Writes the vocabulary as UTF-8 text: a header, then a token a line.

        Written beside its place and renamed, so that no reader ever meets a
        part of it.

        Args:
            path: the file.
        """
        header = _HEADER.format(self._kind, len(self._tokens))
        text = "\n".join((header, *self._tokens, ""))
        write_atomically(local_path(path), text)

    @property
    def tokens(self):
        """The tokens as a tuple, in the order of their ids."""
        return self._tokens

    @property
    def kind(self):
        """How captions are cut: one of `KINDS`."""
        return self._kind

    @property
    def index(self):
        """Read-only mapping from token to id."""
        return self._index

    @property
    def sha256(self):
        """Hex digest over the kind and the tokens: equal for equal ones."""
        return self._sha256

    @property
    def special_tokens(self):
        """The tokens that no caption can hold, first in `tokens`."""
        return _SPECIAL_TOKENS[self._kind]

    def __len__(self):
        return len(self._tokens)

    def __contains__(self, token):
        return token in self._index

    def __eq__(self, other):
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return self._sha256 == other._sha256

    def __hash__(self):
        return hash(self._sha256)

    def __repr__(self):
        return (
            f"Vocabulary({len(self)} tokens, kind={self._kind!r}, "
            f"sha256={self._sha256[:12]}...)"
        )

    def __reduce__(self):
        return Vocabulary, (self._tokens, self._kind)


# Beginnings of the names of characters of scripts without spaces.
_WITHOUT_SPACES = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TIBETAN",
)


def fitting_kind(captions):
    """The simplest of `KINDS` that loses nothing of some captions."""
    found = "words"
    for caption in captions:
        if isinstance(caption, bytes):
            caption = caption.decode("utf-8", "replace")
        for letter in caption if not caption.isascii() else ():
            if letter.isascii() or not letter.isalnum():
                continue
            if unicodedata.name(letter, "").startswith(_WITHOUT_SPACES):
                return "wordpiece"
            found = "unicode_words"
    return found


def kind_hint(captions, kind):
    """The end of a sentence about captions that a kind gets nothing of.

    It is empty where another kind would not do better.
    """
    fitting = fitting_kind(captions)
    if KINDS.index(fitting) <= KINDS.index(kind):
        return ""
    return (
        f"; they are in a script of which the kind {kind!r} drops letters or "
        f"does not find words: the tokenizer kind {fitting!r} fits it"
    )


def segmenter(kind):
    """What cuts captions of a kind: strings `(batch,)` to ragged ones."""
    _check_kind(kind)
    return _SEGMENTERS[kind]


def _check_kind(kind):
    if kind not in KINDS:
        raise ValueError(
            f"kind: expected one of {', '.join(KINDS)}, received {kind!r}."
        )


def _check_tokens(tokens, kind):
    for place, token in enumerate(tokens):
        if not isinstance(token, str):
            raise ValueError(
                f"tokens[{place}]: expected a string, received "
                f"{type(token).__name__} {token!r:.80}."
            )
        if token.split() != [token]:
            raise ValueError(
                f"tokens[{place}]: expected a token without white space, "
                f"received {token[:60]!r}."
            )
        if not token.isascii():
            _check_encodable(place, token)
    special = _SPECIAL_TOKENS[kind]
    if tokens[: len(special)] != special:
        raise ValueError(
            f"tokens: expected {', '.join(special)} first for kind {kind!r}, "
            f"received {', '.join(tokens[: len(special)]) or 'none'}."
        )


def _check_encodable(place, token):
    try:
        token.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"tokens[{place}]: expected text that UTF-8 can hold, received "
            f"{token!r:.80}."
        ) from error


def _count_words(captions, kind):
    """How often each word occurs; a dict in the order of first occurrence."""
    if isinstance(captions, str | bytes):
        raise ValueError(
            "captions: expected several strings, received one "
            f"{type(captions).__name__}; put it into a list."
        )
    segment = segmenter(kind)
    counts = collections.Counter()
    captions = iter(captions)
    while batch := list(itertools.islice(captions, _CAPTIONS_AT_ONCE)):
        counts.update(segment(batch).values.numpy().tolist())
    return {word.decode("utf-8"): count for word, count in counts.items()}
