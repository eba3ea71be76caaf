"""The part of `tfragan convert` that reads AttnGAN and its DAMSM."""

from tfragan import models
from tfragan.cli.damsm_conversion import convert_damsm
from tfragan.cli.errors import UsageError
from tfragan.convert import attngan_weights
from tfragan.convert import image_encoder_weights
from tfragan.convert.weight_map import load_state_dict


def convert(arguments):
    """Reads the published files of an AttnGAN, or of a DAMSM alone.

    Args:
        arguments: the parsed command line.

    Returns:
        Tuple of the model, a dict of `ConversionReport` by file, and a list
        of remarks.
    """
    damsm, reports, remarks = convert_damsm(arguments, align_corners=True)
    model = damsm
    if arguments.generator:
        model = _convert_attngan(arguments, damsm, reports)
    return model, reports, remarks


def _convert_attngan(arguments, damsm, reports):
    config = arguments.config
    if config.model != "attngan":
        raise UsageError(
            "--config must be that of an AttnGAN; SSA-GAN and DF-GAN are "
            "converted without."
        )
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
    for path, discriminator in zip(
        files, model.discriminators.values(), strict=False
    ):
        reports[path] = load_state_dict(
            attngan_weights.discriminator_entries(discriminator),
            image_encoder_weights.read_tensors(path),
            path,
        )
    return model
