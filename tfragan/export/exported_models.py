"""Reading what a folder of exported models holds."""

import dataclasses
import json
import pathlib
import re
from typing import Any

from tfragan.export.metadata import METADATA_FILE
from tfragan.export.servings import ExportError

# What a path of a request, a label of Kubernetes and a shell all take.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_VERSION = re.compile(r"[1-9][0-9]{0,17}")
_WARMUP = pathlib.Path("assets.extra", "tf_serving_warmup_requests")


@dataclasses.dataclass(frozen=True)
class ExportedVersion:
    """One version of a model.

    Attributes:
        row_by_row: whether each row of a request is computed by itself.
        compiled: whether XLA compiles that.
        takes_files: whether a signature takes image files.
        needs: names of the packages whose ops it has beside TensorFlow's.
        has_warmup: whether there are requests to warm up with.
        tensorflow: version of TensorFlow that wrote it.
        size: bytes of all files.
    """

    row_by_row: bool
    compiled: bool
    takes_files: bool
    needs: tuple
    has_warmup: bool
    tensorflow: str
    size: int


@dataclasses.dataclass(frozen=True)
class ExportedModel:
    """A model and its versions.

    Attributes:
        name: of the folder, by which requests name it.
        versions: dict of number to `ExportedVersion`, in rising order.
    """

    name: str
    versions: dict

    @property
    def newest(self):
        """The highest number of a version."""
        return max(self.versions)


def check_name(name, what):
    """Refuses names that a server or Kubernetes would not take.

    Args:
        name: str.
        what: what it names, in words.

    Raises:
        ExportError: it is another.
    """
    if not _NAME.fullmatch(name):
        raise ExportError(
            f"{what}: expected a name of at most 63 letters, digits, '-', '_' "
            "and '.' that begins and ends with a letter or a digit, received "
            f"{name!r}."
        )


def read_exported_models(folder):
    """The models in a folder, each in a folder of its versions.

    Args:
        folder: folder of all models, as `saved_model` fills it: each version
            is a folder named by its number. Names that begin with a dot are
            passed over.

    Returns:
        List of `ExportedModel`, by name.

    Raises:
        ExportError: there are none, one has no version or a name that a
            server would not take, or a version is not as `saved_model`
            writes it.
        FileNotFoundError: there is no such folder.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder.")
    places = sorted(
        entry
        for entry in folder.iterdir()
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if not places:
        raise ExportError(
            f"{folder}: expected a folder of versions for each model, found "
            "none."
        )
    if (folder / METADATA_FILE).is_file() or all(
        _VERSION.fullmatch(place.name) for place in places
    ):
        raise ExportError(
            f"{folder}: expected the folder of all models, received that of "
            f"one; name {folder.parent}."
        )
    return [_read_model(place) for place in places]


def _read_model(place):
    check_name(place.name, f"{place}")
    numbers = sorted(
        int(entry.name)
        for entry in place.iterdir()
        if entry.is_dir() and _VERSION.fullmatch(entry.name)
    )
    if not numbers:
        raise ExportError(
            f"{place}: expected versions, folders named 1, 2 and so on, found "
            "none."
        )
    versions = {
        number: _read_version(place / str(number)) for number in numbers
    }
    return ExportedModel(place.name, versions)


def _read_version(place):
    if not (place / "saved_model.pb").is_file():
        raise ExportError(f"{place}: expected a SavedModel, found none.")
    told = _read_metadata(place / METADATA_FILE)
    signatures = told["signatures"].values()
    return ExportedVersion(
        row_by_row=told["row_by_row"],
        compiled=told["jit_compile"],
        takes_files=any(
            name.endswith("_bytes")
            for signature in signatures
            for name in signature["inputs"]
        ),
        needs=tuple(told["needs"]),
        has_warmup=(place / _WARMUP).is_file(),
        tensorflow=told["tensorflow_version"],
        size=sum(
            path.stat().st_size for path in place.rglob("*") if path.is_file()
        ),
    )


_FIELDS: dict[str, Any] = {
    "row_by_row": bool,
    "jit_compile": bool,
    "signatures": dict,
    "needs": dict,
    "tensorflow_version": str,
}


def _read_metadata(file):
    if not file.is_file():
        raise ExportError(
            f"{file}: expected the description that `tfragan export` writes, "
            "found none."
        )
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ExportError(
            f"{file}: expected JSON, received {error}."
        ) from error
    for field, kind in _FIELDS.items():
        found = told.get(field) if isinstance(told, dict) else None
        if not isinstance(found, kind):
            raise ExportError(
                f"{file}: {field}: expected {kind.__name__}, received "
                f"{found!r}."
            )
    for name, signature in told["signatures"].items():
        if not isinstance(signature, dict) or "inputs" not in signature:
            raise ExportError(
                f"{file}: signatures: expected the inputs of {name}, received "
                f"{signature!r}."
            )
    return told
