"""Published names of the tensors of RAGAN's networks."""

from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import batch_normalization_entries
from tfragan.convert.weight_map import convolution_entries
from tfragan.convert.weight_map import dense_entries
from tfragan.layers import BatchNormalization
from tfragan.models.ragan.ragan_layers import CentralBiasingNormalization


def generator_entries(generator, prefix=""):
    """Entries of a published `G_<tag>.pth`.

    Args:
        generator: a built `tfragan.models.RAGANGenerator`.
        prefix: published name in front of all.

    Returns:
        List of `WeightEntry`.
    """
    entries = []
    for number, layer in enumerate(generator.encoders, 1):
        entries += biased_convolution_entries(
            layer, f"{prefix}c{number}", f"{prefix}n{number}"
        )
    for number, block in enumerate(generator.coarse_blocks):
        entries += block_entries(block, f"{prefix}tr1.translate.{number}.")
    for number, stage in enumerate(generator.refining_stages, 2):
        entries += stage_entries(stage, f"{prefix}tr{number}.")
    for number, head in enumerate(generator.image_heads, 1):
        entries += convolution_entries(
            head, f"{prefix}img_net{number}.img.conv"
        )
    return entries


def stage_entries(stage, prefix):
    """Entries of one published `tr2` or `tr3`."""
    return [
        *block_entries(stage.block, f"{prefix}translate.0."),
        *convolution_entries(
            stage.enlarge.convolution, f"{prefix}upsample.1.conv"
        ),
        *normalization_entries(stage.enlarge.norm, f"{prefix}upsample.1.norm"),
        *attention_entries(stage.attention, f"{prefix}att."),
    ]


def attention_entries(layer, prefix):
    """Entries of one published `att`."""
    return [
        WeightEntry(
            f"{prefix}conv_context.weight",
            layer.attention.projection.kernel,
            "pointwise",
        ),
        *convolution_entries(layer.smoothing, f"{prefix}smooth.0"),
    ]


def block_entries(block, prefix):
    """Entries of one published residual block."""
    return [
        *biased_convolution_entries(block.first, f"{prefix}c1", f"{prefix}n1"),
        *biased_convolution_entries(block.second, f"{prefix}c2", f"{prefix}n2"),
    ]


def biased_convolution_entries(layer, convolution, normalization):
    """Entries of a convolution and of the conditional norm behind it."""
    return [
        *convolution_entries(layer.convolution, f"{convolution}.conv"),
        *normalization_entries(layer.norm, normalization),
    ]


def normalization_entries(layer, prefix):
    """Entries of a normalization of whatever kind."""
    if isinstance(layer, BatchNormalization):
        return batch_normalization_entries(layer, prefix)
    if not isinstance(layer, CentralBiasingNormalization):
        return []
    entries = [
        WeightEntry(f"{prefix}.weight", layer.gamma),
        WeightEntry(f"{prefix}.bias", layer.beta),
        *dense_entries(layer.projection, f"{prefix}.ConBias.0"),
    ]
    statistics = layer.statistics
    if statistics is not None:
        entries += [
            WeightEntry(f"{prefix}.running_mean", statistics.moving_mean),
            WeightEntry(f"{prefix}.running_var", statistics.moving_variance),
        ]
    return entries


def discriminator_entries(discriminator, prefix=""):
    """Entries of a published `D_<number>_<tag>.pth`.

    Args:
        discriminator: a built `tfragan.models.RAGANDiscriminator`.
        prefix: published name in front of all.

    Returns:
        List of `WeightEntry`.
    """
    if discriminator.parts == 1:
        return judge_entries(discriminator.judges[0], prefix)
    entries = []
    for number, judge in enumerate(discriminator.judges, 1):
        entries += judge_entries(judge, f"{prefix}model_{number}.")
    return entries


def judge_entries(judge, prefix):
    """Entries of one of the networks of a discriminator."""
    entries = []
    norms = [None, *judge.norms]
    for number, (layer, norm) in enumerate(
        zip(judge.convolutions, norms, strict=True)
    ):
        owner = f"{prefix}conv.{number}"
        entries += convolution_entries(layer, f"{owner}.conv")
        entries += normalization_entries(norm, f"{owner}.norm")
    entries += convolution_entries(judge.logit, f"{prefix}pre.conv")
    if judge.embedding_dim:
        entries += convolution_entries(judge.joint, f"{prefix}c_con1.conv")
        entries += normalization_entries(judge.joint_norm, f"{prefix}c_norm1")
        entries += convolution_entries(
            judge.joint_logit, f"{prefix}c_con2.conv"
        )
    return entries


def encoder_entries(encoder, prefix=""):
    """Entries of a published `E_image_<tag>.pth`.

    Args:
        encoder: a built `tfragan.models.ReferenceEncoder`.
        prefix: published name in front of all.

    Returns:
        List of `WeightEntry`.
    """
    conditional = bool(encoder.condition_dim)
    entry = "c1.conv" if conditional else "conv.0.conv"
    entries = convolution_entries(encoder.entry, f"{prefix}{entry}")
    for number, block in enumerate(encoder.trunk, 1):
        names = _CONDITIONAL_NAMES if conditional else _PLAIN_NAMES
        owner = prefix + ("res{}." if conditional else "conv.{}.").format(
            number
        )
        for layer, name in (
            (block.norm_1, names[0]),
            (block.norm_2, names[2]),
        ):
            entries += normalization_entries(layer, owner + name)
        for layer, name in (
            (block.convolution_1, names[1]),
            (block.convolution_2, names[3]),
        ):
            entries += convolution_entries(layer, owner + name)
        shortcut = f"{owner}shortcut.1"
        entries += [
            WeightEntry(
                f"{shortcut}.weight", block.shortcut.kernel, "pointwise"
            ),
            WeightEntry(f"{shortcut}.bias", block.shortcut.bias),
        ]
    entries += dense_entries(encoder.mean_head, f"{prefix}fc.0")
    return entries + dense_entries(encoder.variance_head, f"{prefix}fcVar.0")


# Of a block's first norm, first convolution, second norm, second convolution.
_PLAIN_NAMES = ("conv.0", "conv.2.conv", "conv.3", "conv.5.0.conv")
_CONDITIONAL_NAMES = ("norm1", "c1.conv", "norm2", "c2.0.conv")
