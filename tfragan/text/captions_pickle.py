"""The `captions.pickle` of the AttnGAN authors, read safely."""

import dataclasses

from tfragan.place import local_path
from tfragan.text.vocabulary import END_TOKEN
from tfragan.text.vocabulary import Vocabulary

# By repeating a few captions a small file could claim any number of words.
_MOST_WORDS = 50


@dataclasses.dataclass(frozen=True)
class CaptionsPickle:
    """What a `captions.pickle` holds.

    Attributes:
        train_captions: list of lists of token ids, `captions_per_image`
            consecutive ones for each image in the order of the file names.
        test_captions: the same for the test split.
        vocabulary: `Vocabulary` of kind `words` in the file's own order,
            which published weights were trained with.
    """

    train_captions: list
    test_captions: list
    vocabulary: Vocabulary


def read_captions_pickle(path):
    """Reads the `captions.pickle` that published AttnGAN weights go with.

    The file is a list of four: train captions, test captions, index to word,
    word to index. Python 2 wrote the published ones. Nothing in the file is
    run, see `tfragan.convert.published_file`.

    Args:
        path: the file.

    Returns:
        A `CaptionsPickle`.

    Raises:
        ValueError: if the file is broken, holds anything but plain values, or
            contradicts itself; the sentence names what.

    Reference:
        Published data of [AttnGAN](https://arxiv.org/abs/1711.10485).
    """
    # The package of converters imports this one.
    from tfragan.convert.published_file import read_plain_pickle

    path = local_path(path)
    content = read_plain_pickle(path)
    if not isinstance(content, list | tuple) or len(content) != 4:
        raise _unexpected(
            path,
            "a list of four (train captions, test captions, index to word, "
            "word to index)",
            content,
        )
    train_captions, test_captions, words, index = content
    vocabulary = _vocabulary(path, words, index)
    return CaptionsPickle(
        train_captions=_captions(path, "train", train_captions, vocabulary),
        test_captions=_captions(path, "test", test_captions, vocabulary),
        vocabulary=vocabulary,
    )


def read_vocabulary(path):
    """The vocabulary of a `vocabulary.txt` or a `captions.pickle`.

    Args:
        path: the file; its ending decides.

    Returns:
        A `Vocabulary`.

    Raises:
        ValueError: if it holds none.
    """
    if str(path).endswith((".pickle", ".pkl")):
        return read_captions_pickle(path).vocabulary
    return Vocabulary.load(path)


def _unexpected(path, expected, received):
    from tfragan.convert.published_file import described

    return ValueError(
        f"{path}: expected {expected}, received {described(received)}."
    )


def _vocabulary(path, words, index):
    from tfragan.convert.published_file import described

    for name, value in (("index to word", words), ("word to index", index)):
        if not isinstance(value, dict):
            raise _unexpected(path, f"{name} to be a dict", value)
    missing = [place for place in range(len(words)) if place not in words]
    if missing or not words:
        raise ValueError(
            f"{path}: expected index to word to number its {len(words)} words "
            f"from 0 without a gap, received none with index "
            f"{missing[0] if missing else 0}."
        )
    tokens = [words[place] for place in range(len(words))]
    if tokens[0] != END_TOKEN:
        raise _unexpected(path, f"index 0 to be {END_TOKEN!r}", tokens[0])
    for place, token in enumerate(tokens):
        if not isinstance(token, str):
            raise _unexpected(path, f"word {place} to be a string", token)
    try:
        vocabulary = Vocabulary(tokens, "words")
    except ValueError as error:
        raise ValueError(f"{path}: index to word: {error}") from error
    for word in (*vocabulary.tokens, *index):
        if word not in vocabulary or index.get(word) != vocabulary.index[word]:
            raise ValueError(
                f"{path}: expected word to index to be the inverse of index "
                f"to word, received a different entry for {described(word)}."
            )
    return vocabulary


def _captions(path, split, captions, vocabulary):
    if not isinstance(captions, list | tuple):
        raise _unexpected(path, f"{split} captions to be a list", captions)
    size = len(vocabulary)
    # One caption may stand in many places: it is checked once.
    read = {}
    for place, caption in enumerate(captions):
        if id(caption) in read:
            continue
        if (
            not isinstance(caption, list | tuple)
            or not set(map(type, caption)) <= {int}
            or min(caption, default=0) < 0
            or max(caption, default=0) >= size
        ):
            raise _unexpected(
                path,
                f"{split} caption {place} to be a list of word indices below "
                f"{size}",
                caption,
            )
        read[id(caption)] = list(caption)
    words = sum(len(caption) for caption in captions)
    if words > _MOST_WORDS * path.stat().st_size:
        raise ValueError(
            f"{path}: expected at most {_MOST_WORDS} words in {split} "
            f"captions for each byte of the file, received {words} words."
        )
    return [read[id(caption)] for caption in captions]
