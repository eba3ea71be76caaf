"""Turns published files of a model into a preset.

Files are read as they were published and can hold tensors only: none of them
gets to run code. conversion.txt in the output lists every tensor that was
mapped, not used, or missing, and why. A tensor that does not fit stops the
conversion with its name and both shapes.

U-GAT-IT: --checkpoint names the PyTorch file of six networks, a TensorFlow 1
checkpoint, or Paddle's .pdparams (one file, or repeated, one a network). What
it is, and its sizes, are read from the tensors. Ports and older
versions that compute something else are refused with the reason.

AttnGAN: the published files of text encoder, image encoder, generator and
discriminators, with or without `module.` prefixes. --config gives the sizes of
the networks; the vocabulary is the captions.pickle that the weights were
trained with: word numbers follow it. Without --generator the output is a
preset of DAMSM.

DM-GAN, SSA-GAN and DF-GAN: the same, without --config: which of them and of
what size it is, is read from the file of the generator. DF-GAN's file of 2022
holds the discriminator, too. For DM-GAN --config may tell what files do not,
such as --config.network.mask_order=published, by which it was trained.

RAGAN: --generator names G_<tag>.pth, --discriminator, three times, D_0, D_1
and D_2, and --reference_encoder E_image, without which only models that text
alone guides are converted. The text encoder, of all that text guides, is
AttnGAN's text_encoder200.pth with its captions.pickle. Models that labels
guide are not converted: their files lack the labels' vectors.

Examples:
  tfragan convert --checkpoint=selfie2anime_params_1000000.pt \\
      --output=presets/selfie2anime
  tfragan convert --checkpoint=checkpoint/UGATIT.model-1000001 \\
      --output=presets/selfie2anime
  tfragan convert --config=attngan_cub --vocabulary=captions.pickle \\
      --text_encoder=text_encoder200.pth --generator=bird_AttnGAN2.pth \\
      --image_encoder=image_encoder200.pth --output=presets/bird
  tfragan convert --vocabulary=captions.pickle \\
      --text_encoder=text_encoder200.pth --generator=bird_DMGAN.pth \\
      --output=presets/dmgan_bird
  tfragan convert --damsm_config=damsm_coco \\
      --vocabulary=captions.pickle --text_encoder=text_encoder100.pth \\
      --image_encoder=image_encoder100.pth --output=presets/damsm_coco
  tfragan convert --vocabulary=captions.pickle \\
      --text_encoder=text_encoder200.pth --image_encoder=image_encoder200.pth \\
      --generator=netG_550.pth --discriminator=netD_550.pth \\
      --output=presets/ssagan_bird
  tfragan convert --vocabulary=captions.pickle \\
      --text_encoder=text_encoder200.pth --generator=state_epoch_1220.pth \\
      --output=presets/dfgan_bird
  tfragan convert --vocabulary=captions.pickle \\
      --text_encoder=text_encoder200.pth --generator=G_latest.pth \\
      --reference_encoder=E_image_latest.pth --output=presets/ragan_bird
"""

import functools
import pathlib

from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

USAGE = "--checkpoint=FILE | --text_encoder=FILE ... [flags]"
_UGATIT_FLAGS = {
    "checkpoint": Flag(
        "paths",
        "published file of U-GAT-IT; repeated where each network has one",
        "FILE",
        [],
    ),
    "smoothing": Flag(
        "choice",
        "whether 0.1 is taken off rho in a U-GAT-IT of TensorFlow; by default "
        "if some rho exceeds 0.9, as since 2019-08-14",
        default="auto",
        choices=("auto", "on", "off"),
    ),
}
_CAPTION_FLAGS = {
    "config": "sizes of an AttnGAN, other files tell theirs; or settings of a "
    "DM-GAN",
    "damsm_config": Flag(
        "string", "sizes of the DAMSM", "NAME[:ARG]", "damsm_cub"
    ),
    "vocabulary": Flag("path", "captions.pickle or vocabulary.txt", "FILE"),
    "text_encoder": Flag("path", "file of the text encoder", "FILE"),
    "image_encoder": Flag(
        "path",
        "file of the image encoder; left random without, which is enough to "
        "generate",
        "FILE",
    ),
    "generator": Flag(
        "path",
        "file of the generator; without --config, of DM-GAN, SSA-GAN, DF-GAN "
        "or RAGAN",
        "FILE",
    ),
    "discriminator": Flag(
        "paths",
        "file of a discriminator, not needed to generate; for AttnGAN, "
        "DM-GAN and RAGAN repeated, the smallest images first",
        "FILE",
        [],
    ),
}
_RAGAN_FLAGS = {
    "reference_encoder": Flag(
        "path", "file of the encoder of reference images of a RAGAN", "FILE"
    ),
    "supervised": Flag(
        "choice",
        "whether a RAGAN was trained with a target for every input; by "
        "default if it has a reference encoder of one domain or takes gray "
        "images",
        default="auto",
        choices=("auto", "on", "off"),
    ),
}
FLAGS = {
    **_UGATIT_FLAGS,
    **_CAPTION_FLAGS,
    **_RAGAN_FLAGS,
    "image_size": Flag(
        "integer",
        "height and width of the images of a light U-GAT-IT or of a RAGAN, "
        "which their files do not tell [default: 256, or what fits]",
        "N",
        0,
    ),
    "output": "folder of the preset",
}


_WORD_TABLE = "encoder.weight"
_MOST_NAMES = 10


def run(arguments):
    """Writes the preset and the report."""
    _check(arguments)
    from tfragan.cli.quiet_start import start_tensorflow

    start_tensorflow()
    read_damsm = functools.partial(_read_damsm, arguments)
    model, reports, remarks = _converter(arguments).convert(
        arguments, read_damsm
    )
    name = type(model).__name__
    output = model.save_to_preset(
        arguments.output,
        f"# {name}\n\nConverted from published files, see conversion.txt.\n",
    )
    text = [f"{source}: {report}" for source, report in reports.items()]
    pathlib.Path(output, "conversion.txt").write_text(
        "\n\n".join([*text, *remarks]) + "\n", encoding="utf-8"
    )
    for source, report in reports.items():
        _print(source, report)
    for remark in remarks:
        print(remark)
    print(f"{name} in {output}, report in conversion.txt")


def _check(arguments):
    """Refuses flags that miss or do not belong together."""
    ugatit = arguments.given & set(_UGATIT_FLAGS)
    ragan = arguments.given & set(_RAGAN_FLAGS)
    others = ragan | arguments.given & set(_CAPTION_FLAGS)
    if arguments.config is not None:
        others |= {"config"}
    if ugatit and others:
        raise UsageError(
            f"--{min(ugatit)} is of U-GAT-IT and --{min(others)} of another "
            "model: one model is converted at a time."
        )
    if ugatit or not others:
        arguments.require("checkpoint", "output")
        return
    arguments.require("output")
    if ragan or "image_size" in arguments.given:
        arguments.require("generator")
        if arguments.config is not None:
            raise UsageError(
                "--config is of AttnGAN; RAGAN is converted without, and "
                "nothing else takes --reference_encoder, --supervised or "
                "--image_size."
            )
    if not arguments.reference_encoder or arguments.text_encoder:
        arguments.require("vocabulary", "text_encoder")
    if arguments.discriminator and not arguments.generator:
        raise UsageError("--discriminator is of use with --generator only.")


def _converter(arguments):
    """The module that reads the files, which a model class declares."""
    from tfragan.models import registry

    names = registry.model_names()
    # Perhaps a class of another package.
    names += [arguments.config.model] if arguments.config is not None else []
    declared = [registry.find_model(name).converter for name in names]
    for reference in dict.fromkeys(filter(None, declared)):
        converter = registry.imported(reference)
        if converter.recognizes(arguments):
            return converter
    if arguments.config is not None:
        raise UsageError(
            "--config must be that of an AttnGAN or DM-GAN; SSA-GAN and DF-GAN "
            "are converted without."
        )
    from tfragan.convert.published_network import KNOWN_MARKS
    from tfragan.convert.published_network import kind_of
    from tfragan.convert.published_network import read_state_dict

    path = arguments.generator
    raise UsageError(
        f"{path} holds no generator that can be converted, but "
        f"{kind_of(read_state_dict(path, KNOWN_MARKS))}."
    )


def _read_damsm(arguments, align_corners):
    """The `DAMSM` of the published encoders, its reports and remarks.

    `align_corners` is how the published program resizes the images that the
    image encoder gets.
    """
    from tfragan import models
    from tfragan.cli import config_file
    from tfragan.convert import attngan_weights
    from tfragan.convert import image_encoder_weights
    from tfragan.convert.published_network import read_state_dict
    from tfragan.convert.weight_map import load_state_dict
    from tfragan.text import CaptionTokenizer
    from tfragan.text import read_vocabulary

    config = config_file.load(arguments.damsm_config)
    path = arguments.text_encoder
    tensors = read_state_dict(path, _WORD_TABLE)
    vocabulary = read_vocabulary(arguments.vocabulary)
    table = tensors.get(_WORD_TABLE)
    if table is not None and table.ndim == 2 and len(table) != len(vocabulary):
        raise UsageError(
            f"{arguments.vocabulary} has {len(vocabulary):,} entries, and "
            f"the text encoder of {path} knows {len(table):,}: they do not "
            "belong together."
        )
    encoder = models.InceptionImageEncoder(
        embedding_dim=config.image_encoder.embedding_dim,
        align_corners=align_corners,
        name="image_encoder",
    )
    tokenizer = CaptionTokenizer(
        vocabulary, max_words=config.tokenizer.max_words
    )
    damsm = models.DAMSM(tokenizer, encoder, **config.network.to_dict())
    entries = attngan_weights.text_encoder_entries(damsm.text_encoder)
    reports = {path: load_state_dict(entries, tensors, path)}
    if not arguments.image_encoder:
        return (
            damsm,
            reports,
            ["the image encoder is random: images can be made but not scored"],
        )
    reports[arguments.image_encoder] = (
        image_encoder_weights.load_inception_file(
            encoder, arguments.image_encoder
        )
    )
    return damsm, reports, []


def _print(source, report):
    from tfragan.convert.weight_map import first_names

    print(f"{source}: {report.summary()}")
    told = {}
    for name in report.unused:
        told.setdefault(report.notes.get(name), []).append(name)
    names = [*told.pop(None, []), *report.missing]
    for note, noted in told.items():
        print(f"  {first_names(noted)}: {note}")
    for name in names[:_MOST_NAMES]:
        print(f"  {name}")
    if len(names) > _MOST_NAMES:
        print(f"  and {len(names) - _MOST_NAMES} more, see conversion.txt")
