"""Requests over gRPC, with the official messages."""

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
    """

    # Answers name the version that gave them.
    names_versions = True

    def __init__(self, target, tls, headers, max_message_bytes):
        self._api = _Api()
        self._target = target
        self._headers = tuple(
            (name.lower(), value) for name, value in headers.items()
        )
        self._most = max_message_bytes
        self._closed = False
        self._channel = self._open(tls)
        self._predictions = self._api.predictions(self._channel)
        self._models = self._api.models(self._channel)

    def status(self, deadline):
        """The `ModelStatus`."""
        request = self._api.StatusRequest()
        self._name_model(request.model_spec)
        answer = self._call(self._models.GetModelStatus, request, deadline)
        states = (
            type(answer)
            .DESCRIPTOR.file.message_types_by_name["ModelVersionStatus"]
            .enum_types_by_name["State"]
        )
        versions = [
            model_metadata.VersionStatus(
                one.version,
                states.values_by_number[one.state].name,
                self._api.code_name(one.status.error_code),
                one.status.error_message,
            )
            for one in answer.model_version_status
        ]
        return model_metadata.ModelStatus(self._target.model, tuple(versions))

    def metadata(self, deadline):
        """The `ModelMetadata`."""
        request = self._api.MetadataRequest(metadata_field=[_SIGNATURES])
        self._name_model(request.model_spec)
        answer = self._call(
            self._predictions.GetModelMetadata, request, deadline
        )
        signatures = self._api.SignatureDefMap()
        answer.metadata[_SIGNATURES].Unpack(signatures)
        return model_metadata.model_metadata(
            self._target.model,
            _version(answer.model_spec),
            [
                model_metadata.Signature(
                    name, self._tensors(one.inputs), self._tensors(one.outputs)
                )
                for name, one in signatures.signature_def.items()
            ],
        )

    def predict(self, signature, arrays, deadline):
        """The outputs, and the version that gave them.

        Args:
            signature: a `Signature`.
            arrays: dict of input name to array.
            deadline: a `Deadline`.
        """
        request = self._api.PredictRequest()
        self._name_model(request.model_spec)
        request.model_spec.signature_name = signature.name
        for name, array in arrays.items():
            dtype = signature.inputs[name].dtype
            proto = self._api.make_tensor_proto(array, dtype)
            request.inputs[name].CopyFrom(proto)
        answer = self._call(
            self._predictions.Predict, request, deadline, signature.name
        )
        outputs = {
            name: _array(self._api.make_ndarray(proto))
            for name, proto in sorted(answer.outputs.items())
        }
        return outputs, _version(answer.model_spec)

    def close(self):
        """Closes the channel."""
        self._closed = True
        self._channel.close()

    def _open(self, tls):
        target = self._target
        host = f"[{target.host}]" if ":" in target.host else target.host
        place = f"{host}:{target.port}"
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
        if not target.secure:
            return self._api.grpc.insecure_channel(place, options)
        credentials = self._api.grpc.ssl_channel_credentials(
            _content(tls.ca_file),
            _content(tls.key_file),
            _content(tls.certificate_file),
        )
        return self._api.grpc.secure_channel(place, credentials, options)

    def _name_model(self, spec):
        spec.name = self._target.model
        if self._target.version is not None:
            spec.version.value = self._target.version
        if self._target.label is not None:
            spec.version_label = self._target.label

    def _call(self, method, request, deadline, signature=None):
        if self._closed:
            raise self._target.error(
                "FAILED_PRECONDITION", "the client is closed", signature
            )
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
        except self._api.grpc.RpcError as error:
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

    def _tensors(self, tensors):
        infos = {}
        for name, info in sorted(tensors.items()):
            shape = info.tensor_shape
            sizes = None
            if not shape.unknown_rank:
                sizes = [one.size for one in shape.dim]
            dtype = self._api.dtype_name(info.dtype)
            infos[name] = model_metadata.tensor_info(name, dtype, sizes)
        return infos


class _Api:
    """What is imported where gRPC is used, and only there."""

    def __init__(self):
        try:
            import grpc
            from tensorflow_serving.apis import get_model_metadata_pb2
            from tensorflow_serving.apis import get_model_status_pb2
            from tensorflow_serving.apis import model_service_pb2_grpc
            from tensorflow_serving.apis import predict_pb2
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError(
                "gRPC needs tensorflow-serving-api: "
                'pip install "tfragan[serving]"; an http:// address does not.'
            ) from error
        import tensorflow as tf
        from tensorflow.core.framework import types_pb2
        from tensorflow.core.protobuf import error_codes_pb2

        self.grpc = grpc
        self.predictions = prediction_service_pb2_grpc.PredictionServiceStub
        self.models = model_service_pb2_grpc.ModelServiceStub
        self.PredictRequest = predict_pb2.PredictRequest
        self.StatusRequest = get_model_status_pb2.GetModelStatusRequest
        self.MetadataRequest = get_model_metadata_pb2.GetModelMetadataRequest
        self.SignatureDefMap = get_model_metadata_pb2.SignatureDefMap
        self.make_ndarray = tf.make_ndarray
        self.dtype_name = types_pb2.DataType.Name
        self._codes = error_codes_pb2.Code
        self._tf = tf

    def make_tensor_proto(self, array, dtype):
        """An array as a message."""
        return self._tf.make_tensor_proto(array, self._tf.as_dtype(dtype))

    def code_name(self, number):
        """The name of a status code."""
        names = self._codes.DESCRIPTOR.values_by_number
        return names[number].name if number in names else str(number)


def _version(spec):
    return spec.version.value if spec.HasField("version") else None


def _array(array):
    """The array; strings as objects, also where there are none."""
    if array.dtype.kind == "S":
        return array.astype(object)
    return np.asarray(array)


def _content(path):
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()
