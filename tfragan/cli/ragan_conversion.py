"""The part of `tfragan convert` that reads RAGAN."""

from tfragan.cli.damsm_conversion import convert_damsm
from tfragan.convert.ragan_checkpoint import holds_ragan_generator
from tfragan.convert.ragan_conversion import NO_DISCRIMINATORS
from tfragan.convert.ragan_conversion import convert_ragan

_SUPERVISED = {"auto": None, "on": True, "off": False}
# That no other generator is converted with.
_FLAGS = {"reference_encoder", "supervised", "image_size"}


def is_asked_for(arguments):
    """Whether the generator is a RAGAN's, by its flags or by its content."""
    if arguments.given & _FLAGS:
        return True
    return holds_ragan_generator(arguments.generator)


def convert(arguments):
    """Reads the published files of a RAGAN.

    Args:
        arguments: the parsed command line.

    Returns:
        Tuple of the model, a dict of `ConversionReport` by file, and a list
        of remarks.
    """
    damsm, reports, remarks = None, {}, []
    if arguments.text_encoder:
        damsm, reports, remarks = convert_damsm(arguments, align_corners=True)
    model, own = convert_ragan(
        arguments.generator,
        arguments.discriminator,
        arguments.reference_encoder or None,
        damsm,
        _SUPERVISED[arguments.supervised],
        arguments.image_size or None,
    )
    reports.update(own)
    return model, reports, [*remarks, *_remarks(arguments, model, own)]


def _remarks(arguments, model, reports):
    kind = "supervised" if model.supervised else "unsupervised"
    remarks = [
        f"{kind} RAGAN guided by {model.guidance}, for images of "
        f"{model.image_size} pixels, {model.generator_width} channels wide, "
        f"of {model.normalization} normalization"
    ]
    if model.guidance == "text" and arguments.supervised == "auto":
        other = "off" if model.supervised else "on"
        remarks.append(
            f"taken to be {kind}, as its inputs have {model.input_channels} "
            f"channels: --supervised={other} takes it for the other"
        )
    if not arguments.image_size:
        remarks.append(
            "the files tell the image size roughly or not at all: "
            "--image_size sets another"
        )
    if NO_DISCRIMINATORS in reports:
        remarks.append(
            "discriminators: weights as built, which is enough to translate"
        )
    return remarks
