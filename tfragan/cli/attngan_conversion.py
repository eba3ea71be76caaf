"""The part of `tfragan convert` that reads AttnGAN and its DAMSM."""

from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.vocabulary_file import read_vocabulary
from tfragan.convert import attngan_weights
from tfragan.convert import image_encoder_weights
from tfragan.convert.weight_map import load_state_dict
from tfragan.models.damsm.inception_image_encoder import InceptionImageEncoder
from tfragan.text import CaptionTokenizer


def convert(arguments):
    """Reads the published files of an AttnGAN, or of a DAMSM alone.

    Args:
        arguments: the parsed command line.

    Returns:
        Tuple of the model, a dict of `ConversionReport` by file, and a list
        of remarks.
    """
    reports = {}
    damsm = _convert_damsm(arguments, reports)
    model = damsm
    if arguments.generator:
        model = _convert_attngan(arguments, damsm, reports)
    remarks = []
    if not arguments.image_encoder:
        remarks.append(
            "the image encoder is random: generating works, judging does not"
        )
    return model, reports, remarks


def _convert_damsm(arguments, reports):
    config = config_file.load(arguments.damsm_config)
    tokenizer = CaptionTokenizer(
        read_vocabulary(arguments.vocabulary),
        max_words=config.tokenizer.max_words,
    )
    # As the published encoders were trained.
    encoder = InceptionImageEncoder(
        embedding_dim=config.image_encoder.embedding_dim,
        align_corners=True,
        name="image_encoder",
    )
    damsm = models.DAMSM(tokenizer, encoder, **config.network.to_dict())
    path = arguments.text_encoder
    reports[path] = load_state_dict(
        attngan_weights.text_encoder_entries(damsm.text_encoder),
        image_encoder_weights.read_tensors(path),
        path,
    )
    if arguments.image_encoder:
        reports[arguments.image_encoder] = (
            image_encoder_weights.load_inception_file(
                encoder, arguments.image_encoder
            )
        )
    return damsm


def _convert_attngan(arguments, damsm, reports):
    config = arguments.config
    if config.model != "attngan":
        raise UsageError("--config must be that of an AttnGAN.")
    model = models.AttnGAN(damsm, **config.network.to_dict())
    files = arguments.discriminator
    if len(files) not in (0, len(model.discriminators)):
        raise UsageError(
            f"--discriminator must be given {len(model.discriminators)} times "
            f"or not at all. Received: {len(files)} files"
        )
    path = arguments.generator
    reports[path] = load_state_dict(
        attngan_weights.generator_entries(model.generator),
        image_encoder_weights.read_tensors(path),
        path,
    )
    model.reset_average()
    for path, discriminator in zip(files, model.discriminators, strict=False):
        reports[path] = load_state_dict(
            attngan_weights.discriminator_entries(discriminator),
            image_encoder_weights.read_tensors(path),
            path,
        )
    return model
