"""Turns published files of a model into a preset.

Files are read as they were published and can hold tensors only: none of them
gets to run code. conversion.txt in the output lists every tensor that was
mapped, not used, or missing, and why. A tensor that does not fit stops the
conversion with its name and both shapes.

U-GAT-IT: --checkpoint names the PyTorch file of six networks, a TensorFlow 1
checkpoint, or Paddle's .pdparams (one file, or repeated, one a network). What
it is, is told by its content, and sizes by its shapes. Ports and older
versions that compute something else are refused with the reason.

AttnGAN: the published files of text encoder, image encoder, generator and
discriminators, with or without `module.` prefixes. --config gives the sizes of
the networks; the vocabulary is the captions.pickle that the weights were
trained with: word numbers follow it. Without --generator the output is a
preset of DAMSM.

SSA-GAN and DF-GAN: the same, without --config: which of them and of what size
it is, is told by the file of the generator. DF-GAN's file of 2022 holds the
discriminator, too.

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

from tfragan.cli.flags import Flag

USAGE = "--checkpoint=FILE | --text_encoder=FILE ... [flags]"
_UGATIT_FLAGS = {
    "checkpoint": Flag(
        "strings",
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
    "config": "sizes of an AttnGAN; other files tell theirs",
    "damsm_config": Flag(
        "string", "sizes of the DAMSM", "NAME[:ARG]", "damsm_cub"
    ),
    "vocabulary": Flag("string", "captions.pickle or vocabulary.txt", "FILE"),
    "text_encoder": Flag("string", "file of the text encoder", "FILE"),
    "image_encoder": Flag(
        "string",
        "file of the image encoder; left random without, which is enough to "
        "generate",
        "FILE",
    ),
    "generator": Flag(
        "string",
        "file of the generator; without --config, of SSA-GAN, DF-GAN or RAGAN",
        "FILE",
    ),
    "discriminator": Flag(
        "strings",
        "file of a discriminator, not needed to generate; for AttnGAN and "
        "RAGAN repeated, the smallest images first",
        "FILE",
        [],
    ),
}
_RAGAN_FLAGS = {
    "reference_encoder": Flag(
        "string", "file of the encoder of reference images of a RAGAN", "FILE"
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


def run(arguments):
    """Writes the preset and the report."""
    _check(arguments)
    from tfragan.cli.quiet_start import start_tensorflow

    start_tensorflow()
    from tfragan.cli import conversion

    conversion.convert(arguments)


def _check(arguments):
    """Refuses flags that miss or do not belong together."""
    from tfragan.cli.errors import UsageError

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
        _refuse_config(arguments)
    if not arguments.reference_encoder or arguments.text_encoder:
        arguments.require("vocabulary", "text_encoder")
    if arguments.discriminator and not arguments.generator:
        raise UsageError("--discriminator is of use with --generator only.")


def _refuse_config(arguments):
    from tfragan.cli.errors import UsageError

    if arguments.config is not None:
        raise UsageError(
            "--config is of AttnGAN; RAGAN is converted without, and nothing "
            "else takes --reference_encoder, --supervised or --image_size."
        )
