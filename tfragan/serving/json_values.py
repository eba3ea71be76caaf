"""Arrays as the JSON of TensorFlow Serving, and back."""

import base64
import binascii

import numpy as np

_BINARY = "_bytes"
_KEY = "b64"


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
    flat = np.empty(array.size, object)
    for place, one in enumerate(array.reshape(-1)):
        flat[place] = _text(one, binary=name.endswith(_BINARY))
    return flat.reshape(array.shape).tolist()


def _text(value, binary):
    if not binary:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return {_KEY: base64.b64encode(value).decode("ascii")}


def from_json(info, value):
    """Nested lists as the array that they stand for.

    Args:
        info: the `TensorInfo` of the output.
        value: what the parsed JSON has for it.

    Returns:
        An array of the dtype that the server named, bytes as objects.

    Raises:
        ValueError: the value does not fit the `TensorInfo`.
    """
    dtype = info.numpy_dtype()
    if dtype is None:
        raise ValueError(f"{info.name}: {info.dtype} is nothing to receive")
    try:
        if dtype.kind == "O":
            array = _bytes_array(value)
        else:
            array = np.array(value, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"expected {info}: {error}") from error
    return _shaped(info, array)


def _bytes_array(value):
    rows: list = [value]
    shape: list = []
    while rows and isinstance(rows[0], list):
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise ValueError(f"rows of {sorted(lengths)} values")
        shape += lengths
        rows = [one for row in rows for one in row]
    flat = np.empty(len(rows), object)
    for place, one in enumerate(rows):
        flat[place] = _bytes(one)
    return flat.reshape(shape)


def _bytes(value):
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, dict) and set(value) == {_KEY}:
        try:
            return base64.b64decode(value[_KEY], validate=True)
        except (binascii.Error, TypeError) as error:
            raise ValueError(f"base64 that is none: {error}") from error
    raise ValueError(f"neither text nor base64 but {type(value).__name__}")


def _shaped(info, array):
    """The array; of an empty one JSON loses the later sizes."""
    if info.shape is None:
        return array
    if array.size == 0 and array.ndim < len(info.shape):
        later = info.shape[array.ndim :]
        return array.reshape(*array.shape, *(size or 0 for size in later))
    fits = array.ndim == len(info.shape) and all(
        wanted in (None, size)
        for size, wanted in zip(array.shape, info.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"expected {info}, received shape {array.shape}")
    return array


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
    expected = signature.outputs
    named = isinstance(outputs, dict) and set(outputs) == set(expected)
    if len(expected) == 1 and not named:
        outputs = {next(iter(expected)): outputs}
    if not isinstance(outputs, dict) or set(outputs) != set(expected):
        found = sorted(outputs) if isinstance(outputs, dict) else "one value"
        raise ValueError(f"expected {sorted(expected)}, received {found}")
    return {
        name: from_json(info, outputs[name]) for name, info in expected.items()
    }
