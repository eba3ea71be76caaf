"""Files that deploy exported models with TensorFlow Serving.

The kit of files is the folder `export/` of the repository, `serving_kit` in an
installed package; what stands between two @ is filled in here.
"""

import dataclasses
import json
import math
import os
import pathlib
import re
import textwrap
from typing import Any

import tfragan
from tfragan.atomic_file import atomic_folder
from tfragan.export.metadata import METADATA_FILE
from tfragan.export.serving import ExportError
from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.place import version_numbers
from tfragan.regular_file import read_regular
from tfragan.shown import shown

_PACKAGE = pathlib.Path(tfragan.__file__).parent
_MODELS_CONFIG = "models.config"
_BATCHING = "batching_parameters.txt"
_FILLED_IN = (
    "monitoring.config",
    "probe.sh",
    "Dockerfile",
    "compose.yaml",
    "prometheus.yml",
    "alerts.yml",
    "kubernetes/loader.yaml",
    "kubernetes/base/kustomization.yaml",
    "kubernetes/base/models_claim.yaml",
    "kubernetes/base/configmap.yaml",
    "kubernetes/base/deployment.yaml",
    "kubernetes/base/service.yaml",
    "kubernetes/base/autoscaler.yaml",
    "kubernetes/base/disruption_budget.yaml",
    "kubernetes/gpu/kustomization.yaml",
    "kubernetes/gpu/deployment_patch.yaml",
    "kubernetes/gpu/autoscaler_patch.yaml",
)
FILES = (_MODELS_CONFIG, _BATCHING, *_FILLED_IN)
# What the container and the ConfigMap hold.
_CONFIG_FILES = (_MODELS_CONFIG, _BATCHING, "monitoring.config", "probe.sh")
_WARMUP = pathlib.Path("assets.extra", "tf_serving_warmup_requests")
# What a path of a request, a label of Kubernetes and a shell all take.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
# Names of Kubernetes' objects, with room for what is appended.
_OBJECT_NAME = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?")
_SERVER_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_GIBI = 2**30
_FIELDS: dict[str, Any] = {
    "row_by_row": bool,
    "jit_compile": bool,
    "signatures": dict,
    "needs": dict,
    "tensorflow_version": str,
}


@dataclasses.dataclass(frozen=True)
class Deployment:
    """What a deployment is told beside its models.

    Attributes:
        name: of the image and of Kubernetes' objects.
        labels: dict of a model's name to a dict of label to version. Of a
            model in it the labelled versions are loaded; of another the
            newest, labelled `stable`.
        batching: `"on"`, `"off"`, or `"auto"`: on where every version that is
            loaded computes whole batches and takes no files, which would
            fail each other's requests.
        server_version: of TensorFlow Serving; by default that of the newest
            TensorFlow that wrote one of the versions that are loaded.
        cpus: cores of one server.
        memory: GiB of one server.
    """

    name: str = "tfragan-serving"
    labels: dict = dataclasses.field(default_factory=dict)
    batching: str = "auto"
    server_version: str = ""
    cpus: int = 4
    memory: int = 8

    def check(self):
        """Raises `ExportError` where a value cannot be used."""
        if not _OBJECT_NAME.fullmatch(self.name):
            raise ExportError(
                "name: expected at most 50 small letters, digits and '-', "
                "beginning with a letter and not ending with '-', received "
                f"{self.name!r}."
            )
        if self.batching not in ("auto", "on", "off"):
            raise ExportError(
                f"batching: expected auto, on or off, received "
                f"{self.batching!r}."
            )
        number = self.server_version
        if number and not _SERVER_VERSION.fullmatch(number):
            raise ExportError(
                "server_version: expected a number such as 2.21.0, received "
                f"{number!r}."
            )
        for field in ("cpus", "memory"):
            if getattr(self, field) < 1:
                raise ExportError(
                    f"{field}: expected at least 1, received "
                    f"{getattr(self, field)}."
                )


def write_deployment(models, folder, deployment=None, overwrite=False):
    """Writes the files of a deployment, all of them or none.

    Args:
        models: folder of the models, each a folder of its versions as
            `saved_model` writes them. Names that begin with a dot are passed
            over.
        folder: where to write.
        deployment: a `Deployment`; by default one with its defaults.
        overwrite: whether an earlier deployment there is replaced.

    Returns:
        List of str: what is to be known about these models, a sentence each.
    """
    deployment = deployment or Deployment()
    models = local_path(models)
    labels = _labels(_model_folders(models), deployment.labels)
    loaded = {
        (name, number): read_export(models / name / str(number))
        for name, of_model in labels.items()
        for number in sorted(set(of_model.values()))
    }
    target = local_path(folder)
    if target.resolve().is_relative_to(models.resolve()):
        raise ExportError(
            f"{target}: expected a folder outside of {models}, where it would "
            "be taken for a model."
        )
    _refuse_to_overwrite(target, overwrite)
    deployment.check()
    # Compose takes a path without a dot for the name of a volume.
    source = os.path.join(".", os.path.relpath(models, target))
    storage = math.ceil(4 * _size(models) / _GIBI)
    values = _values(deployment, labels, loaded)
    values["compose_models"] = _quoted(source).replace("$", "$$")
    values["storage"] = max(10, storage)
    _write(_filled_in(labels, loaded, values), target)
    return _remarks(loaded)


def _values(deployment, labels, loaded):
    """What is filled in, by name."""
    batching, reason = _choose_batching(loaded, deployment.batching)
    compiled = any(told["jit_compile"] for told in loaded.values())
    flags = [
        _quoted(flag)
        for flag in _server_flags(deployment.cpus, batching, compiled)
    ]
    return {
        "name": deployment.name,
        "cpus": deployment.cpus,
        "memory": deployment.memory,
        "queue": 4 * deployment.cpus,
        "server_version": deployment.server_version
        or _newest_tensorflow(loaded),
        "quoted_models": ", ".join(map(_quoted, labels)),
        "batching_reason": "\n".join(
            textwrap.wrap(
                reason, 79, initial_indent="# ", subsequent_indent="# "
            )
        ),
        "docker_flags": ", \\\n".join(f"    {flag}" for flag in flags),
        "kubernetes_flags": "\n".join(f"{' ' * 12}- {flag}" for flag in flags),
    }


def _filled_in(labels, loaded, values):
    """Dict of path to text."""

    def filled_in(name):
        text = (kit_folder() / name).read_text(encoding="utf-8")
        return re.sub(r"@([a-z_]+)@", lambda found: str(values[found[1]]), text)

    of_rows = any(told["row_by_row"] for told in loaded.values())
    kind = "rows" if of_rows else "batches"
    files = {
        _MODELS_CONFIG: _models_config(labels),
        _BATCHING: filled_in(f"batching_parameters_of_{kind}.txt"),
    }
    for name in _FILLED_IN:
        # The ConfigMap comes after all that it holds.
        values["config_files"] = "\n".join(
            f"  {file}: |\n{textwrap.indent(files[file], ' ' * 4).rstrip()}"
            for file in _CONFIG_FILES
            if file in files
        )
        files[name] = filled_in(name)
    return files


def kit_folder():
    """The folder of the files that are filled in.

    It is `tfragan/serving_kit` where the package is installed, `export/` where
    it is the repository.
    """
    installed = _PACKAGE / "serving_kit"
    return installed if installed.is_dir() else _PACKAGE.parent / "export"


def _model_folders(folder):
    """Dict of a model's name to the numbers of its versions, rising."""
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
    numbers = version_numbers(folder)
    if (folder / METADATA_FILE).is_file() or len(numbers) == len(places):
        raise ExportError(
            f"{folder}: expected the folder of all models, received that of "
            f"one; name {folder.parent}."
        )
    models = {}
    for place in places:
        _check_name(place.name, str(place))
        models[place.name] = version_numbers(place)
        if not models[place.name]:
            raise ExportError(
                f"{place}: expected versions, folders named 1, 2 and so on, "
                "found none."
            )
    return models


def _check_name(name, what):
    """Refuses names that a server or Kubernetes would not take."""
    if not _NAME.fullmatch(name):
        raise ExportError(
            f"{what}: expected a name of at most 63 letters, digits, '-', '_' "
            "and '.' that begins and ends with a letter or a digit, received "
            f"{name!r}."
        )


def _labels(models, told):
    """Dict of each model's name to a dict of label to version."""
    for name, labels in told.items():
        if name not in models:
            raise ExportError(
                f"label: expected one of the models {', '.join(models)}, "
                f"received {name!r}."
            )
        for label, number in labels.items():
            _check_name(label, f"label of {name}")
            if number not in models[name]:
                numbers = ", ".join(map(str, models[name]))
                raise ExportError(
                    f"label {label} of {name}: expected one of the versions "
                    f"{numbers}, received {number}."
                )
    return {
        name: told.get(name) or {"stable": numbers[-1]}
        for name, numbers in models.items()
    }


def read_export(place):
    """What `export.json` says of a version's folder.

    Beside it `has_warmup` and `takes_files`: whether there are requests to warm
    up with, and whether a signature takes files.
    """
    if not (place / "saved_model.pb").is_file():
        raise ExportError(f"{place}: expected a SavedModel, found none.")
    file = place / METADATA_FILE
    if not file.is_file():
        raise ExportError(
            f"{file}: expected the description that `tfragan export` writes, "
            "found none."
        )
    try:
        told = parse_json(read_regular(file))
    except (ValueError, RecursionError) as error:
        raise ExportError(
            f"{file}: expected JSON, received {error}."
        ) from error
    for field, kind in _FIELDS.items():
        found = told.get(field) if isinstance(told, dict) else None
        if not isinstance(found, kind):
            raise ExportError(
                f"{file}: {field}: expected {kind.__name__}, received "
                f"{shown(found)}."
            )
    for name, signature in told["signatures"].items():
        if not isinstance(signature, dict) or "inputs" not in signature:
            raise ExportError(
                f"{file}: signatures: expected the inputs of {name}, received "
                f"{signature!r:.80}."
            )
    told["has_warmup"] = (place / _WARMUP).is_file()
    told["takes_files"] = any(
        name.endswith("_bytes")
        for signature in told["signatures"].values()
        for name in signature["inputs"]
    )
    return told


def _models_config(labels):
    """The text of what `--model_config_file` reads."""
    lines = [
        "# What --model_config_file reads. Exactly these versions are loaded,",
        "# whatever else is in a folder. A request that names neither version",
        "# nor label is answered by the highest of them.",
        "model_config_list {",
    ]
    for name, of_model in labels.items():
        by_number = sorted(of_model.items(), key=lambda one: one[::-1])
        lines += [
            "  config {",
            f'    name: "{name}"',
            f'    base_path: "/models/{name}"',
            '    model_platform: "tensorflow"',
            "    model_version_policy {",
            "      specific {",
            *(f"        versions: {n}" for n in sorted(set(of_model.values()))),
            "      }",
            "    }",
            *(
                f'    version_labels {{ key: "{label}" value: {number} }}'
                for label, number in by_number
            ),
            "  }",
        ]
    return "\n".join([*lines, "}", ""])


def _choose_batching(loaded, told):
    """Whether requests are batched, and why."""
    if told != "auto":
        batching, reason = told == "on", "that was asked for"
    elif any(version["row_by_row"] for version in loaded.values()):
        batching, reason = False, "rows are computed one by one"
    elif any(version["takes_files"] for version in loaded.values()):
        batching = False
        reason = "a file that is no image would fail others' requests"
    else:
        batching, reason = True, "whole batches are computed"
    state = "on" if batching else "off, and this file is not read"
    return batching, f"Batching is {state}: {reason}."


def _server_flags(cpus, batching, compiled):
    """The arguments of `tensorflow_model_server`."""
    flags = [
        "--port=8500",
        "--rest_api_port=8501",
        f"--model_config_file=/config/{_MODELS_CONFIG}",
        "--model_config_file_poll_wait_seconds=30",
        # No version is loaded when the server first reads the labels.
        "--allow_version_labels_for_unavailable_models=true",
        "--monitoring_config_file=/config/monitoring.config",
        "--enable_model_warmup=true",
        # By default of all cores of the machine, not of the container.
        f"--tensorflow_intra_op_parallelism={cpus}",
        f"--tensorflow_inter_op_parallelism={cpus}",
        f"--rest_api_num_threads={4 * cpus}",
        f"--grpc_max_threads={4 * cpus}",
        "--rest_api_timeout_in_ms=30000",
        # So that clients find servers that were added.
        "--grpc_channel_arguments=grpc.max_connection_age_ms=300000",
    ]
    if compiled:
        # Without it the first request to such a model fails.
        flags.append("--xla_cpu_compilation_enabled=true")
    if batching:
        flags += [
            "--enable_batching=true",
            f"--batching_parameters_file=/config/{_BATCHING}",
        ]
    return flags


def _newest_tensorflow(loaded):
    """The version of the newest TensorFlow that wrote one of the versions."""
    numbers = []
    for (name, at), told in loaded.items():
        number = told["tensorflow_version"]
        if not _SERVER_VERSION.fullmatch(number):
            raise ExportError(
                f"server_version: {name}/{at} was written by TensorFlow "
                f"{number}, of which there is no server; name one."
            )
        numbers.append(tuple(map(int, number.split("."))))
    return ".".join(map(str, max(numbers)))


def _quoted(text):
    """As YAML and the Dockerfile's lists take it."""
    return json.dumps(text, ensure_ascii=False)


def _size(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files)


def _remarks(loaded):
    remarks = []
    for (name, number), told in loaded.items():
        if told["needs"]:
            remarks.append(
                f"{name}/{number} needs the ops of {', '.join(told['needs'])}, "
                "which the server has to link: try it before you rely on it."
            )
        if not told["has_warmup"]:
            remarks.append(
                f"{name}/{number} has no requests to warm up with: its first "
                "caller waits longer."
            )
    return remarks


def _refuse_to_overwrite(target, overwrite):
    if not target.exists():
        return
    if not target.is_dir():
        raise ExportError(f"{target}: expected a folder, received a file.")
    others = sorted(
        path.relative_to(target).as_posix()
        for path in target.rglob("*")
        if not path.is_dir()
        and path.relative_to(target).as_posix() not in FILES
    )
    if others:
        raise ExportError(
            f"{target}: expected nothing but an earlier deployment, found "
            f"{others[0]}, which would be lost."
        )
    if not overwrite and any(target.iterdir()):
        raise ExportError(
            f"{target} exists; --overwrite replaces an earlier deployment."
        )


def _write(files, target):
    """Writes all files beside the folder, then renames."""
    with atomic_folder(target) as beside:
        for name, text in files.items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_text(text, encoding="utf-8")
        probe = beside / "probe.sh"
        # Whoever may read it may run it.
        mode = probe.stat().st_mode
        probe.chmod(mode | (mode & 0o444) >> 2)
