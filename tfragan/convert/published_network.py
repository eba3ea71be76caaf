"""A network as a published file holds it."""

import dataclasses
import re

import numpy as np

from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import first_names

# What names that begin so belong to.
_KINDS = {
    "ca_net.": "a generator of AttnGAN, which is not converted without its "
    "config",
    "encoder.weight": "a text encoder",
    "Conv2d_1a_3x3.": "an image encoder",
    "tr2.att.": "a generator of RAGAN",
    "pre.conv.": "a discriminator of RAGAN",
    "model_1.pre.conv.": "a discriminator of RAGAN",
    "fcVar.": "a reference encoder of RAGAN",
}


@dataclasses.dataclass(frozen=True)
class PublishedNetwork:
    """A network of a file.

    Attributes:
        source: how errors and reports call it.
        tensors: dict of name to array.
    """

    source: str
    tensors: dict

    def has(self, mark):
        """Whether some name begins so."""
        return any(name.startswith(mark) for name in self.tensors)

    def count(self, pattern):
        """How many names a regular expression matches, one at least.

        Raises:
            ConversionError: none.
        """
        found = sum(
            re.fullmatch(pattern, name) is not None for name in self.tensors
        )
        if not found:
            raise ConversionError(
                f"{self.source} holds no block: none of its tensors is called "
                f"like {pattern!r}."
            )
        return found

    def shape(self, name, rank):
        """The shape of a tensor that tells sizes.

        Raises:
            ConversionError: the tensor is missing, or has another rank.
        """
        tensor = self.tensors.get(name)
        if np.ndim(tensor) != rank:
            found = (
                "is missing" if tensor is None else f"has shape {tensor.shape}"
            )
            raise ConversionError(
                f"{self.source}: the tensor {name}, whose {rank} axes tell "
                f"sizes, {found}."
            )
        return tensor.shape


def kind_of(names):
    """What tensors of such names are, in words for a sentence."""
    for mark, title in _KINDS.items():
        if any(name.startswith(mark) for name in names):
            return title
    shown = first_names(names)
    return f"the tensors {shown}" if shown else "nothing"
