"""Published names of what SSA-GAN and DF-GAN have in common."""

from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import convolution_entries
from tfragan.convert.weight_map import dense_entries


def condition_entries(layer, prefix):
    """Entries of the scale and the shift that a condition gives.

    Args:
        layer: a layer with a `scale` and a `shift`, `ConditionProjection`s.
        prefix: published name, with a dot at its end.

    Returns:
        List of `WeightEntry`.
    """
    entries = []
    for name, projection in (
        ("fc_gamma", layer.scale),
        ("fc_beta", layer.shift),
    ):
        entries += dense_entries(projection.hidden, f"{prefix}{name}.linear1")
        entries += dense_entries(
            projection.output_projection, f"{prefix}{name}.linear2"
        )
    return entries


def residual_entries(block, prefix):
    """Entries of a generator block's convolutions and residual scale."""
    entries = []
    if block.residual_scale is not None:
        entries.append(
            WeightEntry(f"{prefix}gamma", block.residual_scale, "scalar")
        )
    for number, convolution in enumerate(block.convolutions, 1):
        entries += convolution_entries(convolution, f"{prefix}c{number}")
    if block.shortcut is not None:
        entries += convolution_entries(block.shortcut, f"{prefix}c_sc")
    return entries


def down_block_entries(block, prefix):
    """Entries of one published `resD`."""
    entries = [
        WeightEntry(f"{prefix}gamma", block.residual_scale, "scalar"),
        *convolution_entries(block.halving, f"{prefix}conv_r.0"),
        *convolution_entries(block.convolution, f"{prefix}conv_r.2"),
    ]
    if block.shortcut is not None:
        entries += convolution_entries(block.shortcut, f"{prefix}conv_s")
    return entries


def head_entries(head, prefix):
    """Entries of the published `D_GET_LOGITS` or `NetC`."""
    return [
        *convolution_entries(head.joint, f"{prefix}joint_conv.0"),
        *convolution_entries(head.score, f"{prefix}joint_conv.2"),
    ]


def trunk_entries(discriminator, prefix="", blocks="block{}."):
    """Entries of a discriminator without its head.

    Args:
        discriminator: a built `OneWayDiscriminator`.
        prefix: published name in front of all.
        blocks: published name of a block, to format with its number.

    Returns:
        List of `WeightEntry`.
    """
    entries = convolution_entries(discriminator.stem, f"{prefix}conv_img")
    for number, block in enumerate(discriminator.blocks):
        entries += down_block_entries(block, prefix + blocks.format(number))
    return entries


def discriminator_entries(discriminator, prefix=""):
    """Entries of the discriminator of SSA-GAN and of DF-GAN of 2020.

    Args:
        discriminator: a built `OneWayDiscriminator`.
        prefix: published name in front of all.

    Returns:
        List of `WeightEntry`.
    """
    return [
        *trunk_entries(discriminator, prefix),
        *head_entries(discriminator.head, f"{prefix}COND_DNET."),
    ]
