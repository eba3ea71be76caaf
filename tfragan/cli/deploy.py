"""Writes the files that deploy exported models with TensorFlow Serving.

--models is a folder of models, each a folder of versions as `tfragan export`
writes them: serving/birds/1, serving/photos/1 and so on. <output> gets the
configuration of the server, of the newest version of each model; a Dockerfile,
a Compose file with Prometheus and its alerts; and manifests of Kubernetes. It
appears complete or not at all. docs/serving.md leads through all of it.

--label says which versions are loaded, of a model that is named: those that
have a label. Clients that ask for .../models/birds/labels/stable notice
nothing when the label goes on to another version, or back.

Examples:
  tfragan deploy --models=serving --output=deploy
  tfragan deploy --models=serving --output=deploy --overwrite \\
      --label=birds=stable:1 --label=birds=canary:2
  tfragan deploy --models=serving --output=deploy --name=pictures --cpus=8
"""

import re

from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

USAGE = "--models=FOLDER --output=FOLDER [flags]"
FLAGS = {
    "models": Flag("path", "folder of the exported models", "FOLDER"),
    "output": "folder of the files that are written",
    "label": Flag(
        "strings",
        "label of a version, by which requests name it; may be repeated "
        "[default: stable, of the newest]",
        "MODEL=LABEL:VERSION",
        [],
    ),
    "batching": Flag(
        "choice",
        "whether the server computes several requests at once; by itself only "
        "where all models compute whole batches (no --row_by_row) and take no "
        "files, of which a broken one would fail the others",
        default="auto",
        choices=("auto", "on", "off"),
    ),
    "server_version": Flag(
        "string",
        "version of TensorFlow Serving [default: that of the TensorFlow that "
        "wrote the models]",
        "X.Y.Z",
    ),
    "name": Flag(
        "string",
        "name of the image and of the objects of Kubernetes",
        "NAME",
        "tfragan-serving",
    ),
    "cpus": Flag("integer", "cores of one server", "N", 4),
    "memory": Flag("integer", "memory of one server in GiB", "N", 8),
    "overwrite": Flag(
        "boolean", "replace an earlier deployment in <output>", default=False
    ),
}

_LABEL = re.compile(r"([^=]+)=([^:]+):([0-9]+)")


def run(arguments):
    """Writes the files and prints remarks about the models."""
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("models", "output")
    labels = _labels(arguments.label)
    start_tensorflow()
    from tfragan.export import deployment

    remarks = deployment.write_deployment(
        arguments.models,
        arguments.output,
        deployment.Deployment(
            name=arguments.name,
            labels=labels,
            batching=arguments.batching,
            server_version=arguments.server_version or "",
            cpus=arguments.cpus,
            memory=arguments.memory,
        ),
        overwrite=arguments.overwrite,
    )
    for remark in remarks:
        print(remark)
    print(
        f"The deployment is in {arguments.output}: docker compose up there, "
        "or kubectl apply -k kubernetes/base."
    )


def _labels(texts):
    """Dict of model to a dict of label to version."""
    labels = {}
    for text in texts:
        match = _LABEL.fullmatch(text)
        if not match:
            raise UsageError(
                "--label: expected MODEL=LABEL:VERSION, such as "
                f"birds=stable:1, received {text!r}."
            )
        model, label, version = match.groups()
        of_model = labels.setdefault(model, {})
        if label in of_model:
            raise UsageError(
                f"--label: expected each label of {model} once, received "
                f"{label} twice."
            )
        of_model[label] = int(version)
    return labels
