"""From the nested lists of a request to arrays of the types wanted."""

import base64
import binascii
import math

import numpy as np

from .errors import invalid
from .request_json import kind_of
from .request_json import shorten

_INTEGERS = frozenset(
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
)
_FLOATS = ("float16", "float32", "float64")

# NumPy has no more dimensions.
_MOST_DIMENSIONS = 32


def to_array(value, spec, name):
    """The array of one input.

    Args:
        value: what JSON had: a scalar, or lists in lists.
        spec: the `TensorSpec` of the input.
        name: what errors call it.

    Returns:
        A NumPy array; strings are bytes in an array of objects.

    Raises:
        RequestError: the lists are ragged or of another shape, or a value is
            of another type or out of range.
    """
    rank = _rank(value) if spec.shape is None else len(spec.shape)
    if rank > _MOST_DIMENSIONS:
        raise invalid(f"{name}: nested too deep for a tensor.")
    shape, leaves = _flatten(value, rank, name)
    shape = _check_shape(shape, spec, name)
    return _convert(leaves, spec.dtype, name).reshape(shape)


def _rank(value):
    rank = 0
    while isinstance(value, list):
        rank += 1
        value = value[0] if value else None
    return rank


def _flatten(value, rank, name):
    """The lengths of all levels, and what is in the innermost one."""
    shape = []
    level = [value]
    for depth in range(rank):
        lists = level
        if not all(isinstance(one, list) for one in lists):
            other = next(one for one in lists if not isinstance(one, list))
            raise invalid(
                f"{name}: expected {rank} levels of lists, received "
                f"{kind_of(other)} at level {depth + 1}."
            )
        lengths = set(map(len, lists))
        if len(lengths) > 1:
            raise invalid(
                f"{name}: expected lists of one length at level {depth + 1}, "
                f"received lengths {min(lengths)} and {max(lengths)}."
            )
        shape.append(lengths.pop() if lengths else 0)
        level = [inner for one in lists for inner in one]
    if any(isinstance(one, list) for one in level):
        raise invalid(
            f"{name}: expected {rank} levels of lists, received more."
        )
    return shape, level


def _check_shape(shape, spec, name):
    """The shape, that of no rows being completed."""
    if spec.shape is None:
        return shape
    wanted = spec.shape
    if 0 in shape:
        # Beyond an empty list no length can be seen.
        first = shape.index(0) + 1
        shape = shape[:first] + [size or 0 for size in wanted[first:]]
    if any(
        expected not in (None, size)
        for size, expected in zip(shape, wanted, strict=True)
    ):
        raise invalid(
            f"{name}: expected shape {shape_text(wanted)}, received "
            f"{shape_text(shape)}."
        )
    return shape


def shape_text(shape):
    """A shape for sentences, `?` for free dimensions."""
    if shape is None:
        return "of any rank"
    return "[" + ", ".join("?" if n is None else str(n) for n in shape) + "]"


def _convert(leaves, dtype, name):
    if dtype == "string":
        found = np.empty(len(leaves), object)
        for place, leaf in enumerate(leaves):
            found[place] = _string(leaf, name)
        return found
    if dtype in _INTEGERS:
        return _integers(leaves, dtype, name)
    if dtype in _FLOATS:
        return _floats(leaves, dtype, name)
    if dtype == "bool":
        _check_types(leaves, {bool}, "true or false", name)
        return np.array(leaves, bool)
    raise invalid(f"{name}: {dtype} cannot be sent as JSON; gRPC can.")


def _check_types(leaves, admitted, wanted, name):
    # Of the types, not with isinstance: a bool is an int.
    if set(map(type, leaves)) - admitted:
        other = next(leaf for leaf in leaves if type(leaf) not in admitted)
        raise invalid(f"{name}: expected {wanted}, received {kind_of(other)}.")


def _integers(leaves, dtype, name):
    _check_types(leaves, {int}, f"whole numbers ({dtype})", name)
    limits = np.iinfo(dtype)
    for extreme in (min(leaves, default=0), max(leaves, default=0)):
        if not limits.min <= extreme <= limits.max:
            raise invalid(
                f"{name}: expected numbers from {limits.min} to {limits.max} "
                f"({dtype}), received {shorten(extreme)}."
            )
    return np.array(leaves, dtype)


def _floats(leaves, dtype, name):
    _check_types(leaves, {int, float}, f"numbers ({dtype})", name)
    try:
        wide = np.array([float(leaf) for leaf in leaves], np.float64)
    except OverflowError:
        raise _beyond(dtype, name) from None
    with np.errstate(over="ignore"):
        found = wide.astype(dtype)
    if np.any(np.isinf(found) & np.isfinite(wide)):
        raise _beyond(dtype, name)
    return found


def _beyond(dtype, name):
    largest = float(np.finfo(dtype).max)
    digits = math.floor(math.log10(largest))
    return invalid(
        f"{name}: expected {dtype}, received a number beyond 1e{digits}."
    )


def _string(leaf, name):
    if isinstance(leaf, str):
        try:
            return leaf.encode("utf-8")
        except UnicodeEncodeError:
            raise invalid(
                f"{name}: expected text, received half of a surrogate pair."
            ) from None
    if not is_base64(leaf):
        raise invalid(
            f'{name}: expected a string or {{"b64": ...}}, received '
            f"{kind_of(leaf)}."
        )
    try:
        return base64.b64decode(leaf["b64"], validate=True)
    except (binascii.Error, ValueError):
        raise invalid(
            f"{name}: expected base64 with its padding in b64."
        ) from None


def is_base64(value):
    """Whether a value stands for bytes."""
    return (
        isinstance(value, dict)
        and set(value) == {"b64"}
        and isinstance(value["b64"], str)
    )
