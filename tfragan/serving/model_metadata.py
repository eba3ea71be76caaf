"""What a server says of a model: its versions, signatures and tensors."""

import dataclasses

import numpy as np

# Signatures that TensorFlow writes for itself.
_INTERNAL = "__saved_model"
_DTYPES = {
    "DT_HALF": "float16",
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_BOOL": "bool",
    "DT_STRING": "string",
    **{
        f"DT_{sign}INT{bits}": f"{sign}int{bits}".lower()
        for sign in ("", "U")
        for bits in (8, 16, 32, 64)
    },
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
        return f"{self.name}: {self.dtype} {self.shape_text()}"

    def shape_text(self):
        """The shape with ? for sizes that vary, such as `[?, 64, 64, 3]`."""
        if self.shape is None:
            return "of any shape"
        sizes = ("?" if size is None else str(size) for size in self.shape)
        return f"[{', '.join(sizes)}]"

    def numpy_dtype(self):
        """The `numpy.dtype`, object for strings.

        Raises:
            ValueError: NumPy has no such.
        """
        if self.dtype == "string":
            return np.dtype(object)
        if self.dtype not in _DTYPES.values():
            raise ValueError(f"{self.name}: {self.dtype} cannot be sent")
        return np.dtype(self.dtype)

    def fits(self, shape):
        """Whether an array of a shape can be this tensor."""
        return self.shape is None or (
            len(shape) == len(self.shape)
            and all(
                wanted in (None, size)
                for size, wanted in zip(shape, self.shape, strict=True)
            )
        )


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
        return any(one.state == "AVAILABLE" for one in self.versions)

    def __str__(self):
        states = [
            f"version {one.version} is {one.state}"
            + (f" ({one.error_message})" if one.error_message else "")
            for one in self.versions
        ]
        return ", ".join(states) or "there is no version"


def tensor_info(name, dtype, sizes):
    """A `TensorInfo` of what a server says.

    Args:
        name: its name in requests and answers.
        dtype: name of a `DataType`, such as `"DT_FLOAT"`.
        sizes: list of int, negative ones varying; None for any shape.
    """
    shape = None
    if sizes is not None:
        shape = tuple(None if size < 0 else size for size in sizes)
    return TensorInfo(name, _DTYPES.get(dtype, dtype), shape)


def read_metadata(body, model):
    """Reads the JSON of `GET .../metadata`, of gRPC's messages too.

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
        sizes = None
        if not shape.get("unknown_rank"):
            sizes = [int(one.get("size", 0)) for one in shape.get("dim") or []]
        infos[name] = tensor_info(name, info["dtype"], sizes)
    return infos


def read_status(body, model):
    """Reads the JSON of `GET /v1/models/NAME`, of gRPC's messages too.

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
