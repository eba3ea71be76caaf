"""Which network a published file holds, and what its tensors tell."""

import dataclasses
import re

import numpy as np

from tfragan.convert.published_file import PublishedFileError
from tfragan.convert.published_file import described
from tfragan.convert.published_file import read_published_file
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
KNOWN_MARKS = tuple(_KINDS)


def read_state_dict(path, mark=None):
    """Reads the tensors of one network.

    Dicts around the state dict and a `module.` before every name are taken
    off, and `*.num_batches_tracked` counters are left out.

    Args:
        path: file, see `read_published_file`.
        mark: how a name of the network begins (a string or several), which
            chooses where a file holds several networks.

    Returns:
        Dict of name to read-only array, in the file's order.

    Raises:
        PublishedFileError: as `read_published_file`, or the file holds no
            state dict or several.
    """
    return one_state_dict(read_published_file(path), path, mark)


def one_state_dict(contents, path, mark=None):
    """As `read_state_dict`, out of the contents of a file."""
    found = find_networks(contents)
    if len(found) > 1 and mark is not None:
        meant = [one for one in found if begins_with(one[1], mark)]
        found = meant or found
    if len(found) > 1:
        names = ", ".join(described(name) for name, _ in found[:8])
        raise PublishedFileError(
            f"{path} holds several state dicts ({names}), expected one."
        )
    return plain_state_dict(found[0][1] if found else contents, path)


def plain_state_dict(tensors, path):
    """A state dict as `read_state_dict` gives it, out of a file's contents."""
    if not isinstance(tensors, dict):
        raise PublishedFileError(
            f"{path} holds {described(tensors)}, expected a dict of tensors."
        )
    for name, value in tensors.items():
        if not isinstance(name, str) or not isinstance(value, np.ndarray):
            raise PublishedFileError(
                f"{path}: entry {described(name)} is {described(value)}, "
                "expected a tensor."
            )
    wrapped = all(name.startswith("module.") for name in tensors)
    return {
        name.removeprefix("module.") if wrapped else name: value
        for name, value in tensors.items()
        if not name.endswith("num_batches_tracked")
    }


def find_networks(contents):
    """Pairs of name and dict of the outermost dicts of tensors, each once."""
    level, seen = [("", contents)], set()
    while level:
        dicts = []
        for name, value in level:
            if isinstance(value, dict) and id(value) not in seen:
                seen.add(id(value))
                dicts.append((name, value))
        found = [
            (name, entries)
            for name, entries in dicts
            if any(isinstance(one, np.ndarray) for one in entries.values())
        ]
        if found:
            return found
        level = [item for _, entries in dicts for item in entries.items()]
    return []


def begins_with(names, mark):
    """Whether some name begins so, `module.` in front of it or not."""
    return any(
        isinstance(name, str) and name.removeprefix("module.").startswith(mark)
        for name in names
    )


@dataclasses.dataclass(frozen=True)
class PublishedNetwork:
    """A network of a file; `source` is how errors and reports call it."""

    source: str
    tensors: dict

    def has(self, mark):
        """Whether some name begins so, see `begins_with`."""
        return begins_with(self.tensors, mark)

    def count(self, pattern):
        """How many names a regular expression matches, one at least."""
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
        """The shape of a tensor that tells sizes."""
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


def check_sentences(source, embedding_dim, damsm, by=""):
    """Refuses a `DAMSM` whose sentences have another width."""
    if embedding_dim != damsm.embedding_dim:
        raise ConversionError(
            f"{source} was trained with sentences of {embedding_dim} numbers"
            f"{by}, and those of the text encoder have {damsm.embedding_dim}."
        )


def asks_for_ragan(arguments):
    """Whether flags of RAGAN are given, which says what the file holds."""
    return bool(
        arguments.supervised != "auto"
        or arguments.image_size
        or arguments.reference_encoder
    )


def kind_of(names):
    """What tensors of such names are, in words for a sentence."""
    for mark, title in _KINDS.items():
        if any(name.startswith(mark) for name in names):
            return title
    shown = first_names(names)
    return f"the tensors {shown}" if shown else "nothing"
