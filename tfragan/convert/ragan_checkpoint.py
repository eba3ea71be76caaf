"""Published RAGAN files, as a generator, discriminators and an encoder."""

import dataclasses
import pathlib

from tfragan.convert.image_encoder_weights import read_tensors
from tfragan.convert.published_network import PublishedNetwork
from tfragan.convert.published_network import kind_of
from tfragan.convert.torch_archive import plain_state_dict
from tfragan.convert.torch_archive import read_torch_contents
from tfragan.convert.weight_map import ConversionError

# How a name begins that only this network has.
_MARKS = {
    "generator": ("tr2.att.",),
    "discriminator": ("pre.conv.", "model_1.pre.conv."),
    "reference encoder": ("fcVar.",),
}
# The published names of the networks in the discriminators' files.
JUDGES = (("",), ("",), ("model_1.", "model_2."))


@dataclasses.dataclass(frozen=True)
class RAGANCheckpoint:
    """What published files hold.

    Attributes:
        generator: a `PublishedNetwork`.
        discriminators: list of three, the smallest images first, or none.
        encoder: a `PublishedNetwork`, or None.
    """

    generator: PublishedNetwork
    discriminators: list
    encoder: PublishedNetwork | None


def holds_ragan_generator(path):
    """Whether a file is a RAGAN's `G_<tag>.pth`, by its content.

    Args:
        path: `.pth` or `.npz` file.

    Raises:
        ArchiveError: the file is damaged, or holds something else than
            tensors.
    """
    contents = _contents(pathlib.Path(path))
    names = contents if isinstance(contents, dict) else ()
    prefixes = ("", "module.")
    return any(
        str(name).startswith(prefix + mark)
        for name in names
        for prefix in prefixes
        for mark in _MARKS["generator"]
    )


def read_ragan_checkpoint(generator, discriminators=(), encoder=None):
    """Reads the files of a published RAGAN.

    Args:
        generator: `G_<tag>.pth`, or an `.npz` file of the same tensors; so
            are the others.
        discriminators: `D_0_<tag>.pth`, `D_1_<tag>.pth` and `D_2_<tag>.pth`
            in this order, or nothing.
        encoder: `E_image_<tag>.pth`, or None.

    Returns:
        A `RAGANCheckpoint`.

    Raises:
        ConversionError: a file holds something else, or the discriminators
            are not three in this order.
        ArchiveError: a file is damaged, or holds something else than
            tensors.
    """
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
    path = pathlib.Path(path)
    tensors = plain_state_dict(_contents(path), path)
    network = PublishedNetwork(str(path), tensors)
    if not any(network.has(mark) for mark in _MARKS[role]):
        raise ConversionError(
            f"{path} holds no {role} of RAGAN, but {kind_of(tensors)}."
        )
    return network


def _contents(path):
    read = read_tensors if path.suffix == ".npz" else read_torch_contents
    return read(path)
