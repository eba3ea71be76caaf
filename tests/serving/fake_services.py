"""The gRPC services of a `FakeModel`."""

import grpc
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

_STALL = 10.0


class Predictions(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict and GetModelMetadata."""

    def __init__(self, model):
        self._model = model

    def Predict(self, request, context):
        _check(self._model, request, context)
        _fail(self._model, self._model.next_failure(), context)
        name = request.model_spec.signature_name
        inputs = {
            key: tf.make_ndarray(value) for key, value in request.inputs.items()
        }
        answer = predict_pb2.PredictResponse()
        _describe(self._model, answer.model_spec)
        outputs = self._model.signatures[name][1]
        for key, value in self._model.answer(name, inputs).items():
            dtype = types_pb2.DataType.Value(outputs[key][0])
            proto = tf.make_tensor_proto(value, dtype)
            answer.outputs[key].CopyFrom(proto)
        return answer

    def GetModelMetadata(self, request, context):
        model = self._model
        _check(model, request, context)
        model.metadata_reads += 1
        failures = model.metadata_failures
        _fail(model, failures.pop(0) if failures else None, context)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        signatures.signature_def["__saved_model_init_op"].SetInParent()
        for name, (inputs, outputs) in model.signatures.items():
            one = signatures.signature_def[name]
            for infos, target in (
                (inputs, one.inputs),
                (outputs, one.outputs),
            ):
                for key, (dtype, sizes) in infos.items():
                    target[key].dtype = types_pb2.DataType.Value(dtype)
                    for size in sizes:
                        target[key].tensor_shape.dim.add(size=size)
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        _describe(model, answer.model_spec)
        answer.metadata["signature_def"].Pack(signatures)
        return answer


class Models(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus."""

    def __init__(self, model):
        self._model = model

    def GetModelStatus(self, request, context):
        _check(self._model, request, context)
        _fail(self._model, self._model.next_failure(), context)
        answer = get_model_status_pb2.GetModelStatusResponse()
        for version, state, message in self._model.states:
            one = answer.model_version_status.add(version=version, state=state)
            one.status.error_code = 13 if message else 0
            one.status.error_message = message
        return answer


def _describe(model, spec):
    spec.name = model.name
    spec.version.value = model.version


def _check(model, request, context):
    model.headers.append(dict(context.invocation_metadata()))
    model.spec = request.model_spec
    if request.model_spec.name != model.name:
        context.abort(grpc.StatusCode.NOT_FOUND, "no such model")


def _fail(model, failure, context):
    if failure is None:
        return
    if failure.act == "stall":
        model.stop.wait(_STALL)
    context.abort(grpc.StatusCode[failure.grpc], failure.message)
