"""One version of a model in memory."""

import gc
import importlib
import json
import pathlib

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from .errors import RequestError
from .errors import graph_message
from .errors import invalid
from .request_json import shorten
from .signatures import Signature
from .signatures import TensorSpec

_TAG = "serve"
_HIDDEN = "__"
# What `needs` of export.json may name; anything else is not imported.
_OP_PACKAGES = ("tensorflow_text",)
_WARMUP = pathlib.PurePath("assets.extra", "tf_serving_warmup_requests")
# As many as TensorFlow Serving takes.
_MOST_WARMUP_REQUESTS = 1000


class LoadError(Exception):
    """A version that cannot be served, in one sentence."""


class LoadedVersion:
    """A SavedModel that answers.

    Attributes:
        number: int, the version.
        signatures: dict of name to `Signature`, without the internal ones.
        signature_defs: dict of name to the `SignatureDef` message, all.
        class_name: what `export.json` says the model is, or None.

    Args:
        path: folder of the version.
        number: the version.
    """

    def __init__(self, path, number):
        path = pathlib.Path(path)
        self.number = number
        metadata = _export_json(path)
        self.class_name = metadata.get("class_name")
        self.signature_defs = _signature_defs(path)
        self.signatures = {
            name: _signature(name, one)
            for name, one in sorted(self.signature_defs.items())
            if not name.startswith(_HIDDEN)
        }
        _import_ops(metadata)
        self._loaded = tf.saved_model.load(str(path))

    def signature(self, name):
        """The `Signature` of a name, or a `RequestError`."""
        if name not in self.signatures:
            raise invalid(
                f"signature_name: there is no signature {shorten(name)}; the "
                f"model has {', '.join(self.signatures)}."
            )
        return self.signatures[name]

    def run(self, signature, arrays):
        """Computes a signature.

        Args:
            signature: a `Signature` of this version.
            arrays: dict of the input's name to array.

        Returns:
            Dict of the output's name to array, in the signature's order.

        Raises:
            RequestError: the graph refuses the inputs.
        """
        inputs = {
            name: tf.constant(arrays[name], tf.as_dtype(spec.dtype))
            for name, spec in signature.inputs.items()
        }
        try:
            found = self._loaded.signatures[signature.name](**inputs)
            return {name: _array(found[name]) for name in signature.outputs}
        except tf.errors.InvalidArgumentError as error:
            raise invalid(graph_message(error.message)) from error
        except tf.errors.ResourceExhaustedError as error:
            raise RequestError(
                "RESOURCE_EXHAUSTED", "the model needs more memory than is left"
            ) from error

    def close(self):
        """Gives the memory back."""
        self._loaded = None
        gc.collect()


def load_version(path, number):
    """Loads a version and lets it answer its warm-up requests.

    Args:
        path: folder of the version.
        number: the version.

    Returns:
        A `LoadedVersion`.

    Raises:
        LoadError: it cannot be loaded, or does not answer.
    """
    try:
        version = LoadedVersion(path, number)
    except LoadError:
        raise
    except Exception as error:
        # Whatever a broken file makes TensorFlow raise.
        raise LoadError(graph_message(str(error))) from error
    try:
        _warm_up(version, pathlib.Path(path) / _WARMUP)
    except Exception as error:
        raise LoadError(
            f"warm-up requests: {graph_message(str(error))}"
        ) from error
    return version


def arrays_of(tensors, signature):
    """Inputs that came as messages.

    Args:
        tensors: dict of name to `TensorProto`.
        signature: the `Signature` they are for.

    Returns:
        Dict of name to array.
    """
    return {name: tf.make_ndarray(tensors[name]) for name in signature.inputs}


def _array(tensor):
    array = tensor.numpy()
    # A scalar string comes as bytes.
    if isinstance(array, bytes):
        import numpy as np

        array = np.array(array, object)
    return array


def _warm_up(version, file):
    if not file.is_file():
        return
    from tensorflow_serving.apis import prediction_log_pb2

    records = tf.data.TFRecordDataset(str(file)).take(_MOST_WARMUP_REQUESTS)
    for record in records:
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        if not log.HasField("predict_log"):
            continue
        request = log.predict_log.request
        name = request.model_spec.signature_name or "serving_default"
        signature = version.signature(name)
        version.run(signature, arrays_of(request.inputs, signature))


def _export_json(path):
    try:
        found = json.loads((path / "export.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _import_ops(metadata):
    needs = metadata.get("needs")
    for package in _OP_PACKAGES:
        if isinstance(needs, list) and package in needs:
            try:
                importlib.import_module(package)
            except ImportError as error:
                raise LoadError(f"it needs {package}: {error}") from error


def _signature_defs(path):
    file = path / "saved_model.pb"
    if not file.is_file():
        raise LoadError("the folder holds no saved_model.pb")
    saved = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    for graph in saved.meta_graphs:
        if _TAG in graph.meta_info_def.tags:
            return dict(graph.signature_def)
    raise LoadError("saved_model.pb has no graph with the tag serve")


def _signature(name, definition):
    return Signature(
        name, _specs(definition.inputs), _specs(definition.outputs)
    )


def _specs(infos):
    return {
        name: TensorSpec(
            tf.as_dtype(info.dtype).name,
            None
            if info.tensor_shape.unknown_rank
            else tuple(
                None if dim.size < 0 else dim.size
                for dim in info.tensor_shape.dim
            ),
        )
        for name, info in sorted(infos.items())
    }
