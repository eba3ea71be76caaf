"""From what a caller gives to the arrays that a signature takes."""

import numpy as np


def request_arrays(signature, given):
    """The inputs of a request.

    Args:
        signature: a `Signature`.
        given: dict of name to array, list or scalar.

    Returns:
        Dict of name to array, bytes in arrays of objects.

    Raises:
        ValueError: a name is unknown or missing, or values do not fit.
    """
    expected = [str(info) for info in signature.inputs.values()]
    inputs = f"expected {', '.join(expected) or 'none'}"
    unknown = sorted(set(given) - set(signature.inputs))
    if unknown:
        raise ValueError(f"{inputs}; there is no input {unknown[0]!r}")
    missing = sorted(set(signature.inputs) - set(given))
    if missing:
        raise ValueError(f"{inputs}; {', '.join(missing)} not received")
    return {name: _array(signature.inputs[name], given[name]) for name in given}


def _array(info, value):
    dtype = info.numpy_dtype()
    if dtype is None:
        raise ValueError(f"{info.name}: {info.dtype} is nothing to send")
    if dtype.kind == "O":
        array = _bytes_array(info, value)
    else:
        array = _number_array(info, value, dtype)
    if info.shape is not None and not _fits(array.shape, info.shape):
        sizes = ", ".join(map(str, array.shape))
        raise ValueError(f"expected {info}, received shape [{sizes}]")
    return array


def _fits(shape, expected):
    return len(shape) == len(expected) and all(
        wanted in (None, size)
        for size, wanted in zip(shape, expected, strict=True)
    )


def _bytes_array(info, value):
    """An array of bytes; lists of lists become rows."""
    if isinstance(value, np.ndarray):
        array = value.astype(object)
    elif isinstance(value, (str, bytes)):
        array = np.array(None, object)
        array[()] = value
    else:
        array = _nested(value)
    flat = array.reshape(-1)
    encoded = np.empty(flat.shape, object)
    for place, one in enumerate(flat):
        encoded[place] = _bytes(info, one)
    return encoded.reshape(array.shape)


def _nested(value):
    """An array of objects, never of the letters of a text."""
    try:
        return np.array(list(value), object)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"expected text or bytes in rows of one length: {error}"
        ) from error


def _bytes(info, value):
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    kind = type(value).__name__
    raise ValueError(f"{info.name}: expected text or bytes, received {kind}")


def _number_array(info, value, dtype):
    """Numbers of the dtype, if it holds them."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{info.name}: expected {dtype}: {error}") from error
    if array.size == 0:
        return np.zeros(array.shape, dtype)
    kinds = {"f": "iuf", "i": "iu", "u": "iu", "b": "b"}[dtype.kind]
    if array.dtype.kind not in kinds:
        raise ValueError(
            f"{info.name}: expected {dtype}, received {array.dtype}"
        )
    # What is too large for its dtype would become infinity.
    with np.errstate(over="ignore"):
        converted = array.astype(dtype)
    same = converted == array
    if dtype.kind == "f":
        same = np.isfinite(converted) | ~np.isfinite(array)
    if not same.all():
        raise ValueError(
            f"{info.name}: expected {dtype}, received {array[~same][0]}"
        )
    return converted
