"""Reading the sizes of a published SSA-GAN or DF-GAN off its tensors."""

import re

from tfragan.models.text_to_image.one_stage_generator import FIRST_SIZE

_NOISE = "fc.weight"
_MASK = "conv_mask.0.weight"


def generator_sizes(network, family):
    """The arguments of the generator that the tensors fit.

    Args:
        network: its `PublishedNetwork`.
        family: its `OneStageFamily`.

    Returns:
        Dict of keyword arguments of the generator's class, without the
        version.

    Raises:
        ConversionError: a tensor that tells a size is missing or damaged.
    """
    blocks = network.count(rf"{re.escape(family.blocks)}(\d+)\.c1\.weight")
    fusion = "" if family.block_at_first_size else "fuse1."
    condition = f"{family.blocks}0.{fusion}affine0.fc_gamma.linear1.weight"
    sizes = {
        "image_size": FIRST_SIZE << (blocks - int(family.block_at_first_size)),
        "embedding_dim": network.shape(condition, 2)[1],
        "width": network.shape(f"{family.output}.weight", 4)[1],
        "noise_dim": network.shape(_NOISE, 2)[1],
    }
    if family.version is None:
        sizes["mask_filters"] = network.shape(_MASK, 4)[0]
    if family.version == "2022":
        # Its condition is the noise beside the sentence.
        sizes["embedding_dim"] -= sizes["noise_dim"]
    return sizes


def discriminator_sizes(network, family):
    """Image size and width of a discriminator; see `generator_sizes`."""
    blocks = network.count(rf"{re.escape(family.down_blocks)}(\d+)\.gamma")
    return {
        "image_size": FIRST_SIZE << blocks,
        "width": network.shape(f"{family.stem}.weight", 4)[0],
    }
