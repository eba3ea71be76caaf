"""Published U-GAT-IT files of all kinds, as six networks."""

import dataclasses
import fnmatch
import pathlib
import re

import numpy as np

from tfragan.convert.paddle_archive import read_paddle_archive
from tfragan.convert.tensorflow1_checkpoint import checkpoint_prefix
from tfragan.convert.tensorflow1_checkpoint import read_tensorflow1_checkpoint
from tfragan.convert.torch_archive import is_torch_archive
from tfragan.convert.torch_archive import read_torch_state_dicts
from tfragan.convert.ugatit_dialects import clip_rho
from tfragan.convert.ugatit_dialects import published_form
from tfragan.convert.weight_map import ConversionError

GENERATORS = ("genA2B", "genB2A")
DISCRIMINATORS = ("disGA", "disGB", "disLA", "disLB")
NETWORKS = (*GENERATORS, *DISCRIMINATORS)

# Published TensorFlow scopes: the generators are named after their targets.
SCOPES = {
    "genA2B": "generator_B",
    "genB2A": "generator_A",
    "disGA": "discriminator_A/global",
    "disGB": "discriminator_B/global",
    "disLA": "discriminator_A/local",
    "disLB": "discriminator_B/local",
}
_STEP = re.compile(r"(?:_params_|\.model-|iter_)(\d+)")
_OWN_CLASSIFIER = (
    "made the logits of the attention in the published code before "
    "2019-08-20, where another kernel weights the features; no picture "
    "depends on it"
)


@dataclasses.dataclass
class UGATITCheckpoint:
    """What a published file holds.

    Attributes:
        source: how errors call the file.
        variant: `"pytorch"` or `"tensorflow1"`.
        networks: dict of a name of `NETWORKS` to a dict of tensor name to
            array, with the names and layouts of the variant.
        notes: dict of a name of `NETWORKS` to a dict of tensor name to a
            sentence, see `ConversionReport`.
        ignored: dict of the other entries of the file to the reason.
        step: training steps by the file's name, 0 where it tells none.
    """

    source: str
    variant: str
    networks: dict
    notes: dict
    ignored: dict
    step: int = 0


def read_ugatit_checkpoint(paths):
    """Reads a published U-GAT-IT, recognized by its content.

    These are known: the PyTorch file of six state dicts; a TensorFlow 1
    checkpoint; a Paddle file of all networks, or Paddle files of one network
    each, whose names hold those of the networks.

    Args:
        paths: list of files; a TensorFlow checkpoint is named by its prefix,
            one of its files or its folder.

    Returns:
        A `UGATITCheckpoint`.

    Raises:
        ConversionError: the files hold no U-GAT-IT, or one that computes
            something else than the networks here.
        ArchiveError: a file is damaged, or holds something else than tensors.
        CheckpointError: the same of a TensorFlow checkpoint.
    """
    paths = [pathlib.Path(path) for path in paths]
    source = str(paths[0])
    if checkpoint_prefix(paths[0]) is not None:
        if len(paths) > 1:
            raise ConversionError(
                f"{source} is a TensorFlow checkpoint, which holds all "
                f"networks, but {len(paths)} files were named."
            )
        return _from_tensorflow(checkpoint_prefix(paths[0]))
    networks, notes, ignored = {}, {}, {}
    for path in paths:
        for name, value in _contents(path).items():
            if name not in NETWORKS or not isinstance(value, dict):
                ignored[name] = "is none of the networks"
                continue
            networks[name], notes[name] = published_form(name, value, path)
    return _checked(
        UGATITCheckpoint(
            source, "pytorch", networks, notes, ignored, _step(paths[0])
        )
    )


def _contents(path):
    """Dict of network name to tensors, of a PyTorch or a Paddle file."""
    if path.is_dir():
        raise ConversionError(
            f"{path} is a folder without a TensorFlow checkpoint; name the "
            "files in it."
        )
    if is_torch_archive(path):
        return read_torch_state_dicts(path)
    contents = read_paddle_archive(path)
    if any(name in contents for name in NETWORKS):
        return contents
    if not any(isinstance(value, np.ndarray) for value in contents.values()):
        return contents
    named = [name for name in NETWORKS if name in path.name]
    if len(named) != 1:
        raise ConversionError(
            f"{path} holds one network; its name has to tell which: one of "
            f"{', '.join(NETWORKS)}."
        )
    return {named[0]: contents}


def _from_tensorflow(prefix):
    variables, slots = read_tensorflow1_checkpoint(prefix)
    networks, notes = {}, {}
    ignored = dict.fromkeys(slots, "is the optimizer's")
    for network, scope in SCOPES.items():
        own = [name for name in variables if name.startswith(f"{scope}/")]
        if own:
            networks[network] = {name: variables.pop(name) for name in own}
            notes[network] = dict.fromkeys(
                fnmatch.filter(own, "*/CAM_logit/dense/*"), _OWN_CLASSIFIER
            )
            clip_rho(networks[network], notes[network])
    ignored.update(dict.fromkeys(variables, "is none of the networks"))
    # The counter starts at 1.
    step = max(0, _step(prefix) - 1)
    return _checked(
        UGATITCheckpoint(
            str(prefix), "tensorflow1", networks, notes, ignored, step
        )
    )


def _checked(checkpoint):
    missing = [name for name in GENERATORS if name not in checkpoint.networks]
    if missing:
        found = ", ".join([*checkpoint.networks, *checkpoint.ignored][:6])
        raise ConversionError(
            f"{checkpoint.source} holds no U-GAT-IT: it lacks "
            f"{' and '.join(missing)}, and has {found or 'nothing'}."
        )
    return checkpoint


def _step(path):
    found = _STEP.search(path.name)
    return int(found.group(1)) if found else 0
