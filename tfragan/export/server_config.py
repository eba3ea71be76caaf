"""What one server is told: models, versions, labels, batching, flags."""

import re
import textwrap

from tfragan.export.exported_models import check_name
from tfragan.export.servings import ExportError

MODELS_CONFIG = "models.config"
BATCHING = "batching_parameters.txt"
GRPC_PORT = 8500
REST_PORT = 8501
# In the container.
MODELS_PATH = "/models"
CONFIG_PATH = "/config"
# Of requests that are under way when a server has to go.
DRAIN_SECONDS = 30

SERVER_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def labels_of(models, told):
    """The labels of all models.

    Args:
        models: list of `ExportedModel`.
        told: see `Deployment.labels`.

    Returns:
        Dict of a model's name to a dict of label to version.

    Raises:
        ExportError: there is no such model or version, or a label is one that
            a server would not take.
    """
    known = {model.name: model for model in models}
    for name, labels in told.items():
        if name not in known:
            raise ExportError(
                f"label: expected one of the models {', '.join(known)}, "
                f"received {name!r}."
            )
        for label, number in labels.items():
            check_name(label, f"label of {name}")
            if number not in known[name].versions:
                numbers = ", ".join(map(str, known[name].versions))
                raise ExportError(
                    f"label {label} of {name}: expected one of the versions "
                    f"{numbers}, received {number}."
                )
    return {
        model.name: told.get(model.name) or {"stable": model.newest}
        for model in models
    }


def loaded_versions(models, told):
    """The versions that have a label.

    Args:
        models: list of `ExportedModel`.
        told: see `Deployment.labels`.

    Returns:
        Dict of a name and a number to the `ExportedVersion`.
    """
    known = {model.name: model for model in models}
    return {
        (name, number): known[name].versions[number]
        for name, labels in labels_of(models, told).items()
        for number in sorted(set(labels.values()))
    }


def models_config(labels):
    """The text of what `--model_config_file` reads.

    Args:
        labels: see `labels_of`.
    """
    lines = [
        "# What --model_config_file reads. Exactly these versions are loaded,",
        "# whatever else is in a folder. A request that names neither version",
        "# nor label is answered by the highest of them.",
        "model_config_list {",
    ]
    for name, of_model in labels.items():
        lines += [
            "  config {",
            f'    name: "{name}"',
            f'    base_path: "{MODELS_PATH}/{name}"',
            '    model_platform: "tensorflow"',
            "    model_version_policy {",
            "      specific {",
            *(
                f"        versions: {number}"
                for number in sorted(set(of_model.values()))
            ),
            "      }",
            "    }",
            *(
                f'    version_labels {{ key: "{label}" value: {number} }}'
                for label, number in sorted(
                    of_model.items(), key=lambda item: (item[1], item[0])
                )
            ),
            "  }",
        ]
    return "\n".join([*lines, "}", ""])


def choose_batching(loaded, told):
    """Whether requests are batched, and why.

    Args:
        loaded: see `loaded_versions`.
        told: see `Deployment.batching`.

    Returns:
        A bool and the reason as a comment.
    """
    files = any(version.takes_files for version in loaded.values())
    rows = any(version.row_by_row for version in loaded.values())
    if told != "auto":
        batching, reason = told == "on", "that was asked for"
    elif rows:
        batching, reason = False, "rows are computed one by one"
    elif files:
        batching = False
        reason = "a file that is no image would fail others' requests"
    else:
        batching, reason = True, "whole batches are computed"
    state = "on" if batching else "off, and this file is not read"
    text = f"Batching is {state}: {reason}."
    return batching, "\n".join(
        textwrap.wrap(text, 79, initial_indent="# ", subsequent_indent="# ")
    )


def server_flags(cpus, batching, compiled=False):
    """The arguments of `tensorflow_model_server`.

    Args:
        cpus: cores of the server.
        batching: whether requests are batched.
        compiled: whether a model is compiled by XLA.

    Returns:
        List of str.
    """
    flags = [
        f"--port={GRPC_PORT}",
        f"--rest_api_port={REST_PORT}",
        f"--model_config_file={CONFIG_PATH}/{MODELS_CONFIG}",
        "--model_config_file_poll_wait_seconds=30",
        # No version is loaded when the server first reads the labels.
        "--allow_version_labels_for_unavailable_models=true",
        f"--monitoring_config_file={CONFIG_PATH}/monitoring.config",
        "--enable_model_warmup=true",
        # By default of all cores of the machine, not of the container.
        f"--tensorflow_intra_op_parallelism={cpus}",
        f"--tensorflow_inter_op_parallelism={cpus}",
        f"--rest_api_num_threads={4 * cpus}",
        f"--grpc_max_threads={4 * cpus}",
        f"--rest_api_timeout_in_ms={1000 * DRAIN_SECONDS}",
        # So that clients find servers that were added.
        "--grpc_channel_arguments=grpc.max_connection_age_ms=300000",
    ]
    if compiled:
        # Without it the first request to such a model fails.
        flags.append("--xla_cpu_compilation_enabled=true")
    if batching:
        flags += [
            "--enable_batching=true",
            f"--batching_parameters_file={CONFIG_PATH}/{BATCHING}",
        ]
    return flags


def newest_tensorflow(loaded):
    """The version of the newest TensorFlow that wrote one of the versions.

    Args:
        loaded: see `loaded_versions`.

    Raises:
        ExportError: one was written by no release.
    """

    def number(version):
        return tuple(map(int, version.tensorflow.split(".")))

    for (name, at), version in loaded.items():
        if not SERVER_VERSION.fullmatch(version.tensorflow):
            raise ExportError(
                f"server_version: {name}/{at} was written by TensorFlow "
                f"{version.tensorflow}, of which there is no server; name one."
            )
    return max(loaded.values(), key=number).tensorflow
