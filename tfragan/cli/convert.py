"""Turns published PyTorch files of AttnGAN into a preset.

Text encoder, image encoder, generator and discriminators are read as they
were published, with or without `module.` prefixes, in the zip or the older
format; a file can hold tensors only and never runs code. The vocabulary is the
captions.pickle that the weights were trained with: word numbers follow it.

--config gives the sizes of the networks; a tensor that does not fit them stops
the conversion with its name and both shapes. conversion.txt in the output
lists every tensor that was mapped, not used, or missing.

Without --generator the output is a preset of DAMSM.

Examples:
  tfragan convert --config=attngan_cub --vocabulary=captions.pickle \\
      --text_encoder=text_encoder200.pth --generator=bird_AttnGAN2.pth \\
      --image_encoder=image_encoder200.pth --output=presets/bird
  tfragan convert --config=attngan_coco --damsm_config=damsm_coco \\
      --vocabulary=captions.pickle --text_encoder=text_encoder100.pth \\
      --image_encoder=image_encoder100.pth --output=presets/damsm_coco
"""

from tfragan.cli.vocabulary import Flag

USAGE = "--config=NAME --text_encoder=FILE --output=FOLDER [flags]"
FLAGS = {
    "config": "sizes of the AttnGAN",
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
    "generator": Flag("string", "file of the generator", "FILE"),
    "discriminator": Flag(
        "strings",
        "file of a discriminator; repeated, the smallest images first",
        "FILE",
        [],
    ),
    "output": "folder of the preset",
}


def run(arguments):
    """Writes the preset and the report."""
    from tfragan.cli.errors import UsageError

    arguments.require("vocabulary", "text_encoder", "output")
    if arguments.config is None:
        raise UsageError("--config is required.")
    if arguments.discriminator and not arguments.generator:
        raise UsageError("--discriminator is of use with --generator only.")
    from tfragan.cli.quiet_start import start_tensorflow

    start_tensorflow()
    from tfragan.cli import conversion

    conversion.convert(arguments)
