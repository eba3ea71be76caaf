"""Published AttnGANs and their DAMSM: names of their tensors, and files."""

from tfragan.convert.published_network import read_state_dict
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import layer_entries
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import AttnGAN

_GENERATOR_MARK = "ca_net."
DISCRIMINATOR_MARK = "img_code_s16."


def recognizes(arguments):
    """Whether the flags ask for an AttnGAN, or for a DAMSM alone."""
    if arguments.checkpoint:
        return False
    model = getattr(arguments.config, "model", None)
    return not arguments.generator or model == AttnGAN.config_name


def convert(arguments, read_damsm):
    """Reads the published files of an AttnGAN, or of a DAMSM alone.

    Args:
        arguments: the flags of `tfragan convert` as attributes.
        read_damsm: function of `align_corners` that gives the `DAMSM`, a dict
            of `ConversionReport` by file, and a list of remarks.

    Returns:
        Tuple of the model, a dict of `ConversionReport` by file, and a list
        of remarks.
    """
    damsm, reports, remarks = read_damsm(align_corners=True)
    if not arguments.generator:
        return damsm, reports, remarks
    model = AttnGAN(damsm, **arguments.config.network.to_dict())
    discriminators = model.discriminators.values()
    files = arguments.discriminator
    if len(files) not in (0, len(discriminators)):
        raise ConversionError(
            f"--discriminator must be given {len(discriminators)} times or "
            f"not at all. Received: {len(files)} files"
        )
    path = arguments.generator
    tensors = read_state_dict(path, _GENERATOR_MARK)
    entries = generator_entries(model.generator)
    reports[path] = load_state_dict(entries, tensors, path)
    model.reset_average()
    for path, discriminator in zip(files, discriminators, strict=False):
        entries = discriminator_entries(discriminator)
        tensors = read_state_dict(path, DISCRIMINATOR_MARK)
        reports[path] = load_state_dict(entries, tensors, path)
    return model, reports, remarks


def text_encoder_entries(text_encoder):
    """Entries of the published text encoder, LSTM or GRU.

    Args:
        text_encoder: a built `tfragan.models.TextEncoder`.

    Returns:
        List of `WeightEntry`.
    """
    entries = [
        WeightEntry(
            "encoder.weight", text_encoder.word_table.embeddings, "table"
        )
    ]
    gated = text_encoder.rnn_type == "gru"
    directions = (
        ("", text_encoder.rnn.forward_layer),
        ("_reverse", text_encoder.rnn.backward_layer),
    )
    for suffix, layer in directions:
        names = {
            name: f"rnn.{name}_l0{suffix}"
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
        entries += (_gru_entries if gated else _lstm_entries)(layer.cell, names)
    return entries


def _lstm_entries(cell, names):
    # One bias is the kernel row of the constant input, see `TextEncoder`.
    return [
        WeightEntry(
            (names["weight_ih"], names["bias_ih"]),
            cell.kernel,
            "recurrent",
            "append",
        ),
        WeightEntry(names["weight_hh"], cell.recurrent_kernel, "recurrent"),
        WeightEntry(names["bias_hh"], cell.bias),
    ]


def _gru_entries(cell, names):
    return [
        WeightEntry(names["weight_ih"], cell.kernel, "gru_kernel"),
        WeightEntry(names["weight_hh"], cell.recurrent_kernel, "gru_kernel"),
        WeightEntry(
            (names["bias_ih"], names["bias_hh"]), cell.bias, "gru_bias", "stack"
        ),
    ]


def generator_entries(generator):
    """Entries of the published `G_NET` or, with one image, `G_DCGAN`.

    Args:
        generator: a built `tfragan.models.AttnGANGenerator`.

    Returns:
        List of `WeightEntry`.
    """
    entries = conditioning_entries(generator.conditioning, "ca_net.")
    entries += initial_stage_entries(generator.initial_stage, "h_net1.")
    for number, stage in enumerate(generator.refinement_stages, 2):
        entries += refinement_entries(stage, f"h_net{number}.")
    heads = generator.image_heads.values()
    for number, head in enumerate(heads, 1):
        # The variant with one image has one head without a number.
        name = f"img_net{number}" if generator.image_every_stage else "img_net"
        entries += image_head_entries(head, f"{name}.")
    return entries


def conditioning_entries(layer, prefix):
    """Entries of one `CA_NET`."""
    return layer_entries({"fc": layer.projection}, prefix)


def initial_stage_entries(stage, prefix):
    """Entries of one `INIT_STAGE_G`."""
    layers = {"fc.0": stage.projection, "fc.1": stage.normalization}
    entries = layer_entries(layers, prefix)
    for index, block in enumerate(stage.upsample_blocks, 1):
        entries += upsample_entries(block, f"{prefix}upsample{index}.")
    return entries


def attention_entries(layer, prefix):
    """Entries of one `GlobalAttentionGeneral`."""
    return layer_entries(
        {"conv_context": layer.projection}, prefix, "pointwise"
    )


def refinement_entries(stage, prefix):
    """Entries of one `NEXT_STAGE_G`."""
    entries = attention_entries(stage.attention, f"{prefix}att.")
    return entries + doubling_entries(stage, prefix)


def doubling_entries(stage, prefix):
    """Entries of what a `NEXT_STAGE_G` does after it looked at the words."""
    entries = []
    for index, block in enumerate(stage.blocks):
        entries += residual_entries(block, f"{prefix}residual.{index}.")
    return entries + upsample_entries(stage.upsample, f"{prefix}upsample.")


def residual_entries(block, prefix):
    """Entries of one `ResBlock`."""
    layers = {
        "block.0": block.first,
        "block.1": block.first_normalization,
        "block.3": block.second,
        "block.4": block.second_normalization,
    }
    return layer_entries(layers, prefix)


def upsample_entries(block, prefix):
    """Entries of one `upBlock`."""
    return layer_entries(
        {"1": block.convolution, "2": block.normalization}, prefix
    )


def image_head_entries(head, prefix):
    """Entries of one `GET_IMAGE_G`."""
    return layer_entries({"img.0": head.convolution}, prefix)


def discriminator_entries(discriminator):
    """Entries of the published `D_NET64`, `D_NET128` or `D_NET256`.

    Args:
        discriminator: a built `tfragan.models.AttnGANDiscriminator`.

    Returns:
        List of `WeightEntry`.
    """
    entries = trunk_entries(discriminator.blocks)
    if discriminator.unconditional_head is not None:
        entries += logit_entries(
            discriminator.unconditional_head, "UNCOND_DNET."
        )
    head = discriminator.conditional_head
    entries += leaky_convolution_entries(head.joint, "COND_DNET.jointConv.")
    return entries + logit_entries(head, "COND_DNET.")


def trunk_entries(blocks):
    """Entries of a discriminator's convolutions, in published order."""
    # Positions of the first four convolutions in their published sequence.
    positions = (0, 2, 5, 8)
    layers = {}
    for position, block in zip(positions, blocks, strict=False):
        layers[f"{position}"] = block.convolution
        layers[f"{position + 1}"] = block.normalization
    entries = layer_entries(layers, "img_code_s16.")
    for name, block in later_blocks(blocks):
        entries += leaky_convolution_entries(block, f"{name}.")
    return entries


def later_blocks(blocks):
    """Pairs of published name and block, of the blocks after the first four."""
    named, scale, narrow = [], 32, 0
    for block in blocks[4:]:
        if block.strides == 2:
            named.append((f"img_code_s{scale}", block))
            scale *= 2
        else:
            narrow += 1
            named.append((f"img_code_s{scale // 2}_{narrow}", block))
    return named


def leaky_convolution_entries(block, prefix):
    """Entries of one `downBlock` or `Block3x3_leakRelu`."""
    return layer_entries(
        {"0": block.convolution, "1": block.normalization}, prefix
    )


def logit_entries(head, prefix):
    """Entries of the convolution that makes the logit of a head."""
    return layer_entries({"outlogits.0": head.logit}, prefix)
