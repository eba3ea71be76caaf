"""Vocabularies from our files and from published ones."""

from tfragan.text import Vocabulary
from tfragan.text import read_captions_pickle


def read_vocabulary(path):
    """The vocabulary of a `vocabulary.txt` or a `captions.pickle`.

    Args:
        path: the file; its ending decides.

    Returns:
        A `Vocabulary`.
    """
    if str(path).endswith((".pickle", ".pkl")):
        return read_captions_pickle(path).vocabulary
    return Vocabulary.load(path)
