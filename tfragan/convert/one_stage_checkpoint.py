"""Published SSA-GAN and DF-GAN files, as a generator and a discriminator."""

import dataclasses
import pathlib

from tfragan.convert.image_encoder_weights import read_tensors
from tfragan.convert.published_network import PublishedNetwork
from tfragan.convert.published_network import kind_of
from tfragan.convert.torch_archive import plain_state_dict
from tfragan.convert.torch_archive import read_torch_contents
from tfragan.convert.weight_map import ConversionError


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
_OF_2022 = ("netG", "netD", "netC")


@dataclasses.dataclass(frozen=True)
class OneStageCheckpoint:
    """What a published file holds.

    Attributes:
        source: how errors call the file.
        generator: a `PublishedNetwork`, or None.
        discriminator: a `PublishedNetwork`, or None. In the tensors of
            DF-GAN of 2022, which has its head apart, all names begin with
            `netD.` or `netC.`.
        ignored: dict of the other entries of the file to the reason.
        names: those of the tensors, for errors.
    """

    source: str
    generator: PublishedNetwork | None
    discriminator: PublishedNetwork | None
    ignored: dict
    names: tuple

    def generator_family(self):
        """The `OneStageFamily` of the generator.

        Raises:
            ConversionError: the file has no generator of one.
        """
        for family in FAMILIES:
            if self.generator and self.generator.has(family.generator_mark):
                return family
        raise ConversionError(self._holds_no("generator"))

    def discriminator_families(self):
        """List of each `OneStageFamily` whose discriminator this could be.

        Raises:
            ConversionError: the file has no discriminator of any.
        """
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
    dicts `netG`, `netD` and `netC`.

    Args:
        path: `.pth` or `.npz` file.

    Returns:
        A `OneStageCheckpoint`.

    Raises:
        ArchiveError: the file is damaged, or holds something else than
            tensors.
    """
    path = pathlib.Path(path)
    read = read_tensors if path.suffix == ".npz" else read_torch_contents
    contents = read(path)
    model = contents.get("model") if isinstance(contents, dict) else None
    if isinstance(model, dict) and any(name in model for name in _OF_2022):
        return _of_2022(path, contents)
    return _of_one(path, plain_state_dict(contents, path))


def _of_one(path, tensors):
    network = PublishedNetwork(str(path), tensors)
    generates = any(network.has(family.generator_mark) for family in FAMILIES)
    judges = any(network.has(family.discriminator_mark) for family in FAMILIES)
    return OneStageCheckpoint(
        str(path),
        network if generates else None,
        network if judges else None,
        {},
        tuple(tensors),
    )


def _of_2022(path, contents):
    model = contents["model"]
    found = {
        name: plain_state_dict(model, path, name)
        for name in _OF_2022
        if name in model
    }
    judges = {
        f"{network}.{name}": array
        for network in ("netD", "netC")
        for name, array in found.get(network, {}).items()
    }
    others = [name for name in (*contents, *model) if name != "model"]
    generator = discriminator = None
    if "netG" in found:
        generator = PublishedNetwork(f"{path}: netG", found["netG"])
    if judges:
        discriminator = PublishedNetwork(f"{path}: netD and netC", judges)
    return OneStageCheckpoint(
        str(path),
        generator,
        discriminator,
        {
            name: "is none of the networks"
            for name in others
            if name not in found
        },
        (*found.get("netG", {}), *judges),
    )
