"""Published DM-GANs: names of their tensors, files and sizes."""

from tfragan.convert.attngan_weights import DISCRIMINATOR_MARK
from tfragan.convert.attngan_weights import conditioning_entries
from tfragan.convert.attngan_weights import doubling_entries
from tfragan.convert.attngan_weights import image_head_entries
from tfragan.convert.attngan_weights import initial_stage_entries
from tfragan.convert.attngan_weights import later_blocks
from tfragan.convert.attngan_weights import logit_entries
from tfragan.convert.published_file import read_published_file
from tfragan.convert.published_network import PublishedNetwork
from tfragan.convert.published_network import asks_for_ragan
from tfragan.convert.published_network import begins_with
from tfragan.convert.published_network import check_sentences
from tfragan.convert.published_network import find_networks
from tfragan.convert.published_network import read_state_dict
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import layer_entries
from tfragan.convert.weight_map import load_state_dict
from tfragan.convert.weight_map import singular_vector_layout
from tfragan.models import DMGAN

_GENERATOR_MARK = "h_net2.M_w."
_FIRST_SIZE = 4
# Name of the report of discriminators that there is no file of.
_NO_DISCRIMINATORS = "discriminators"


def generator_entries(generator):
    """Entries of the published `G_NET`."""
    entries = conditioning_entries(generator.conditioning, "ca_net.")
    entries += initial_stage_entries(generator.initial_stage, "h_net1.")
    for number, stage in enumerate(generator.refinement_stages, 2):
        entries += memory_stage_entries(stage, f"h_net{number}.")
    for number, head in enumerate(generator.image_heads.values(), 1):
        entries += image_head_entries(head, f"img_net{number}.")
    return entries


def memory_stage_entries(stage, prefix):
    """Entries of one `NEXT_STAGE_G`."""
    entries = memory_entries(stage.attention, prefix)
    return entries + doubling_entries(stage, prefix)


def memory_entries(memory, prefix):
    """Entries of the memory of one `NEXT_STAGE_G`."""
    gates = {"A": memory.word_gate, "B": memory.image_gate}
    slots = {
        "M_w.0": memory.word_part,
        "M_r.0": memory.image_part,
        "key.0": memory.key,
        "value.0": memory.value,
    }
    response = {"response_gate.0": memory.response}
    return [
        *layer_entries(gates, prefix),
        *layer_entries(slots, prefix, _OF_SLOTS),
        *layer_entries(response, prefix, "pointwise"),
    ]


def _slots_to_keras(array):
    # (out, in, 1) -> (in, out)
    if array.ndim != 3 or array.shape[2] != 1:
        raise ValueError("not a convolution of single words")
    return array[:, :, 0].T


_OF_SLOTS = (_slots_to_keras, lambda array: array.T[:, :, None])


def discriminator_entries(discriminator):
    """Entries of the published `D_NET64`, `D_NET128` or `D_NET256`."""
    entries = []
    for position, block in enumerate(discriminator.blocks[:4]):
        entries += spectral_entries(block, f"img_code_s16.{2 * position}.")
    for name, block in later_blocks(discriminator.blocks):
        entries += spectral_entries(block, f"{name}.0.")
    head = discriminator.conditional_head
    return [
        *entries,
        *logit_entries(discriminator.unconditional_head, "UNCOND_DNET."),
        *spectral_entries(head.joint, "COND_DNET.jointConv.0."),
        *logit_entries(head, "COND_DNET."),
    ]


def spectral_entries(block, prefix):
    """Entries of a convolution in the published `SpectralNorm`."""
    layer, name = block.convolution, f"{prefix}module."
    layout = singular_vector_layout(layer.kernel.shape[:-1])
    return [
        WeightEntry(f"{name}bias", layer.bias),
        WeightEntry(f"{name}weight_u", layer.u),
        WeightEntry(f"{name}weight_v", layer.v, layout),
        WeightEntry(f"{name}weight_bar", layer.kernel, "conv2d"),
    ]


def generator_sizes(network):
    """Arguments of `DMGAN` by its generator's tensors, and `embedding_dim`."""
    condition, embedding_dim = network.shape("ca_net.fc.weight", 2)
    inputs = network.shape("h_net1.fc.0.weight", 2)[1]
    doublings = network.count(r"h_net1\.upsample\d+\.1\.weight")
    return {
        "embedding_dim": embedding_dim,
        "base_size": _FIRST_SIZE << doublings,
        "stages": network.count(r"img_net\d+\.img\.0\.weight"),
        "generator_width": network.shape("img_net1.img.0.weight", 4)[1],
        "noise_dim": inputs - condition // 4,
        "condition_dim": condition // 4,
        "residual_blocks": network.count(
            r"h_net2\.residual\.\d+\.block\.0\.weight"
        ),
    }


def recognizes(arguments):
    """Whether a DM-GAN is asked for, by its config or by the generator."""
    if not arguments.generator:
        return False
    if arguments.config is not None:
        return arguments.config.model == DMGAN.config_name
    if asks_for_ragan(arguments):
        return False
    found = find_networks(read_published_file(arguments.generator))
    return any(begins_with(names, _GENERATOR_MARK) for _, names in found)


def convert(arguments, read_damsm):
    """Reads published files; see `attngan_weights.convert`.

    Sizes are those of the tensors; a config tells what else there is to say,
    such as the order of the mask.
    """
    damsm, reports, remarks = read_damsm(align_corners=True)
    made = _network(arguments.generator, _GENERATOR_MARK)
    judges = [
        _network(path, DISCRIMINATOR_MARK) for path in arguments.discriminator
    ]
    settings = {}
    if arguments.config is not None:
        settings = arguments.config.network.to_dict()
    model = _build(damsm, made, judges, settings)
    reports[made.source] = _load(generator_entries(model.generator), made)
    model.reset_average()
    remarks.append(
        f"DMGAN, for images of {model.image_sizes[-1]} pixels, "
        f"{model.generator_width} channels wide"
    )
    networks = model.discriminators.values()
    for network, published in zip(networks, judges, strict=False):
        entries = discriminator_entries(network)
        reports[published.source] = _load(entries, published)
    if not judges:
        report = ConversionReport.of_untouched(*networks)
        reports[_NO_DISCRIMINATORS] = report
        remarks.append(
            "discriminators: weights as built, which is enough to generate"
        )
    return model, reports, remarks


def _network(path, mark):
    return PublishedNetwork(str(path), read_state_dict(path, mark))


def _load(entries, published):
    return load_state_dict(
        entries, published.tensors, published.source, idle={}
    )


def _build(damsm, made, judges, settings):
    """The model of the sizes that the tensors have, and of the settings."""
    sizes = generator_sizes(made)
    check_sentences(made.source, sizes.pop("embedding_dim"), damsm)
    if len(judges) not in (0, sizes["stages"]):
        raise ConversionError(
            f"--discriminator must be given {sizes['stages']} times or not "
            f"at all. Received: {len(judges)} files"
        )
    if judges:
        name = "img_code_s16.0.module.weight_bar"
        sizes["discriminator_width"] = judges[0].shape(name, 4)[0]
    try:
        return DMGAN(damsm, **{**settings, **sizes})
    except ValueError as error:
        raise ConversionError(
            f"{made.source} holds a generator of another size: {error}"
        ) from error
