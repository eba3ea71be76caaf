"""Arrays as a signature takes them, as JSON, and back."""

import base64

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
    expected = ", ".join(map(str, signature.inputs.values())) or "none"
    for name in given:
        if name not in signature.inputs:
            raise ValueError(f"expected {expected}; there is no input {name!r}")
    missing = [name for name in signature.inputs if name not in given]
    if missing:
        raise ValueError(
            f"expected {expected}; {', '.join(missing)} not received"
        )
    arrays = {}
    for name, info in signature.inputs.items():
        dtype = info.numpy_dtype()
        make = _bytes_array if dtype.kind == "O" else _number_array
        array = arrays[name] = make(info, given[name])
        if not info.fits(array.shape):
            raise ValueError(
                f"expected {info}, received shape {list(array.shape)}"
            )
    return arrays


def _bytes_array(info, value):
    """An array of bytes; lists of lists become rows."""
    if isinstance(value, (str, bytes)):
        array = np.array(None, object)
        array[()] = value
    else:
        try:
            value = value if isinstance(value, np.ndarray) else list(value)
            array = np.array(value, object)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{info.name}: expected text or bytes in rows of one length: "
                f"{error}"
            ) from error
    return _each(array, lambda one: _encoded(info, one))


def _each(array, change):
    """An array of objects with each value changed."""
    changed = np.empty(array.size, object)
    for place, one in enumerate(array.reshape(-1)):
        changed[place] = change(one)
    return changed.reshape(array.shape)


def _encoded(info, value):
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    kind = type(value).__name__
    raise ValueError(f"{info.name}: expected text or bytes, received {kind}")


def _number_array(info, value):
    """Numbers of the dtype, if it holds them."""
    dtype = info.numpy_dtype()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{info.name}: expected {dtype}: {error}") from error
    if array.size == 0:
        return np.zeros(array.shape, dtype)
    if array.dtype.kind not in {"f": "iuf", "b": "b"}.get(dtype.kind, "iu"):
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


def to_json(name, array):
    """An array as nested lists.

    Bytes become text where they are UTF-8; other bytes, and all of inputs
    whose names end with `_bytes`, become `{"b64": ...}`.

    Args:
        name: of the input.
        array: an array, objects being bytes.
    """
    if array.dtype.kind != "O":
        return array.tolist()
    binary = name.endswith("_bytes")
    return _each(array, lambda one: _text_or_base64(one, binary)).tolist()


def _text_or_base64(value, binary):
    if not binary:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return {"b64": base64.b64encode(value).decode("ascii")}


def from_json(info, value):
    """Nested lists as the array that they mean.

    Args:
        info: the `TensorInfo` of the output.
        value: what the parsed JSON has for it.

    Returns:
        An array of the dtype that the server named, bytes as objects.

    Raises:
        ValueError: the value does not fit the `TensorInfo`.
    """
    dtype = info.numpy_dtype()
    try:
        array = np.array(value, dtype)
        if dtype.kind == "O":
            array = _each(array, _decoded)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"expected {info}: {error}") from error
    if array.size == 0 and info.shape and array.ndim < len(info.shape):
        # Of an empty array JSON loses the later sizes.
        later = (size or 0 for size in info.shape[array.ndim :])
        array = array.reshape(*array.shape, *later)
    if not info.fits(array.shape):
        raise ValueError(f"expected {info}, received shape {array.shape}")
    return array


def _decoded(value):
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"], validate=True)
    raise ValueError(f"neither text nor base64 but {type(value).__name__}")


def outputs_of_json(signature, outputs):
    """The arrays of an answer in columns.

    Args:
        signature: a `Signature`.
        outputs: what the answer has for `"outputs"`: a dict by name, or the
            bare value where there is one output.

    Returns:
        Dict of name to array.

    Raises:
        ValueError: the names or values are not those of the signature.
    """
    expected = set(signature.outputs)
    named = isinstance(outputs, dict) and set(outputs) == expected
    if len(expected) == 1 and not named:
        outputs = {next(iter(expected)): outputs}
    if not isinstance(outputs, dict) or set(outputs) != expected:
        found = sorted(outputs) if isinstance(outputs, dict) else "one value"
        raise ValueError(f"expected {sorted(expected)}, received {found}")
    return {
        name: from_json(info, outputs[name])
        for name, info in signature.outputs.items()
    }
