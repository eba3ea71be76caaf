"""Vocabularies and tokenizers: from caption strings to token ids."""

from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.caption_tokenizer import UnknownWordsWarning
from tfragan.text.captions_pickle import CaptionsPickle
from tfragan.text.captions_pickle import read_captions_pickle
from tfragan.text.captions_pickle import read_vocabulary
from tfragan.text.vocabulary import KINDS
from tfragan.text.vocabulary import Vocabulary
from tfragan.text.word_vectors import WordVectors
from tfragan.text.word_vectors import load_word_vectors

__all__ = [
    "KINDS",
    "CaptionTokenizer",
    "CaptionsPickle",
    "UnknownWordsWarning",
    "Vocabulary",
    "WordVectors",
    "load_word_vectors",
    "read_captions_pickle",
    "read_vocabulary",
]
