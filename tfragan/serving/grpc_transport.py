"""Requests over gRPC, with the stubs of tensorflow-serving-api."""

import numpy as np

from tfragan.serving import model_metadata
from tfragan.serving.serving_error import RETRYABLE_CODES

_SIGNATURES = "signature_def"
# What gRPC says of messages that are too long, here or there.
_TOO_LONG = "larger than max"


class GrpcTransport:
    """Asks the gRPC interface of TensorFlow Serving.

    Args:
        target: a `Target`.
        tls: a `Tls`, of use with grpcs.
        headers: dict of metadata that each request carries.
        max_message_bytes: the longest request and answer.

    Raises:
        ImportError: tensorflow-serving-api is not installed.
        OSError: a file of `tls` cannot be read.
    """

    # Answers name the version that gave them.
    names_versions = True

    def __init__(self, target, tls, headers, max_message_bytes):
        try:
            import grpc
            from tensorflow_serving.apis import model_service_pb2_grpc
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError(
                "gRPC needs tensorflow-serving-api: "
                'pip install "tfragan[serving]"; an http:// address does not.'
            ) from error
        self._errors = grpc.RpcError
        self._target = target
        self._headers = tuple(
            (name.lower(), value) for name, value in headers.items()
        )
        self._most = max_message_bytes
        options = [
            ("grpc.max_send_message_length", self._most),
            ("grpc.max_receive_message_length", self._most),
            # Tries are counted and paused between in one place.
            ("grpc.enable_retries", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2000),
            # As over REST.
            ("grpc.enable_http_proxy", 0),
        ]
        place = target.address.partition("://")[2]
        if target.secure:
            credentials = grpc.ssl_channel_credentials(*tls.contents())
            self._channel = grpc.secure_channel(place, credentials, options)
        else:
            self._channel = grpc.insecure_channel(place, options)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def status(self, deadline):
        """The `ModelStatus`."""
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        answer = self._call(self._models.GetModelStatus, request, deadline)
        return model_metadata.read_status(_json(answer), self._target.model)

    def metadata(self, deadline):
        """The `ModelMetadata`."""
        from tensorflow_serving.apis import get_model_metadata_pb2 as messages

        request = messages.GetModelMetadataRequest(metadata_field=[_SIGNATURES])
        answer = self._call(
            self._predictions.GetModelMetadata, request, deadline
        )
        signatures = messages.SignatureDefMap()
        answer.metadata[_SIGNATURES].Unpack(signatures)
        body = {
            "model_spec": _json(answer.model_spec),
            "metadata": {
                "signature_def": {_SIGNATURES: {}, **_json(signatures)}
            },
        }
        return model_metadata.read_metadata(body, self._target.model)

    def predict(self, signature, arrays, deadline):
        """The outputs, and the version that gave them.

        Args:
            signature: a `Signature`.
            arrays: dict of input name to array.
            deadline: a `Deadline`.
        """
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        request.model_spec.signature_name = signature.name
        for name, array in arrays.items():
            dtype = tf.as_dtype(signature.inputs[name].dtype)
            proto = tf.make_tensor_proto(array, dtype)
            request.inputs[name].CopyFrom(proto)
        answer = self._call(
            self._predictions.Predict, request, deadline, signature.name
        )
        outputs = {
            name: _array(tf.make_ndarray(proto))
            for name, proto in sorted(answer.outputs.items())
        }
        spec = answer.model_spec
        version = spec.version.value if spec.HasField("version") else None
        return outputs, version

    def close(self):
        """Closes the channel."""
        self._channel.close()

    def _call(self, method, request, deadline, signature=None):
        spec = request.model_spec
        spec.name = self._target.model
        if self._target.version is not None:
            spec.version.value = self._target.version
        if self._target.label is not None:
            spec.version_label = self._target.label
        size = request.ByteSize()
        if size > self._most:
            raise self._target.error(
                "RESOURCE_EXHAUSTED",
                f"the request has {size:,} bytes, of {self._most:,} at most",
                signature,
            )
        seconds = deadline.remaining()
        late = f"no answer within {deadline.seconds:g} s"
        if seconds <= 0:
            raise self._target.error("DEADLINE_EXCEEDED", late, signature)
        try:
            return method(request, timeout=seconds, metadata=self._headers)
        except self._errors as error:
            code = error.code().name
            reason = late
            if code != "DEADLINE_EXCEEDED":
                reason = " ".join((error.details() or "no reason").split())
            raise self._target.error(
                code,
                reason,
                signature,
                retryable=code in RETRYABLE_CODES and _TOO_LONG not in reason,
            ) from error
        except ValueError as error:
            # Another thread closed the channel.
            raise self._target.error(
                "FAILED_PRECONDITION", str(error), signature
            ) from error


def _json(message):
    """A message as REST has it."""
    from google.protobuf import json_format

    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _array(array):
    """The array; strings as objects, also where there are none."""
    return (
        array.astype(object) if array.dtype.kind == "S" else np.asarray(array)
    )
