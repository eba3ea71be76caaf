"""Published RAGANs: names of their tensors, files, sizes and settings."""

import dataclasses

from tfragan.convert.published_file import read_published_file
from tfragan.convert.published_network import PublishedNetwork
from tfragan.convert.published_network import asks_for_ragan
from tfragan.convert.published_network import begins_with
from tfragan.convert.published_network import check_sentences
from tfragan.convert.published_network import find_networks
from tfragan.convert.published_network import kind_of
from tfragan.convert.published_network import read_state_dict
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import batch_normalization_entries
from tfragan.convert.weight_map import layer_entries
from tfragan.convert.weight_map import load_state_dict
from tfragan.layers import BatchNormalization
from tfragan.models import RAGAN
from tfragan.models.ragan.ragan_discriminator import judging_blocks
from tfragan.models.ragan.ragan_guidance import DOMAINS
from tfragan.models.ragan.ragan_guidance import check_image_size
from tfragan.models.ragan.ragan_guidance import find_setting
from tfragan.models.ragan.ragan_layers import CentralBiasingNormalization

# Of a block's first norm, first convolution, second norm, second convolution.
_PLAIN_NAMES = ("conv.0", "conv.2.conv", "conv.3", "conv.5.0.conv")
_CONDITIONAL_NAMES = ("norm1", "c1.conv", "norm2", "c2.0.conv")
# How a name begins that only this network has.
_MARKS = {
    "generator": ("tr2.att.",),
    "discriminator": ("pre.conv.", "model_1.pre.conv."),
    "reference encoder": ("fcVar.",),
}
# The published names of the networks in the discriminators' files.
JUDGES = (("",), ("",), ("model_1.", "model_2."))
# Of all sizes whose discriminators have as many blocks, the usual one.
_IMAGE_SIZES = (256, 128, 64, 32)
_STEM = "c1.conv.weight"
_CONDITION = "n1.ConBias.0.weight"
_WORDS = "tr2.att.conv_context.weight"
_HEAD = "c_norm1.ConBias.0.weight"
# Names of the reports of networks that there is no file of.
NO_DISCRIMINATORS = "discriminators"
NO_SECOND_DISCRIMINATORS = "discriminators of the other domain"
_SUPERVISED = {"auto": None, "on": True, "off": False}
_UNREAD = (".running_mean", ".running_var")
_IDLE = "is bookkeeping of an instance normalization, which never reads it"


def generator_entries(generator):
    """Entries of a published `G_<tag>.pth`."""
    entries = []
    for number, layer in enumerate(generator.encoders, 1):
        entries += biased_convolution_entries(layer, f"c{number}", f"n{number}")
    for number, block in enumerate(generator.coarse_blocks):
        entries += block_entries(block, f"tr1.translate.{number}.")
    for number, stage in enumerate(generator.refining_stages, 2):
        entries += stage_entries(stage, f"tr{number}.")
    heads = {
        f"img_net{number}.img.conv": head
        for number, head in enumerate(generator.image_heads, 1)
    }
    return entries + layer_entries(heads)


def stage_entries(stage, prefix):
    """Entries of one published `tr2` or `tr3`."""
    return [
        *block_entries(stage.block, f"{prefix}translate.0."),
        *layer_entries({"upsample.1.conv": stage.enlarge.convolution}, prefix),
        *normalization_entries(stage.enlarge.norm, f"{prefix}upsample.1.norm"),
        *attention_entries(stage.attention, f"{prefix}att."),
    ]


def attention_entries(layer, prefix):
    """Entries of one published `att`."""
    words = {"conv_context": layer.attention.projection}
    return [
        *layer_entries(words, prefix, "pointwise"),
        *layer_entries({"smooth.0": layer.smoothing}, prefix),
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
        *layer_entries({f"{convolution}.conv": layer.convolution}),
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
        *layer_entries({f"{prefix}.ConBias.0": layer.projection}),
    ]
    if layer.statistics is not None:
        entries += batch_normalization_entries(layer.statistics, prefix)
    return entries


def discriminator_entries(discriminator):
    """Entries of a published `D_<number>_<tag>.pth`."""
    if discriminator.parts == 1:
        return judge_entries(discriminator.judges[0], "")
    entries = []
    for number, judge in enumerate(discriminator.judges, 1):
        entries += judge_entries(judge, f"model_{number}.")
    return entries


def judge_entries(judge, prefix):
    """Entries of one of the networks of a discriminator."""
    layers = {
        f"conv.{number}.conv": layer
        for number, layer in enumerate(judge.convolutions)
    }
    layers["pre.conv"] = judge.logit
    if judge.embedding_dim:
        layers["c_con1.conv"] = judge.joint
        layers["c_con2.conv"] = judge.joint_logit
    entries = layer_entries(layers, prefix)
    for number, norm in enumerate(judge.norms, 1):
        entries += normalization_entries(norm, f"{prefix}conv.{number}.norm")
    if judge.embedding_dim:
        entries += normalization_entries(judge.joint_norm, f"{prefix}c_norm1")
    return entries


def encoder_entries(encoder):
    """Entries of a published `E_image_<tag>.pth`."""
    conditional = bool(encoder.condition_dim)
    names = _CONDITIONAL_NAMES if conditional else _PLAIN_NAMES
    layers = {
        "c1.conv" if conditional else "conv.0.conv": encoder.entry,
        "fc.0": encoder.mean_head,
        "fcVar.0": encoder.variance_head,
    }
    entries = []
    for number, block in enumerate(encoder.trunk, 1):
        owner = f"res{number}" if conditional else f"conv.{number}"
        norm_1, convolution_1, norm_2, convolution_2 = (
            f"{owner}.{name}" for name in names
        )
        layers[convolution_1] = block.convolution_1
        layers[convolution_2] = block.convolution_2
        entries += normalization_entries(block.norm_1, norm_1)
        entries += normalization_entries(block.norm_2, norm_2)
        shortcut = {f"{owner}.shortcut.1": block.shortcut}
        entries += layer_entries(shortcut, layout="pointwise")
    return entries + layer_entries(layers)


@dataclasses.dataclass(frozen=True)
class RAGANCheckpoint:
    """What published files hold: three discriminators, the smallest first, or
    none.
    """

    generator: PublishedNetwork
    discriminators: list
    encoder: PublishedNetwork | None


def read_ragan_checkpoint(generator, discriminators=(), encoder=None):
    """Reads the files of a published RAGAN; see `convert_ragan`."""
    if len(discriminators) not in (0, len(JUDGES)):
        raise ConversionError(
            f"A RAGAN has {len(JUDGES)} discriminators, D_0, D_1 and D_2, "
            f"which are given all or none. Received: {len(discriminators)} "
            "files"
        )
    maker = _network(generator, "generator")
    if encoder is not None:
        encoder = _network(encoder, "reference encoder")
    judges = [_network(path, "discriminator") for path in discriminators]
    for number, (judge, parts) in enumerate(zip(judges, JUDGES, strict=False)):
        if not judge.has(f"{parts[0]}pre.conv."):
            raise ConversionError(
                f"{judge.source} lacks {parts[0]}pre.conv.weight, which "
                f"D_{number} has; the discriminators are to be given in the "
                "order D_0, D_1, D_2."
            )
    return RAGANCheckpoint(maker, judges, encoder)


def _network(path, role):
    tensors = read_state_dict(path, _MARKS[role])
    network = PublishedNetwork(str(path), tensors)
    if not begins_with(tensors, _MARKS[role]):
        raise ConversionError(
            f"{path} holds no {role} of RAGAN, but {kind_of(tensors)}."
        )
    return network


@dataclasses.dataclass(frozen=True)
class _Width:
    """A number, and the tensor that tells it."""

    value: int
    source: str
    name: str

    def __str__(self):
        return f"{self.value} by {self.name} of {self.source}"


def ragan_config(checkpoint, damsm=None, supervised=None, image_size=None):
    """The arguments of the `RAGAN` that a checkpoint's tensors fit.

    What guides it is told by the encoder and by the code that the generator
    takes beside the sentence: text without both, text and the background of
    an image with a code, an image without, and images of two domains with an
    encoder that takes the domain.

    Args:
        checkpoint: a `RAGANCheckpoint`.
        damsm: the `DAMSM` whose sentences it was trained with, or None.
        supervised: whether there was a target image for every input, which
            guidance by text alone does not tell; by default if the inputs
            are gray.
        image_size: height and width of its images, which the discriminators
            tell roughly and nothing else does; by default 256, or the
            largest of 128, 64 and 32 that they fit.

    Returns:
        Dict of keyword arguments, without the DAMSM.

    Raises:
        ConversionError: sizes contradict each other, or a file that the
            guidance needs is missing.
    """
    generator = checkpoint.generator
    features = generator.shape(_STEM, 4)
    words = _width(generator, _WORDS, 1, 4)
    condition = generator.shape(_CONDITION, 2)[1]
    code = _Width(condition - words.value, generator.source, _CONDITION)
    if code.value < 0:
        raise ConversionError(
            f"{generator.source} takes {condition} numbers by {_CONDITION}, "
            f"fewer than {words.value} of a sentence by {_WORDS}."
        )
    config = {
        "input_channels": features[1],
        "generator_width": features[0],
        "residual_blocks": generator.count(
            r"tr1\.translate\.(\d+)\.c1\.conv\.weight"
        ),
        "embedding_dim": words.value,
        "normalization": "batch"
        if generator.has("tr2.upsample.1.norm.weight")
        else "instance",
        **_encoder_config(checkpoint.encoder, words, code, supervised),
    }
    if supervised is None and "supervised" not in config:
        supervised = features[1] == 1
    config.setdefault("supervised", supervised)
    setting = find_setting(config["supervised"], config["guidance"])
    _check_damsm(generator, words, setting, damsm)
    judges = _discriminator_config(
        checkpoint.discriminators,
        words if setting.conditional else None,
        image_size,
    )
    return {**config, **judges}


def _encoder_config(encoder, words, code, supervised):
    """What the reference encoder, or that there is none, tells."""
    if encoder is None:
        if code.value:
            raise ConversionError(
                f"{code.source} takes a code of {code.value} numbers beside "
                f"the sentence by {code.name}: the file of its reference "
                "encoder is missing, E_image."
            )
        return {"guidance": "text"}
    both_ways = encoder.has("c1.conv.")
    entry = _STEM if both_ways else "conv.0.conv.weight"
    block = (
        r"res(\d+)\.c1\.conv\.weight"
        if both_ways
        else r"conv\.(\d+)\.conv\.2\.conv\.weight"
    )
    made = _width(encoder, "fc.0.weight", 0, 2)
    config = {
        "encoder_width": encoder.shape(entry, 4)[0],
        "encoder_blocks": 1 + encoder.count(block),
        "supervised": not both_ways,
    }
    if supervised not in (None, not both_ways):
        kind = "unsupervised" if both_ways else "supervised"
        raise ConversionError(
            f"{encoder.source} is the reference encoder of a RAGAN that is "
            f"{kind}, by {entry}. Received: supervised={supervised}"
        )
    if both_ways:
        _check_equal("the domain", code, DOMAINS)
    if both_ways or not code.value:
        _check_equal("a code of the encoder", made, words)
        return {**config, "guidance": "image"}
    _check_equal("a code of the encoder", made, code)
    return {**config, "guidance": "image_text", "code_dim": code.value}


def _check_damsm(generator, words, setting, damsm):
    if setting.source == "text" and damsm is None:
        other = "" if setting.code else ", or by images: that of its E_image is"
        raise ConversionError(
            f"{generator.source} is guided by text: the file of its text "
            f"encoder is missing{other}."
        )
    if setting.source == "image" and damsm is not None:
        raise ConversionError(
            f"{generator.source} is guided by images: it takes no text encoder."
        )
    if damsm is not None:
        by = f", by {_WORDS}"
        check_sentences(generator.source, words.value, damsm, by)


def _discriminator_config(networks, words, image_size):
    """Width and image size, and whether the heads fit the guidance."""
    if image_size is not None:
        check_image_size(image_size)
    if not networks:
        return {"image_size": image_size or _IMAGE_SIZES[0]}
    blocks = []
    first = _width(networks[0], "conv.0.conv.weight", 0, 4)
    for network, parts in zip(networks, JUDGES, strict=True):
        for number, part in enumerate(parts):
            found = _width(network, f"{part}conv.0.conv.weight", 0, 4)
            _check_equal("width", found, first.value >> number)
            pattern = part.replace(".", r"\.") + r"conv\.(\d+)\.conv\.weight"
            blocks.append(network.count(pattern))
            _check_head(network, part, words)
    return {
        "discriminator_width": first.value,
        "image_size": _image_size(networks, blocks, image_size),
    }


def _check_head(network, part, words):
    """Whether a judge looks at the guidance if it should, and of its width."""
    conditional = network.has(f"{part}c_con1.")
    if conditional != (words is not None):
        holds = "holds" if conditional else "lacks"
        guided = "not guided" if conditional else "guided"
        raise ConversionError(
            f"{network.source} {holds} {part}c_con1.conv.weight, and the "
            f"generator is {guided} by text: they do not belong together."
        )
    if conditional:
        found = _width(network, part + _HEAD, 1, 2)
        _check_equal("the sentence's width", found, words)


def _image_size(networks, blocks, image_size):
    """The size that has as many blocks in each judge."""
    for size in _IMAGE_SIZES if image_size is None else (image_size,):
        judged = [
            size >> 2 - number + part
            for number, parts in enumerate(JUDGES)
            for part in range(len(parts))
        ]
        if blocks == [judging_blocks(side) for side in judged]:
            return size
    names = ", ".join(network.source for network in networks)
    of_size = f" of {image_size} pixels" if image_size else ""
    raise ConversionError(
        f"{names} halve their images {blocks[0]}, {blocks[1]}, {blocks[2]} "
        f"and {blocks[3]} times by their conv.*.conv.weight, as no RAGAN for "
        f"images{of_size} does."
    )


def _width(network, name, axis, rank):
    return _Width(network.shape(name, rank)[axis], network.source, name)


def _check_equal(what, found, expected):
    """Refuses a width that is not an int or another `_Width`."""
    if found.value != getattr(expected, "value", expected):
        raise ConversionError(
            f"Sizes contradict each other: {what} is {found}, but {expected}"
            f"{'.' if isinstance(expected, _Width) else ' was expected.'}"
        )


def recognizes(arguments):
    """Whether the generator is a RAGAN's, by the flags or by its content."""
    if arguments.config is not None or not arguments.generator:
        return False
    if asks_for_ragan(arguments):
        return True
    found = find_networks(read_published_file(arguments.generator))
    return any(begins_with(names, _MARKS["generator"]) for _, names in found)


def convert(arguments, read_damsm):
    """Reads published files; see `attngan_weights.convert`."""
    damsm, reports, remarks = None, {}, []
    if arguments.text_encoder:
        damsm, reports, remarks = read_damsm(align_corners=True)
    model, own = convert_ragan(
        arguments.generator,
        arguments.discriminator,
        arguments.reference_encoder or None,
        damsm,
        _SUPERVISED[arguments.supervised],
        arguments.image_size or None,
    )
    kind = "supervised" if model.supervised else "unsupervised"
    remarks.append(
        f"{kind} RAGAN guided by {model.guidance}, for images of "
        f"{model.image_size} pixels, {model.generator_width} channels wide, "
        f"of {model.normalization} normalization"
    )
    if model.guidance == "text" and arguments.supervised == "auto":
        other = "off" if model.supervised else "on"
        remarks.append(
            f"taken to be {kind}, as its inputs have {model.input_channels} "
            f"channels: --supervised={other} takes it for the other"
        )
    if not arguments.image_size:
        remarks.append(
            "the files tell the image size roughly or not at all: "
            "--image_size sets another"
        )
    if NO_DISCRIMINATORS in own:
        remarks.append(
            "discriminators: weights as built, which is enough to translate"
        )
    return model, {**reports, **own}, remarks


def convert_ragan(
    generator,
    discriminators=(),
    encoder=None,
    damsm=None,
    supervised=None,
    image_size=None,
):
    """Reads a published RAGAN into a model of its setting and size.

    What guides it, and sizes, are told by the tensors, see `ragan_config`.
    Guidance by labels is not converted: the files lack the vectors that the
    labels had. Without files of the discriminators, those of the model stay
    as they were built, and so do those of the second domain, which the
    published program does not save. The loss of their conditional heads is
    not told either: models are built for the published default, `"gan"`.

    Args:
        generator: `G_<tag>.pth`.
        discriminators: `D_0_<tag>.pth`, `D_1_<tag>.pth`, `D_2_<tag>.pth`, or
            nothing.
        encoder: `E_image_<tag>.pth`, or None.
        damsm: see `ragan_config`.
        supervised: likewise.
        image_size: likewise.

    Returns:
        Tuple of the `RAGAN`, not compiled, and a dict of `ConversionReport`
        by file.

    Raises:
        ConversionError: a file holds something else or is missing, sizes
            contradict each other, or a tensor does not fit.
        PublishedFileError: a file is damaged, or holds something else than
            tensors.
    """
    checkpoint = read_ragan_checkpoint(generator, discriminators, encoder)
    config = ragan_config(checkpoint, damsm, supervised, image_size)
    model = RAGAN(damsm, **config)
    instance = model.normalization == "instance"
    reports = {}
    for network, entries, published in _parts(model, checkpoint):
        idle = {
            name: _IDLE
            for name in published.tensors
            if instance and name.endswith(_UNREAD)
        }
        reports[published.source] = load_state_dict(
            entries(network), published.tensors, published.source, idle=idle
        )
    if not checkpoint.discriminators:
        reports[NO_DISCRIMINATORS] = ConversionReport.of_untouched(
            *model.discriminators_of("b")
        )
    if model.setting.both_ways:
        reports[NO_SECOND_DISCRIMINATORS] = ConversionReport.of_untouched(
            *model.discriminators_of("a")
        )
    return model, reports


def _parts(model, checkpoint):
    """Networks, the function of their entries, and their tensors."""
    yield model.generator, generator_entries, checkpoint.generator
    if checkpoint.encoder is not None:
        yield model.encoder, encoder_entries, checkpoint.encoder
    for network, published in zip(
        model.discriminators_of("b"), checkpoint.discriminators, strict=False
    ):
        yield network, discriminator_entries, published
