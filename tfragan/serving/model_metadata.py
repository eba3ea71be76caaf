"""What a server says of a model: its versions, signatures and tensors."""

import dataclasses

import numpy as np

# Signatures that TensorFlow writes for itself.
_INTERNAL = "__saved_model"
_DTYPES = {
    "DT_HALF": np.float16,
    "DT_FLOAT": np.float32,
    "DT_DOUBLE": np.float64,
    "DT_INT8": np.int8,
    "DT_INT16": np.int16,
    "DT_INT32": np.int32,
    "DT_INT64": np.int64,
    "DT_UINT8": np.uint8,
    "DT_UINT16": np.uint16,
    "DT_UINT32": np.uint32,
    "DT_UINT64": np.uint64,
    "DT_BOOL": np.bool_,
    # Bytes, of any length.
    "DT_STRING": np.object_,
}
_READY = "AVAILABLE"


@dataclasses.dataclass(frozen=True)
class TensorInfo:
    """An input or output of a signature.

    Attributes:
        name: its name in requests and answers.
        dtype: `"string"` or the name of a NumPy dtype, such as `"float32"`;
            the server's name, such as `"DT_VARIANT"`, of what has no such.
        shape: tuple with None for sizes that vary; None for any shape.
    """

    name: str
    dtype: str
    shape: tuple | None

    def __str__(self):
        return f"{self.name}: {self.dtype} {self.shape_text()}"

    def shape_text(self):
        """The shape with ? for sizes that vary, such as `[?, 64, 64, 3]`."""
        if self.shape is None:
            return "of any shape"
        sizes = ("?" if size is None else str(size) for size in self.shape)
        return f"[{', '.join(sizes)}]"

    def numpy_dtype(self):
        """The `numpy.dtype`, object for strings; None where there is none."""
        if self.dtype == "string":
            return np.dtype(object)
        try:
            return np.dtype(self.dtype)
        except TypeError:
            return None


@dataclasses.dataclass(frozen=True)
class Signature:
    """One thing that a model can be asked for.

    Attributes:
        name: the signature's name.
        inputs: dict of name to `TensorInfo`.
        outputs: dict of name to `TensorInfo`.
    """

    name: str
    inputs: dict
    outputs: dict


@dataclasses.dataclass(frozen=True)
class ModelMetadata:
    """What a version of a model can be asked for.

    Attributes:
        model: the model's name.
        version: int, None where the server does not say.
        signatures: dict of name to `Signature`.
    """

    model: str
    version: int | None
    signatures: dict


@dataclasses.dataclass(frozen=True)
class VersionStatus:
    """How a version of a model is.

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
    """How a model is.

    Attributes:
        model: the model's name.
        versions: tuple of `VersionStatus`.
    """

    model: str
    versions: tuple

    @property
    def ready(self):
        """Whether a version answers requests."""
        return any(one.state == _READY for one in self.versions)

    def __str__(self):
        states = [
            f"version {one.version} is {one.state}"
            + (f" ({one.error_message})" if one.error_message else "")
            for one in self.versions
        ]
        return ", ".join(states) or "there is no version"


def tensor_info(name, dtype, sizes):
    """A `TensorInfo` of what the wire says.

    Args:
        name: its name in requests and answers.
        dtype: name of a `DataType`, such as `"DT_FLOAT"`.
        sizes: list of int, negative ones varying; None for any shape.
    """
    known = _DTYPES.get(dtype)
    text = dtype if known is None else np.dtype(known).name
    shape = None
    if sizes is not None:
        shape = tuple(None if size < 0 else size for size in sizes)
    return TensorInfo(name, "string" if text == "object" else text, shape)


def model_metadata(model, version, signatures):
    """A `ModelMetadata` without what TensorFlow writes for itself.

    Args:
        model: the model's name.
        version: int or None.
        signatures: iterable of `Signature`.
    """
    return ModelMetadata(
        model,
        version,
        {
            one.name: one
            for one in sorted(signatures, key=lambda one: one.name)
            if not one.name.startswith(_INTERNAL)
        },
    )


def metadata_of_json(body, model):
    """Reads the answer of `GET .../metadata`.

    Args:
        body: the parsed JSON.
        model: the model's name.

    Returns:
        A `ModelMetadata`.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is of another form.
    """
    version = body["model_spec"].get("version")
    signatures = body["metadata"]["signature_def"]["signature_def"]
    return model_metadata(
        model,
        None if version in (None, "") else int(version),
        [
            Signature(
                name,
                _tensors_of_json(one.get("inputs")),
                _tensors_of_json(one.get("outputs")),
            )
            for name, one in signatures.items()
        ],
    )


def _tensors_of_json(tensors):
    infos = {}
    for name, info in sorted((tensors or {}).items()):
        shape = info.get("tensor_shape") or {}
        sizes = None
        if not shape.get("unknown_rank"):
            sizes = [int(one.get("size", 0)) for one in shape.get("dim") or []]
        infos[name] = tensor_info(name, info["dtype"], sizes)
    return infos


def status_of_json(body, model):
    """Reads the answer of `GET /v1/models/NAME`.

    Args:
        body: the parsed JSON.
        model: the model's name.

    Returns:
        A `ModelStatus`.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is of another form.
    """
    versions = []
    for one in body.get("model_version_status") or []:
        status = one.get("status") or {}
        versions.append(
            VersionStatus(
                int(one["version"]),
                one.get("state", "UNKNOWN"),
                status.get("error_code", "OK"),
                status.get("error_message", ""),
            )
        )
    return ModelStatus(model, tuple(versions))
