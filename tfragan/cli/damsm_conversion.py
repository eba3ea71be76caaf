"""The part of `tfragan convert` that reads the encoders of a DAMSM."""

import numpy as np

from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.vocabulary_file import read_vocabulary
from tfragan.convert import attngan_weights
from tfragan.convert import image_encoder_weights
from tfragan.convert.weight_map import load_state_dict
from tfragan.models.damsm.inception_image_encoder import InceptionImageEncoder
from tfragan.text import CaptionTokenizer

_WORD_TABLE = "encoder.weight"


def convert_damsm(arguments, align_corners):
    """Reads the published encoders.

    Args:
        arguments: the parsed command line.
        align_corners: how the published program resizes the images that the
            image encoder gets.

    Returns:
        Tuple of the `DAMSM`, a dict of `ConversionReport` by file, and a list
        of remarks.
    """
    config = config_file.load(arguments.damsm_config)
    path = arguments.text_encoder
    tensors = image_encoder_weights.read_tensors(path)
    vocabulary = read_vocabulary(arguments.vocabulary)
    _check_vocabulary(arguments, tensors, vocabulary)
    encoder = InceptionImageEncoder(
        embedding_dim=config.image_encoder.embedding_dim,
        align_corners=align_corners,
        name="image_encoder",
    )
    tokenizer = CaptionTokenizer(
        vocabulary, max_words=config.tokenizer.max_words
    )
    damsm = models.DAMSM(tokenizer, encoder, **config.network.to_dict())
    reports = {
        path: load_state_dict(
            attngan_weights.text_encoder_entries(damsm.text_encoder),
            tensors,
            path,
        )
    }
    remarks = []
    if arguments.image_encoder:
        reports[arguments.image_encoder] = (
            image_encoder_weights.load_inception_file(
                encoder, arguments.image_encoder
            )
        )
    else:
        remarks.append(
            "the image encoder is random: generating works, judging does not"
        )
    return damsm, reports, remarks


def _check_vocabulary(arguments, tensors, vocabulary):
    """Refuses a vocabulary of another size than the word table."""
    shape = np.shape(tensors.get(_WORD_TABLE))
    if len(shape) == 2 and shape[0] != len(vocabulary):
        raise UsageError(
            f"{arguments.vocabulary} has {len(vocabulary):,} entries, and "
            f"the text encoder of {arguments.text_encoder} knows "
            f"{shape[0]:,}: they do not belong together."
        )
