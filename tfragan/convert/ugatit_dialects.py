"""Ports of the published PyTorch U-GAT-IT, brought to its names and layouts."""

import re

import numpy as np

from tfragan.convert.weight_map import ConversionError

_LINEAR = re.compile(r"\.weight(_orig)?$")
_STORED = ".weight_orig"


def published_form(network, tensors, source):
    """A network's tensors as the published PyTorch code calls them.

    Args:
        network: `"genA2B"`, `"disGA"` and so on.
        tensors: dict of name to array, of the PyTorch code or a Paddle port.
        source: how errors call the file.

    Returns:
        Tuple of the dict of tensors and a dict of notes by name: what was
        done with a tensor, or why it is not used.

    Raises:
        ConversionError: the network computes something else than the ones
            here do.
    """
    if network.startswith("gen"):
        _refuse_other_generators(tensors, f"{source}: {network}")
    tensors = {
        name.replace(".spectral_norm.weight_", ".weight_"): value
        for name, value in tensors.items()
    }
    notes = {}
    _transpose_linear(tensors, notes)
    _check_normalizations(tensors, notes, f"{source}: {network}")
    _compute_right_vectors(tensors, notes)
    clip_rho(tensors, notes)
    return tensors, notes


def _refuse_other_generators(tensors, source):
    """Same task, other network: its weights would give wrong pictures."""
    if "FC.2.weight" in tensors or "FC.1.weight" not in tensors:
        return
    if "UpBlock2.9.weight" in tensors:
        raise ConversionError(
            f"{source} is of a port with another network, which none here "
            "computes: biased variances in AdaLIN and ILN, a learned scale "
            "and shift of instance normalization, one classifier's weights "
            "for both halves of the attention, and ReLU before ILN."
        )
    raise ConversionError(
        f"{source} is of the published code before 2019-08-07: it has "
        "FC.1.weight and no FC.2.weight, hence no ReLU after its linear "
        "layers, no skip connection around its decoder blocks and another "
        "variance in AdaLIN and ILN, which no network here computes."
    )


def _transpose_linear(tensors, notes):
    """Paddle's own linear layers keep their weights as (in, out)."""
    classifier = tensors.get("gap_fc.weight", tensors.get("gap_fc.weight_orig"))
    if np.ndim(classifier) != 2 or np.shape(classifier)[1] != 1:
        return
    for name, value in tensors.items():
        if np.ndim(value) == 2 and _LINEAR.search(name):
            tensors[name] = np.transpose(value)
            notes[name] = "transposed from (in, out)"


def _check_normalizations(tensors, notes, source):
    for name in [name for name in tensors if name.endswith(".scale")]:
        shift = name[: -len("scale")] + "bias"
        parts = {name: 1.0, shift: 0.0}
        for part, neutral in parts.items():
            if part in tensors and np.any(tensors[part] != neutral):
                raise ConversionError(
                    f"{source}: {part} was learned, and instance "
                    "normalization has no scale and shift in the published "
                    "PyTorch network."
                )
            notes[part] = f"{neutral:.0f} everywhere, which changes nothing"


def _compute_right_vectors(tensors, notes):
    """Spectral norms of PyTorch before 1.0 lack `weight_v`."""
    for name in [name for name in tensors if name.endswith(_STORED)]:
        layer = name[: -len(_STORED)]
        vector, used = f"{layer}.weight_v", f"{layer}.weight"
        if vector in tensors or used not in tensors:
            continue
        tensors[vector] = right_vector(
            tensors[name], tensors[f"{layer}.weight_u"], tensors[used]
        )
        notes[vector] = "computed, as PyTorch does with files before 1.0"
        notes[used] = f"{name} divided by its spectral norm"


def right_vector(stored, left, used):
    """The right vector of a spectral norm, from the other parts of it.

    Args:
        stored: the weight `(out, in, ...)` that is trained.
        left: its left singular vector `(out,)`.
        used: `stored` divided by its spectral norm.

    Returns:
        Vector `v` of length `in * ...` with `left . stored v` equal to the
        spectral norm, and `stored v` in the direction of `left`.
    """
    matrix = np.reshape(stored, (len(stored), -1)).astype(np.float64)
    left = np.reshape(left, -1).astype(np.float64)
    nonzero = used != 0
    norm = np.mean(stored[nonzero] / used[nonzero], dtype=np.float64)
    # pinv(W) u, by the smaller of the two products of W with itself.
    if matrix.shape[0] <= matrix.shape[1]:
        gram = np.linalg.pinv(matrix @ matrix.T, hermitian=True)
        vector = matrix.T @ (gram @ left)
    else:
        gram = np.linalg.pinv(matrix.T @ matrix, hermitian=True)
        vector = gram @ (matrix.T @ left)
    scale = norm / (left @ (matrix @ vector))
    return (vector * scale).astype(np.float32)


def clip_rho(tensors, notes):
    """Clips each share of instance statistics, as training does.

    Args:
        tensors: dict of name to array, changed in place.
        notes: dict of name to sentence, likewise.
    """
    for name in [name for name in tensors if name.endswith("rho")]:
        value = tensors[name]
        outside = int(np.sum((value < 0.0) | (value > 1.0)))
        if outside:
            tensors[name] = np.clip(value, 0.0, 1.0)
            notes[name] = (
                f"clipped to [0, 1], where {outside} of {value.size} values "
                "were not"
            )
