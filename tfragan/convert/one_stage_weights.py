"""Published SSA-GAN and DF-GAN: names of their tensors, files and sizes.

Both share nearly all names: the discriminators of SSA-GAN and of DF-GAN of
2020 are one network.
"""

import dataclasses
import re

from tfragan.convert.published_file import read_published_file
from tfragan.convert.published_network import PublishedNetwork
from tfragan.convert.published_network import asks_for_ragan
from tfragan.convert.published_network import begins_with
from tfragan.convert.published_network import check_sentences
from tfragan.convert.published_network import kind_of
from tfragan.convert.published_network import one_state_dict
from tfragan.convert.published_network import plain_state_dict
from tfragan.convert.weight_map import OTHER_ENTRIES
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import layer_entries
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import DFGAN
from tfragan.models import SSAGAN
from tfragan.models import SSAGANGenerator
from tfragan.models.text_to_image.one_stage_generator import FIRST_SIZE

# Name of the report of a discriminator that there is no file of.
NO_DISCRIMINATOR = "discriminator"
_IDLE = (
    "is idle in the published code: its block keeps the width, so that the "
    "shortcut needs no convolution"
)
_NOISE = "fc.weight"
_MASK = "conv_mask.0.weight"
# Names of the affine maps inside each of the two fusions of a block.
_AFFINE_MAPS = {
    "2022": (
        ("fuse1.affine0.", "fuse1.affine1."),
        ("fuse2.affine0.", "fuse2.affine1."),
    ),
    "2020": (("affine0.", "affine1."), ("affine2.", "affine3.")),
}


@dataclasses.dataclass(frozen=True)
class OneStageFamily:
    """What a published program calls its tensors.

    Attributes:
        title: how errors call the program.
        version: that of `tfragan.models.DFGAN`, None for SSA-GAN.
        generator_mark: how names begin that only its generator has.
        discriminator_mark: how names begin that only a discriminator of this
            kind has.
        blocks: name of a block of the generator, without its number.
        output: name of the generator's last convolution.
        down_blocks: name of a block of the discriminator, without its number.
        stem: name of the discriminator's first convolution.
        block_at_first_size: whether the generator has a block before the
            first doubling.
    """

    title: str
    version: str | None
    generator_mark: str
    discriminator_mark: str
    blocks: str
    output: str
    down_blocks: str = "block"
    stem: str = "conv_img"
    block_at_first_size: bool = True


FAMILIES = (
    OneStageFamily(
        "SSA-GAN",
        None,
        generator_mark="conv_mask.",
        discriminator_mark="COND_DNET.joint_conv.",
        blocks="block",
        output="conv_img.2",
    ),
    OneStageFamily(
        "DF-GAN of 2022",
        "2022",
        generator_mark="GBlocks.",
        discriminator_mark="netC.joint_conv.",
        blocks="GBlocks.",
        output="to_rgb.1",
        down_blocks="netD.DBlocks.",
        stem="netD.conv_img",
        block_at_first_size=False,
    ),
    OneStageFamily(
        "DF-GAN of 2020",
        "2020",
        generator_mark="block0.affine1.",
        discriminator_mark="COND_DNET.joint_conv.",
        blocks="block",
        output="conv_img.1",
    ),
)


def _family(version):
    """The `OneStageFamily` of a version."""
    return next(family for family in FAMILIES if family.version == version)


def condition_entries(layer, prefix):
    """Entries of the scale and the shift that a condition gives."""
    layers = {
        "fc_gamma.linear1": layer.scale.hidden,
        "fc_gamma.linear2": layer.scale.output_projection,
        "fc_beta.linear1": layer.shift.hidden,
        "fc_beta.linear2": layer.shift.output_projection,
    }
    return layer_entries(layers, prefix)


def residual_entries(block, prefix):
    """Entries of a generator block's convolutions and residual scale."""
    entries = []
    if block.residual_scale is not None:
        entries.append(
            WeightEntry(f"{prefix}gamma", block.residual_scale, "scalar")
        )
    first, second = block.convolutions
    layers = {"c1": first, "c2": second, "c_sc": block.shortcut}
    return entries + layer_entries(layers, prefix)


def down_block_entries(block, prefix):
    """Entries of one published `resD`."""
    layers = {
        "conv_r.0": block.halving,
        "conv_r.2": block.convolution,
        "conv_s": block.shortcut,
    }
    return [
        WeightEntry(f"{prefix}gamma", block.residual_scale, "scalar"),
        *layer_entries(layers, prefix),
    ]


def head_entries(head, prefix):
    """Entries of the published `D_GET_LOGITS` or `NetC`."""
    layers = {"joint_conv.0": head.joint, "joint_conv.2": head.score}
    return layer_entries(layers, prefix)


def discriminator_entries(discriminator):
    """Entries of the discriminator of SSA-GAN and of DF-GAN of 2020."""
    return _judge_entries(discriminator, _family(None))


def generator_entries(generator):
    """Entries of the published `NetG` of SSA-GAN or of DF-GAN."""
    if isinstance(generator, SSAGANGenerator):
        return _ssagan_entries(generator)
    return _dfgan_entries(generator)


def _ssagan_entries(generator):
    layers = {
        "fc": generator.noise_projection.projection,
        "conv_img.0": generator.normalization,
        "conv_img.2": generator.output_convolution,
    }
    entries = layer_entries(layers)
    for number, predictor in enumerate(generator.mask_predictors):
        # The first belongs to no block.
        owner = f"block{number - 1}." if number else ""
        entries += mask_predictor_entries(predictor, f"{owner}conv_mask.")
    for number, block in enumerate(generator.blocks):
        entries += ssagan_block_entries(block, f"block{number}.")
    return entries


def mask_predictor_entries(predictor, prefix):
    """Entries of one published `conv_mask`."""
    layers = {
        "0": predictor.hidden,
        "1": predictor.normalization,
        "3": predictor.logit,
    }
    return layer_entries(layers, prefix)


def ssagan_block_entries(block, prefix):
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
    return [
        *layer_entries({"batch_norm2d": layer.normalization}, prefix),
        *condition_entries(layer, prefix),
    ]


def _dfgan_entries(generator):
    family = _family(generator.version)
    layers = {
        "fc": generator.noise_projection.projection,
        family.output: generator.output_convolution,
    }
    entries = layer_entries(layers)
    for number, block in enumerate(generator.blocks.values()):
        name = f"{family.blocks}{number}."
        entries += dfgan_block_entries(block, name, family.version)
    return entries


def dfgan_block_entries(block, prefix, version):
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


def dfgan_discriminator_entries(discriminator):
    """Entries of the published `NetD` and `NetC` of 2022.

    The names begin with `netD.` and `netC.`, as the dictionaries of a
    published file are called.
    """
    return _judge_entries(discriminator, _family("2022"))


def _judge_entries(discriminator, family):
    entries = layer_entries({family.stem: discriminator.stem})
    for number, block in enumerate(discriminator.blocks):
        entries += down_block_entries(block, f"{family.down_blocks}{number}.")
    head = family.discriminator_mark.removesuffix("joint_conv.")
    return entries + head_entries(discriminator.head, head)


_OF_2022 = ("netG", "netD", "netC")
_GENERATOR_MARKS = tuple(family.generator_mark for family in FAMILIES)
_DISCRIMINATOR_MARKS = tuple(family.discriminator_mark for family in FAMILIES)


@dataclasses.dataclass(frozen=True)
class OneStageCheckpoint:
    """What a published file holds: `ignored` is a dict of name to reason.

    In the discriminator's tensors of DF-GAN of 2022, which has its head apart,
    all names begin with `netD.` or `netC.`.
    """

    source: str
    generator: PublishedNetwork | None
    discriminator: PublishedNetwork | None
    ignored: dict
    names: tuple

    def generator_family(self):
        """The `OneStageFamily` of the generator."""
        for family in FAMILIES:
            if self.generator and self.generator.has(family.generator_mark):
                return family
        raise ConversionError(self._holds_no("generator"))

    def discriminator_families(self):
        """List of each `OneStageFamily` whose discriminator this could be."""
        found = [
            family
            for family in FAMILIES
            if self.discriminator
            and self.discriminator.has(family.discriminator_mark)
        ]
        if not found:
            raise ConversionError(self._holds_no("discriminator"))
        return found

    def _holds_no(self, role):
        other = "discriminator" if role == "generator" else "generator"
        held = f"a {other}"
        if getattr(self, other) is None:
            held = kind_of(self.names)
        return (
            f"{self.source} holds no {role} of SSA-GAN or DF-GAN, but {held}."
        )


def read_one_stage_checkpoint(path):
    """Reads a published SSA-GAN or DF-GAN, recognized by its content.

    These are known: a state dict of one network, SSA-GAN's or DF-GAN's of
    2020; and DF-GAN's file of 2022, a dict whose `model` holds the state
    dicts `netG`, `netD` and `netC`. In other files these may be nested, too.
    """
    contents = read_published_file(path)
    model = contents
    if isinstance(contents, dict) and isinstance(contents.get("model"), dict):
        model = contents["model"]
    if isinstance(model, dict) and any(
        isinstance(model.get(name), dict) for name in _OF_2022
    ):
        return _of_several(path, contents, model)
    marks = (*_GENERATOR_MARKS, *_DISCRIMINATOR_MARKS)
    tensors = one_state_dict(contents, path, marks)
    generates = begins_with(tensors, _GENERATOR_MARKS)
    judges = begins_with(tensors, _DISCRIMINATOR_MARKS)
    network = PublishedNetwork(str(path), tensors)
    return OneStageCheckpoint(
        str(path),
        network if generates else None,
        network if judges else None,
        {},
        tuple(tensors),
    )


def _of_several(path, contents, model):
    found = {
        name: plain_state_dict(model[name], path)
        for name in _OF_2022
        if name in model
    }
    judges, judging = found.get("netD", {}), "netD"
    # That of 2022 has its head apart.
    if "netC" in found:
        judging = "netD and netC"
        judges = {
            f"{network}.{name}": array
            for network in ("netD", "netC")
            for name, array in found.get(network, {}).items()
        }
    generator = discriminator = None
    if "netG" in found:
        generator = PublishedNetwork(f"{path}: netG", found["netG"])
    if judges:
        discriminator = PublishedNetwork(f"{path}: {judging}", judges)
    others = [
        str(name)[:80]
        for name in (*contents, *model)
        if name != "model" and name not in found
    ]
    return OneStageCheckpoint(
        str(path),
        generator,
        discriminator,
        dict.fromkeys(others, "is none of the networks"),
        (*found.get("netG", {}), *judges),
    )


def generator_sizes(network, family):
    """The arguments of the generator that the tensors fit, but the version."""
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


def recognizes(arguments):
    """Whether the file of the generator is of SSA-GAN or DF-GAN."""
    if arguments.config is not None or not arguments.generator:
        return False
    if asks_for_ragan(arguments):
        return False
    found = read_one_stage_checkpoint(arguments.generator)
    marked = (
        (found.generator, _GENERATOR_MARKS),
        (found.discriminator, _DISCRIMINATOR_MARKS),
    )
    return any(network and network.has(marks) for network, marks in marked)


def convert(arguments, read_damsm):
    """Reads published files; see `attngan_weights.convert`."""
    files = arguments.discriminator
    if len(files) > 1:
        raise ConversionError(
            "--discriminator must be given once or not at all, as SSA-GAN "
            f"and DF-GAN have one. Received: {len(files)} files"
        )
    # Their programs resize without keeping the corners.
    damsm, reports, remarks = read_damsm(align_corners=False)
    model, own = convert_one_stage(damsm, arguments.generator, *files)
    version = getattr(model, "version", None)
    published = f" as published in {version}" if version else ""
    remarks.append(
        f"{type(model).__name__}{published}, for images of "
        f"{model.image_size} pixels, {model.generator_width} channels wide"
    )
    if model.discriminator_width != model.generator_width:
        remarks.append(
            f"the discriminator is {model.discriminator_width} channels wide; "
            "the published programs have one width for both: check that both "
            "files belong together"
        )
    if NO_DISCRIMINATOR in own:
        remarks.append(
            "discriminator: weights as built, which is enough to generate"
        )
    return model, {**reports, **own}, remarks


def convert_one_stage(damsm, generator, discriminator=None):
    """Reads a published SSA-GAN or DF-GAN into a model of its size.

    The names in the generator's file say which it is, and sizes come from
    the shapes. Without tensors of a discriminator, that of the model stays as
    it was built. The discriminators of SSA-GAN and of DF-GAN of 2020 are one
    network: nothing in their files tells them apart.

    Args:
        damsm: the `DAMSM` whose sentences the generator was trained with.
        generator: file, see `read_one_stage_checkpoint`; that of DF-GAN of
            2022 holds the discriminator, too.
        discriminator: its file, or None.

    Returns:
        Tuple of the `SSAGAN` or `DFGAN`, not compiled, and a dict of
        `ConversionReport` by file or part of a file.

    Raises:
        ConversionError: the files hold nothing of these, do not belong
            together, or a tensor does not fit.
        PublishedFileError: a file is damaged, or holds something else than
            tensors.
    """
    made = read_one_stage_checkpoint(generator)
    family = made.generator_family()
    judge = made
    if discriminator is not None:
        judge = read_one_stage_checkpoint(discriminator)
        _check_pair(made, family, judge)
    model = _build(damsm, family, made.generator, judge.discriminator)
    entries, published = generator_entries(model.generator), made.generator
    report = load_state_dict(
        entries, published.tensors, published.source, idle={}
    )
    reports = {published.source: report}
    if judge.discriminator is None:
        report = ConversionReport.of_untouched(model.discriminator)
        reports[NO_DISCRIMINATOR] = report
    else:
        report = _load_discriminator(
            model.discriminator, judge.discriminator, family
        )
        reports[judge.discriminator.source] = report
    if made.ignored:
        reports[OTHER_ENTRIES] = ConversionReport.of_ignored(made.ignored)
    return model, reports


def _check_pair(made, family, judge):
    """Refuses two files that are not one generator and its discriminator."""
    families = judge.discriminator_families()
    if family not in families:
        titles = " or ".join(known.title for known in families)
        raise ConversionError(
            f"{made.source} holds a generator of {family.title} and "
            f"{judge.source} a discriminator of {titles}: they do not belong "
            "together."
        )
    for checkpoint in (made, judge):
        if checkpoint.generator and checkpoint.discriminator:
            raise ConversionError(
                f"{checkpoint.source} holds a generator and a discriminator: "
                "name it alone, as the file of the generator."
            )


def _build(damsm, family, generator, discriminator):
    """The model of the sizes that the tensors have."""
    sizes = generator_sizes(generator, family)
    check_sentences(generator.source, sizes.pop("embedding_dim"), damsm)
    # The published programs have one width for both networks.
    judge = {**sizes}
    if discriminator is not None:
        judge = discriminator_sizes(discriminator, family)
        if judge["image_size"] != sizes["image_size"]:
            raise ConversionError(
                f"{generator.source} makes images of {sizes['image_size']} "
                f"pixels, and {discriminator.source} takes those of "
                f"{judge['image_size']}."
            )
    options = {
        "generator_width": sizes.pop("width"),
        "discriminator_width": judge["width"],
        **sizes,
    }
    if family.version is None:
        return SSAGAN(damsm, **options)
    return DFGAN(damsm, version=family.version, **options)


def _load_discriminator(network, published, family):
    entries = _judge_entries(network, family)
    idle = {
        f"{family.down_blocks}{number}.conv_s.{name}": _IDLE
        for number, block in enumerate(network.blocks)
        if block.shortcut is None
        for name in ("weight", "bias")
    }
    return load_state_dict(
        entries, published.tensors, published.source, idle=idle
    )
