"""Published names of the tensors of SSA-GAN's generator."""

from tfragan.convert.one_stage_weights import condition_entries
from tfragan.convert.one_stage_weights import residual_entries
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import batch_normalization_entries
from tfragan.convert.weight_map import convolution_entries
from tfragan.convert.weight_map import dense_entries


def generator_entries(generator, prefix=""):
    """Entries of the published `NetG` of SSA-GAN.

    Args:
        generator: a built `tfragan.models.SSAGANGenerator`.
        prefix: published name in front of all.

    Returns:
        List of `WeightEntry`.
    """
    entries = dense_entries(
        generator.noise_projection.projection, f"{prefix}fc"
    )
    for number, predictor in enumerate(generator.mask_predictors):
        # The first belongs to no block.
        owner = f"block{number - 1}." if number else ""
        entries += mask_predictor_entries(
            predictor, f"{prefix}{owner}conv_mask."
        )
    for number, block in enumerate(generator.blocks):
        entries += block_entries(block, f"{prefix}block{number}.")
    entries += batch_normalization_entries(
        generator.normalization, f"{prefix}conv_img.0"
    )
    return entries + convolution_entries(
        generator.output_convolution, f"{prefix}conv_img.2"
    )


def mask_predictor_entries(predictor, prefix):
    """Entries of one published `conv_mask`."""
    return [
        *convolution_entries(predictor.hidden, f"{prefix}0"),
        *batch_normalization_entries(predictor.normalization, f"{prefix}1"),
        *convolution_entries(predictor.logit, f"{prefix}3"),
    ]


def block_entries(block, prefix):
    """Entries of one published `G_Block`, without its mask predictor."""
    entries = residual_entries(block, prefix)
    # The names are left over from a block with four of them.
    for name, layer in zip(
        ("affine0", "affine2"), block.modulations, strict=True
    ):
        entries += normalization_entries(layer, f"{prefix}{name}.")
    return entries


def normalization_entries(layer, prefix):
    """Entries of one published `affine` of SSA-GAN."""
    statistics = layer.normalization
    return [
        WeightEntry(
            f"{prefix}batch_norm2d.running_mean", statistics.moving_mean
        ),
        WeightEntry(
            f"{prefix}batch_norm2d.running_var", statistics.moving_variance
        ),
        *condition_entries(layer, prefix),
    ]
