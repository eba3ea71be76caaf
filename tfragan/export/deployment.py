"""Files that deploy exported models with TensorFlow Serving."""

import dataclasses
import json
import math
import os
import pathlib
import re
import shutil
import string
import tempfile
import textwrap

from tfragan.atomic_file import replace_folder
from tfragan.export import server_config
from tfragan.export.exported_models import read_exported_models
from tfragan.export.servings import ExportError

_KIT = pathlib.Path(__file__).parent / "kit"
_TEMPLATES = (
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
FILES = (server_config.MODELS_CONFIG, server_config.BATCHING, *_TEMPLATES)
# In the container.
_CONFIG_FILES = (
    server_config.MODELS_CONFIG,
    server_config.BATCHING,
    "monitoring.config",
    "probe.sh",
)
_FIXED = {
    "grpc_port": server_config.GRPC_PORT,
    "rest_port": server_config.REST_PORT,
    "models_path": server_config.MODELS_PATH,
    "config_path": server_config.CONFIG_PATH,
    "user": 10001,
    "drain_seconds": server_config.DRAIN_SECONDS,
    "grace_seconds": server_config.DRAIN_SECONDS + 15,
}
# Names of Kubernetes' objects, with room for what is appended.
_OBJECT_NAME = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?")
_GIBI = 2**30


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


def write_deployment(models, folder, deployment=None, overwrite=False):
    """Writes the files of a deployment, all of them or none.

    Args:
        models: folder of the models, see `read_exported_models`.
        folder: where to write.
        deployment: a `Deployment`; by default one with its defaults.
        overwrite: whether an earlier deployment there is replaced.

    Returns:
        List of str: what is to be known about these models, a sentence each.

    Raises:
        ExportError: the models cannot be deployed as told, or the folder is
            there and may not be replaced.
        FileNotFoundError: there is no folder of models.
    """
    deployment = deployment or Deployment()
    found = read_exported_models(models)
    target = pathlib.Path(folder)
    if target.resolve().is_relative_to(pathlib.Path(models).resolve()):
        raise ExportError(
            f"{target}: expected a folder outside of {models}, where it would "
            "be taken for a model."
        )
    _refuse_to_overwrite(target, overwrite)
    # Compose takes a path without a dot for the name of a volume.
    source = os.path.join(".", os.path.relpath(models, target))
    files = deployment_files(found, deployment, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = pathlib.Path(
        tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent)
    )
    try:
        for name, text in files.items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_text(text, encoding="utf-8")
        (beside / "probe.sh").chmod(0o755)
        beside.chmod(0o755)
        replace_folder(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return _remarks(server_config.loaded_versions(found, deployment.labels))


def deployment_files(models, deployment, source):
    """The files of a deployment.

    Args:
        models: list of `ExportedModel`.
        deployment: a `Deployment`.
        source: path of the models' folder, as seen from that of the files.

    Returns:
        Dict of path to text.

    Raises:
        ExportError: a value of the deployment cannot be used.
    """
    _check(deployment)
    labels = server_config.labels_of(models, deployment.labels)
    loaded = server_config.loaded_versions(models, deployment.labels)
    batching, reason = server_config.choose_batching(
        loaded, deployment.batching
    )
    values = {
        **_FIXED,
        "name": deployment.name,
        "cpus": deployment.cpus,
        "memory": deployment.memory,
        "queue": 4 * deployment.cpus,
        "storage": _storage(models),
        "server_version": deployment.server_version
        or server_config.newest_tensorflow(loaded),
        "compose_models": _quoted(source).replace("$", "$$"),
        "quoted_models": ", ".join(f'"{model.name}"' for model in models),
        "batching_reason": reason,
    }
    compiled = any(version.compiled for version in loaded.values())
    flags = server_config.server_flags(deployment.cpus, batching, compiled)
    values["docker_flags"] = _lines(map(_quoted, flags), 4, ", \\")
    values["kubernetes_flags"] = _lines(
        (f"- {_quoted(flag)}" for flag in flags), 12
    )
    of_rows = any(version.row_by_row for version in loaded.values())
    kind = "rows" if of_rows else "batches"
    files = {
        server_config.MODELS_CONFIG: server_config.models_config(labels),
        server_config.BATCHING: _filled(
            f"batching_parameters_of_{kind}.txt", values
        ),
    }
    for name in _TEMPLATES:
        # The ConfigMap comes after all that it holds.
        values["config_files"] = _config_files(files)
        files[name] = _filled(name, values)
    return files


def _filled(name, values):
    template = string.Template((_KIT / name).read_text(encoding="utf-8"))
    return template.substitute(values)


def _check(deployment):
    if not _OBJECT_NAME.fullmatch(deployment.name):
        raise ExportError(
            "name: expected at most 50 small letters, digits and '-', "
            "beginning with a letter and not ending with '-', received "
            f"{deployment.name!r}."
        )
    if deployment.batching not in ("auto", "on", "off"):
        raise ExportError(
            f"batching: expected auto, on or off, received "
            f"{deployment.batching!r}."
        )
    number = deployment.server_version
    if number and not server_config.SERVER_VERSION.fullmatch(number):
        raise ExportError(
            "server_version: expected a number such as 2.21.0, received "
            f"{number!r}."
        )
    for field in ("cpus", "memory"):
        if getattr(deployment, field) < 1:
            raise ExportError(
                f"{field}: expected at least 1, received "
                f"{getattr(deployment, field)}."
            )


def _quoted(text):
    """As YAML and the Dockerfile's lists take it."""
    return json.dumps(text, ensure_ascii=False)


def _lines(items, indent, between=""):
    return f"{between}\n".join(" " * indent + item for item in items)


def _config_files(files):
    """The files as entries of a YAML block, those that are known yet."""
    return "\n".join(
        f"  {name}: |\n{textwrap.indent(files[name], ' ' * 4).rstrip()}"
        for name in _CONFIG_FILES
        if name in files
    )


def _storage(models):
    """GiB for the models and three times as much to come."""
    size = sum(
        version.size for model in models for version in model.versions.values()
    )
    return max(10, math.ceil(4 * size / _GIBI))


def _remarks(loaded):
    remarks = []
    for (name, number), version in loaded.items():
        if version.needs:
            remarks.append(
                f"{name}/{number} needs the ops of {', '.join(version.needs)}, "
                "which the server has to link: try it before you rely on it."
            )
        if not version.has_warmup:
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
