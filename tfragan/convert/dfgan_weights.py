"""Published names of the tensors of DF-GAN's networks."""

from tfragan.convert.one_stage_weights import condition_entries
from tfragan.convert.one_stage_weights import head_entries
from tfragan.convert.one_stage_weights import residual_entries
from tfragan.convert.one_stage_weights import trunk_entries
from tfragan.convert.weight_map import convolution_entries
from tfragan.convert.weight_map import dense_entries

# Names of a block, and of the affine maps inside each of its two fusions.
_BLOCKS = {"2022": "GBlocks.{}.", "2020": "block{}."}
_AFFINE_MAPS = {
    "2022": (
        ("fuse1.affine0.", "fuse1.affine1."),
        ("fuse2.affine0.", "fuse2.affine1."),
    ),
    "2020": (("affine0.", "affine1."), ("affine2.", "affine3.")),
}
_OUTPUT = {"2022": "to_rgb.1", "2020": "conv_img.1"}


def generator_entries(generator, prefix=""):
    """Entries of the published `NetG` of DF-GAN.

    Args:
        generator: a built `tfragan.models.DFGANGenerator`.
        prefix: published name in front of all.

    Returns:
        List of `WeightEntry`.
    """
    version = generator.version
    entries = dense_entries(
        generator.noise_projection.projection, f"{prefix}fc"
    )
    for number, block in enumerate(generator.blocks.values()):
        name = prefix + _BLOCKS[version].format(number)
        entries += block_entries(block, name, version)
    return entries + convolution_entries(
        generator.output_convolution, prefix + _OUTPUT[version]
    )


def block_entries(block, prefix, version):
    """Entries of one published `G_Block`."""
    entries = residual_entries(block, prefix)
    for fusion, names in zip(
        block.modulations, _AFFINE_MAPS[version], strict=True
    ):
        entries += fusion_entries(fusion, [prefix + name for name in names])
    return entries


def fusion_entries(fusion, prefixes):
    """Entries of two affine maps, under a name each."""
    entries = []
    for affine, prefix in zip(fusion.affine_maps, prefixes, strict=True):
        entries += condition_entries(affine, prefix)
    return entries


def discriminator_entries(discriminator):
    """Entries of the published `NetD` and `NetC` of 2022.

    The names begin with `netD.` and `netC.`, as the dictionaries of a
    published file are called.

    Args:
        discriminator: a built `OneWayDiscriminator`.

    Returns:
        List of `WeightEntry`.
    """
    return [
        *trunk_entries(discriminator, "netD.", "DBlocks.{}."),
        *head_entries(discriminator.head, "netC."),
    ]
