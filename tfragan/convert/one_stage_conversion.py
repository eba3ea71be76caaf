"""Published SSA-GAN and DF-GAN files as models."""

from tfragan.convert import dfgan_weights
from tfragan.convert import one_stage_weights
from tfragan.convert import ssagan_weights
from tfragan.convert.one_stage_checkpoint import read_one_stage_checkpoint
from tfragan.convert.one_stage_sizes import discriminator_sizes
from tfragan.convert.one_stage_sizes import generator_sizes
from tfragan.convert.weight_map import OTHER_ENTRIES
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import DFGAN
from tfragan.models import SSAGAN

# Name of the report of a discriminator that there is no file of.
NO_DISCRIMINATOR = "discriminator"
_IDLE = (
    "is idle in the published code: its block keeps the width, so that the "
    "shortcut needs no convolution"
)


def convert_one_stage(damsm, generator, discriminator=None):
    """Reads a published SSA-GAN or DF-GAN into a model of its size.

    Which it is, is told by the names in the generator's file, and sizes by
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
        ArchiveError: a file is damaged, or holds something else than tensors.
    """
    made = read_one_stage_checkpoint(generator)
    family = made.generator_family()
    judge = made
    if discriminator is not None:
        judge = read_one_stage_checkpoint(discriminator)
        _check_pair(made, family, judge)
    model = _build(damsm, family, made.generator, judge.discriminator)
    reports = {made.generator.source: _load_generator(model, made, family)}
    if judge.discriminator is None:
        report = ConversionReport.of_untouched(model.discriminator)
        reports[NO_DISCRIMINATOR] = report
    else:
        report = _load_discriminator(model, judge, family)
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
    embedding_dim = sizes.pop("embedding_dim")
    if embedding_dim != damsm.embedding_dim:
        raise ConversionError(
            f"{generator.source} was trained with sentences of "
            f"{embedding_dim} numbers, and those of the text encoder have "
            f"{damsm.embedding_dim}."
        )
    # The published programs have one width for both networks.
    judge = {**sizes}
    if discriminator is not None:
        judge = discriminator_sizes(discriminator, family)
        if judge["image_size"] != sizes["image_size"]:
            raise ConversionError(
                f"{generator.source} makes images of {sizes['image_size']} "
                f"pixels, and {discriminator.source} judges those of "
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


def _load_generator(model, checkpoint, family):
    network = model.generator
    entries = (
        ssagan_weights.generator_entries(network)
        if family.version is None
        else dfgan_weights.generator_entries(network)
    )
    published = checkpoint.generator
    return load_state_dict(
        entries, published.tensors, published.source, idle={}
    )


def _load_discriminator(model, checkpoint, family):
    network = model.discriminator
    entries = (
        dfgan_weights.discriminator_entries(network)
        if family.version == "2022"
        else one_stage_weights.discriminator_entries(network)
    )
    idle = {
        f"{family.down_blocks}{number}.conv_s.{name}": _IDLE
        for number, block in enumerate(network.blocks)
        if block.shortcut is None
        for name in ("weight", "bias")
    }
    published = checkpoint.discriminator
    return load_state_dict(
        entries, published.tensors, published.source, idle=idle
    )
