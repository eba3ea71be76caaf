"""The part of `tfragan convert` that reads SSA-GAN and DF-GAN."""

from tfragan.cli.damsm_conversion import convert_damsm
from tfragan.cli.errors import UsageError
from tfragan.convert.one_stage_conversion import NO_DISCRIMINATOR
from tfragan.convert.one_stage_conversion import convert_one_stage


def convert(arguments):
    """Reads the published files of an SSA-GAN or a DF-GAN.

    Args:
        arguments: the parsed command line.

    Returns:
        Tuple of the model, a dict of `ConversionReport` by file, and a list
        of remarks.
    """
    files = arguments.discriminator
    if len(files) > 1:
        raise UsageError(
            "--discriminator must be given once or not at all, as SSA-GAN "
            f"and DF-GAN have one. Received: {len(files)} files"
        )
    # Their programs resize without keeping the corners.
    damsm, reports, remarks = convert_damsm(arguments, align_corners=False)
    model, own = convert_one_stage(damsm, arguments.generator, *files)
    reports.update(own)
    version = getattr(model, "version", None)
    published = f" as published in {version}" if version else ""
    remarks.append(
        f"{type(model).__name__}{published}, for images of "
        f"{model.image_size} pixels, {model.generator_width} channels wide"
    )
    if model.discriminator_width != model.generator_width:
        remarks.append(
            f"the discriminator is {model.discriminator_width} channels wide; "
            "the published programs have one width for both: check that both "
            "files belong together"
        )
    if NO_DISCRIMINATOR in own:
        remarks.append(
            "discriminator: weights as built, which is enough to generate"
        )
    return model, reports, remarks
