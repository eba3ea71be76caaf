"""Asking a running server, in both protocols."""

import contextlib
import http.client
import json

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

_TIMEOUT = 60


class Client:
    """Both protocols of a server.

    Args:
        server: what has `host`, `rest_port` and `grpc_port`.
    """

    def __init__(self, server):
        self.server = server
        self._channel = grpc.insecure_channel(
            f"{server.host}:{server.grpc_port}"
        )
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self.model = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def close(self):
        self._channel.close()

    def send(self, method, path, body=None, headers=()):
        """The status, the headers and the body of an answer."""
        connection = http.client.HTTPConnection(
            self.server.host, self.server.rest_port, timeout=_TIMEOUT
        )
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def get(self, path):
        """The status and the JSON of an answer."""
        status, _, body = self.send("GET", path)
        return status, json.loads(body)

    def post(self, path, content):
        """The same, to JSON, or to bytes that are sent as they are."""
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        status, _, body = self.send("POST", path, content)
        return status, json.loads(body)

    def predict(self, name, inputs, signature="", timeout=_TIMEOUT, **spec):
        """The outputs as arrays, by gRPC; see `predict_request`."""
        request = predict_request(name, inputs, signature, **spec)
        response = self.prediction.Predict(request, timeout=timeout)
        return {
            key: tf.make_ndarray(value)
            for key, value in response.outputs.items()
        }

    def status(self, name, **spec):
        """The `GetModelStatusResponse`."""
        request = get_model_status_pb2.GetModelStatusRequest()
        _fill(request.model_spec, name, **spec)
        return self.model.GetModelStatus(request, timeout=_TIMEOUT)

    def metadata(self, name, field="signature_def", **spec):
        """The `GetModelMetadataResponse`."""
        request = get_model_metadata_pb2.GetModelMetadataRequest()
        _fill(request.model_spec, name, **spec)
        request.metadata_field.append(field)
        return self.prediction.GetModelMetadata(request, timeout=_TIMEOUT)


def predict_request(name, inputs, signature="", **spec):
    """A `PredictRequest`.

    Args:
        name: of the model.
        inputs: dict of name to array.
        signature: its name.
        **spec: `version` or `label`.
    """
    request = predict_pb2.PredictRequest()
    _fill(request.model_spec, name, **spec)
    request.model_spec.signature_name = signature
    for key, value in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    return request


def captions(*texts):
    """Inputs of the toy's default signature."""
    seeds = np.arange(len(texts), dtype=np.int32)
    return {"caption": np.array(texts, object), "seed": seeds}


def _fill(spec, name, version=None, label=None):
    spec.name = name
    if version is not None:
        spec.version.value = version
    if label is not None:
        spec.version_label = label
