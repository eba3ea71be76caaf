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

    def array(self, value):
        """An array, list or scalar as the array that is meant.

        Returns:
            Array of the dtype; text and bytes as bytes in objects.

        Raises:
            ValueError: the value is of another dtype or shape.
        """
        array = self._converted(value)
        wanted = array.shape if self.shape is None else self.shape
        if not array.size:
            # Of an empty array JSON loses the later sizes.
            later = (size or 0 for size in wanted[array.ndim :])
            array = array.reshape(*array.shape, *later)
        if len(wanted) != array.ndim or any(
            size not in (None, found)
            for size, found in zip(wanted, array.shape, strict=True)
        ):
            raise ValueError(
                f"expected {self}, received shape {list(array.shape)}"
            )
        return array

    def _converted(self, value):
        if self.dtype == "string":
            encode = np.vectorize(self._encoded, otypes=[object])
            return encode(np.array(value, object))
        if self.dtype not in _DTYPES.values():
            raise ValueError(f"{self.name}: {self.dtype} cannot be sent")
        dtype, array = np.dtype(self.dtype), np.asarray(value)
        if not array.size:
            return np.zeros(array.shape, dtype)
        if array.dtype.kind in ("biuf" if dtype.kind == "f" else "biu"):
            converted = array.astype(dtype)
            # What a dtype cannot hold is refused, not wrapped around.
            if dtype.kind == "f" or (converted == array).all():
                return converted
        raise ValueError(f"{self.name}: expected {dtype}, received {value}")

    def _encoded(self, value):
        if isinstance(value, str):
            return value.encode("utf-8", "surrogateescape")
        if isinstance(value, bytes):
            return value
        kind = type(value).__name__
        raise ValueError(f"{self.name}: expected text or bytes, not {kind}")


@dataclasses.dataclass(frozen=True)
class Signature:
    """A name, and dicts of name to `TensorInfo` that it takes and gives."""

    name: str
    inputs: dict
    outputs: dict

    def request(self, given):
        """The inputs of a request.

        Args:
            given: dict of input name to array, list or scalar.

        Returns:
            Dict of name to array, bytes as objects.

        Raises:
            ValueError: a name is unknown or missing, or values do not fit.
        """
        expected = ", ".join(map(str, self.inputs.values())) or "none"
        for name in given:
            if name not in self.inputs:
                raise ValueError(
                    f"expected {expected}; there is no input {name!r}"
                )
        missing = ", ".join(name for name in self.inputs if name not in given)
        if missing:
            raise ValueError(f"expected {expected}; {missing} not received")
        return {
            name: info.array(given[name]) for name, info in self.inputs.items()
        }

    def answer(self, outputs):
        """The arrays of an answer of REST in columns.

        Args:
            outputs: dict by name, or the bare value where there is one output.

        Returns:
            Dict of name to array.

        Raises:
            ValueError: the names or values are not those of the signature.
        """
        expected = set(self.outputs)
        if not isinstance(outputs, dict) or set(outputs) != expected:
            if len(expected) != 1:
                raise ValueError(f"expected {', '.join(sorted(expected))}")
            outputs = dict.fromkeys(expected, outputs)
        return {
            name: info.array(outputs[name])
            for name, info in self.outputs.items()
        }


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

    @classmethod
    def of_json(cls, body, model):
        """Reads the JSON of `GET .../metadata`."""
        version = body["model_spec"].get("version")
        signatures = body["metadata"]["signature_def"]["signature_def"]
        return cls(
            model,
            int(version) if version else None,
            {
                name: Signature(
                    name,
                    _tensors(one.get("inputs")),
                    _tensors(one.get("outputs")),
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

    @classmethod
    def of_json(cls, body, model):
        """Reads the JSON of `GET /v1/models/NAME`."""
        versions = [
            VersionStatus(
                int(one["version"]),
                one.get("state", "UNKNOWN"),
                **(one.get("status") or {}),
            )
            for one in body.get("model_version_status") or []
        ]
        return cls(model, tuple(versions))

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
