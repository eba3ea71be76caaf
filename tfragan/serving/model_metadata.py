"""What a server says of a model, and arrays as its signatures take them."""

import dataclasses

import numpy as np

# Signatures that TensorFlow writes for itself.
_INTERNAL = "__saved_model"
_INTEGERS = [f"{sign}int{n}" for sign in ("", "u") for n in (8, 16, 32, 64)]
_DTYPES = {
    "DT_HALF": "float16",
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_STRING": "string",
    **{f"DT_{name.upper()}": name for name in ["bool", *_INTEGERS]},
}


@dataclasses.dataclass(frozen=True)
class TensorInfo:
    """An input or output of a signature.

    Attributes:
        name: its name in requests and answers.
        dtype: `"string"` or the name of a NumPy dtype, such as `"float32"`;
            the server's name, such as `"DT_VARIANT"`, of any other.
        shape: tuple with None for sizes that vary; None for any shape.
    """

    name: str
    dtype: str
    shape: tuple | None

    def __str__(self):
        if self.shape is None:
            return f"{self.name}: {self.dtype} of any shape"
        sizes = ("?" if size is None else str(size) for size in self.shape)
        return f"{self.name}: {self.dtype} [{', '.join(sizes)}]"

    def numpy_dtype(self):
        """The `numpy.dtype`, object for strings; `ValueError` of others."""
        if self.dtype not in _DTYPES.values():
            raise ValueError(f"{self.name}: {self.dtype} cannot be sent")
        return np.dtype(object if self.dtype == "string" else self.dtype)

    def check(self, array):
        """Returns the array; raises `ValueError` if its shape is another."""
        wanted = array.shape if self.shape is None else self.shape
        if len(wanted) != array.ndim or any(
            size not in (None, found)
            for size, found in zip(wanted, array.shape, strict=True)
        ):
            raise ValueError(
                f"expected {self}, received shape {list(array.shape)}"
            )
        return array


@dataclasses.dataclass(frozen=True)
class Signature:
    """A name, and dicts of name to `TensorInfo` that it takes and gives."""

    name: str
    inputs: dict
    outputs: dict


@dataclasses.dataclass(frozen=True)
class ModelMetadata:
    """What a version of a model takes and gives.

    Attributes:
        model: its name.
        version: int, None where the server does not say.
        signatures: dict of name to `Signature`.
    """

    model: str
    version: int | None
    signatures: dict


@dataclasses.dataclass(frozen=True)
class VersionStatus:
    """The state of a version of a model.

    Attributes:
        version: int.
        state: `"START"`, `"LOADING"`, `"AVAILABLE"`, `"UNLOADING"`, `"END"` or
            `"UNKNOWN"`.
        error_code: `"OK"`, or what kept it from being loaded.
        error_message: the reason, empty without one.
    """

    version: int
    state: str
    error_code: str = "OK"
    error_message: str = ""


@dataclasses.dataclass(frozen=True)
class ModelStatus:
    """A model's name, and a tuple of `VersionStatus`."""

    model: str
    versions: tuple

    @property
    def ready(self):
        """Whether a version answers requests."""
        return any(one.state == "AVAILABLE" for one in self.versions)

    def __str__(self):
        states = [
            f"version {one.version} is {one.state}"
            + (f" ({one.error_message})" if one.error_message else "")
            for one in self.versions
        ]
        return ", ".join(states) or "there is no version"


def read_metadata(body, model):
    """The `ModelMetadata` of the JSON of `GET .../metadata`."""
    version = body["model_spec"].get("version")
    signatures = body["metadata"]["signature_def"]["signature_def"]
    return ModelMetadata(
        model,
        int(version) if version else None,
        {
            name: Signature(
                name, _tensors(one.get("inputs")), _tensors(one.get("outputs"))
            )
            for name, one in sorted(signatures.items())
            if not name.startswith(_INTERNAL)
        },
    )


def _tensors(tensors):
    infos = {}
    for name, info in sorted((tensors or {}).items()):
        shape = info.get("tensor_shape") or {}
        sizes = [int(one.get("size", 0)) for one in shape.get("dim") or []]
        infos[name] = TensorInfo(
            name,
            _DTYPES.get(info["dtype"], info["dtype"]),
            None
            if shape.get("unknown_rank")
            else tuple(None if size < 0 else size for size in sizes),
        )
    return infos


def read_status(body, model):
    """The `ModelStatus` of the JSON of `GET /v1/models/NAME`."""
    return ModelStatus(
        model,
        tuple(
            VersionStatus(
                int(one["version"]),
                one.get("state", "UNKNOWN"),
                **(one.get("status") or {}),
            )
            for one in body.get("model_version_status") or []
        ),
    )


def request_arrays(metadata, name, given):
    """The signature of a name, and the inputs of a request.

    Args:
        metadata: a `ModelMetadata`.
        name: of the signature.
        given: dict of input name to array, list or scalar.

    Returns:
        A `Signature` and a dict of name to array, bytes as objects.

    Raises:
        ValueError: a name is unknown or missing, or values do not fit.
    """
    if name not in metadata.signatures:
        raise ValueError(
            "expected one of the signatures "
            f"{', '.join(metadata.signatures)}; there is no other"
        )
    signature = metadata.signatures[name]
    expected = ", ".join(map(str, signature.inputs.values())) or "none"
    for name in given:
        if name not in signature.inputs:
            raise ValueError(f"expected {expected}; there is no input {name!r}")
    missing = ", ".join(name for name in signature.inputs if name not in given)
    if missing:
        raise ValueError(f"expected {expected}; {missing} not received")
    return signature, {
        name: info.check(_input(info, given[name]))
        for name, info in signature.inputs.items()
    }


def _input(info, value):
    dtype = info.numpy_dtype()
    if dtype.kind == "O":
        return _bytes_array(info, value)
    array = np.asarray(value)
    if not array.size:
        return np.zeros(array.shape, dtype)
    if array.dtype.kind in ("biuf" if dtype.kind == "f" else "biu"):
        converted = array.astype(dtype)
        # What a dtype cannot hold is refused, not wrapped around.
        if dtype.kind == "f" or (converted == array).all():
            return converted
    raise ValueError(f"{info.name}: expected {dtype}, received {value}")


def _bytes_array(info, value):
    def encoded(one):
        if isinstance(one, str):
            return one.encode("utf-8", "surrogateescape")
        if isinstance(one, bytes):
            return one
        kind = type(one).__name__
        raise ValueError(f"{info.name}: expected text or bytes, not {kind}")

    array = np.array(value, object)
    return np.vectorize(encoded, otypes=[object])(array)


def answer_arrays(signature, outputs):
    """The arrays of an answer of REST in columns.

    Args:
        signature: a `Signature`.
        outputs: dict by name, or the bare value where there is one output.

    Returns:
        Dict of name to array.

    Raises:
        ValueError: the names or values are not those of the signature.
    """
    expected = set(signature.outputs)
    named = isinstance(outputs, dict) and set(outputs) == expected
    if not named and len(expected) == 1:
        outputs = dict.fromkeys(expected, outputs)
    elif not named:
        raise ValueError(f"expected {', '.join(sorted(expected))}")
    return {
        name: info.check(_output(info, outputs[name]))
        for name, info in signature.outputs.items()
    }


def _output(info, value):
    dtype = info.numpy_dtype()
    if dtype.kind == "O":
        array = _bytes_array(info, value)
    else:
        try:
            array = np.array(value, dtype)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"expected {info}: {error}") from error
    # Of an empty array JSON loses the later sizes.
    empty = not array.size and info.shape
    later = info.shape[array.ndim :] if empty else ()
    return array.reshape(*array.shape, *(size or 0 for size in later))
