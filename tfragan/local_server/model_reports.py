"""What the server tells about its models."""

from google.protobuf import json_format
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2

from .errors import not_found
from .served_model import AVAILABLE

# Codes of `tensorflow.error.Code`.
_OK = 0
_UNKNOWN = 2


def status_message(core, name, version=None, label=None):
    """The `GetModelStatusResponse` of a model."""
    response = get_model_status_pb2.GetModelStatusResponse()
    for state in core.model(name).states(version, label):
        shown = response.model_version_status.add()
        shown.version = state.number
        shown.state = shown.State.Value(core.shown_state(state))
        shown.status.error_code = _UNKNOWN if state.error else _OK
        shown.status.error_message = state.error
    if not response.model_version_status:
        raise not_found(f"{name}: there are no versions.")
    return response


def signature_message(version):
    """The `SignatureDefMap` of a `LoadedVersion`."""
    message = get_model_metadata_pb2.SignatureDefMap()
    for name, definition in version.signature_defs.items():
        message.signature_def[name].CopyFrom(definition)
    return message


def status_json(core, name, version=None, label=None):
    """The status of a model as the REST protocol has it."""
    return _json(status_message(core, name, version, label))


def metadata_json(name, version):
    """The signatures of a version as the REST protocol has them.

    Args:
        name: of the model.
        version: a `LoadedVersion`.
    """
    return {
        "model_spec": {
            "name": name,
            "signature_name": "",
            "version": str(version.number),
        },
        "metadata": {"signature_def": _json(signature_message(version))},
    }


def model_list(core):
    """All models, for a page that builds its forms from them.

    Returns:
        List of dicts of `name`, `labels` (label to version) and `versions`,
        the latest first: dicts of `version`, `state`, `labels`, `class_name`
        (of `export.json`, or None) and `signatures` (name to `inputs` and
        `outputs`, each name to `dtype` and `shape`; None where the version is
        not served).
    """
    return [
        {
            "name": name,
            "labels": model.labels,
            "versions": [_version(core, model, one) for one in model.states()],
        }
        for name, model in core.models.items()
    ]


def _version(core, model, state):
    served = state.loaded if state.state == AVAILABLE else None
    signatures = None
    if served is not None:
        signatures = {k: v.describe() for k, v in served.signatures.items()}
    return {
        "version": state.number,
        "state": core.shown_state(state),
        "error": state.error,
        "labels": [k for k, v in model.labels.items() if v == state.number],
        "class_name": served.class_name if served is not None else None,
        "signatures": signatures,
    }


def _json(message):
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
