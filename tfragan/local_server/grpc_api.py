"""The gRPC protocol of TensorFlow Serving."""

import asyncio
import functools

import grpc
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from .errors import RequestError
from .errors import invalid
from .grpc_messages import place_of
from .grpc_messages import read_request
from .grpc_messages import write_response
from .model_reports import signature_message
from .model_reports import status_message
from .request_json import shorten
from .request_log import RequestLine
from .serving_core import note_defect
from .signatures import row_count

_SIGNATURES = "signature_def"


def _logged(method):
    """A method whose errors become status codes, and lines of the log."""

    @functools.wraps(method)
    async def answer(self, request, context):
        if request is None:
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                "expected a message of this method, received other bytes.",
            )
        line = RequestLine(
            context.peer(),
            f"{method.__name__} {request.model_spec.name}",
        )
        code = "CANCELLED"
        try:
            found = await method(self, request, context, line)
            code = "OK"
            return found
        except RequestError as error:
            code = error.code
            message = error.message
        except Exception:
            note_defect()
            code = "INTERNAL"
            message = "the server failed; its log has it."
        finally:
            if not self.core.options.quiet:
                line.write(code)
        await context.abort(grpc.StatusCode[code], message)

    return answer


def _not_offered(name):
    async def answer(self, request, context):
        await context.abort(
            grpc.StatusCode.UNIMPLEMENTED, f"{name} is not offered."
        )

    return answer


class PredictionApi(prediction_service_pb2_grpc.PredictionServiceServicer):
    """`Predict` and `GetModelMetadata`.

    Args:
        core: a `Core`.
    """

    def __init__(self, core):
        self.core = core

    @_logged
    async def Predict(self, request, context, line):  # noqa: N802
        """The outputs of a signature."""
        core = self.core
        name, version, label = place_of(request.model_spec)
        with core.admit(name, version, label) as loaded:
            deadline = _deadline(context, core.options.deadline)
            signature, arrays = await core.code(
                read_request, request, loaded, core.options.max_body
            )
            line.rows = row_count(arrays)
            outputs = await core.compute(
                name, loaded, signature, arrays, deadline
            )
            return await core.code(
                write_response,
                name,
                loaded.number,
                signature,
                outputs,
                list(request.output_filter),
            )

    @_logged
    async def GetModelMetadata(self, request, context, line):  # noqa: N802
        """The signatures of a version."""
        fields = list(request.metadata_field)
        if fields != [_SIGNATURES]:
            raise invalid(
                f"metadata_field: expected {_SIGNATURES}, received "
                f"{shorten(', '.join(fields))}."
            )
        name, version, label = place_of(request.model_spec)
        loaded = self.core.model(name).find(version, label).loaded
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name = name
        response.model_spec.version.value = loaded.number
        response.metadata[_SIGNATURES].Pack(signature_message(loaded))
        return response

    Classify = _not_offered("Classify")
    Regress = _not_offered("Regress")
    MultiInference = _not_offered("MultiInference")


class ModelApi(model_service_pb2_grpc.ModelServiceServicer):
    """`GetModelStatus`.

    Args:
        core: a `Core`.
    """

    def __init__(self, core):
        self.core = core

    @_logged
    async def GetModelStatus(self, request, context, line):  # noqa: N802
        """The states of a model's versions."""
        return status_message(self.core, *place_of(request.model_spec))

    HandleReloadConfigRequest = _not_offered("HandleReloadConfigRequest")


class _Reading(grpc.aio.ServerInterceptor):
    """Gives methods None for bytes that are no message of theirs."""

    async def intercept_service(self, continuation, handler_call_details):
        handler = await continuation(handler_call_details)
        if handler is None:
            return None

        def read(data):
            try:
                return handler.request_deserializer(data)
            except DecodeError:
                return None

        return grpc.unary_unary_rpc_method_handler(
            handler.unary_unary, read, handler.response_serializer
        )


def grpc_server(core):
    """A server of both services, without a port yet.

    Args:
        core: a `Core`.
    """
    server = grpc.aio.server(
        interceptors=[_Reading()],
        options=[
            ("grpc.max_receive_message_length", core.options.max_body),
            ("grpc.max_send_message_length", -1),
            # Otherwise a second server would share the port unnoticed.
            ("grpc.so_reuseport", 0),
        ],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        PredictionApi(core), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelApi(core), server
    )
    return server


def _deadline(context, seconds):
    """The client's deadline or the server's, whichever is first."""
    left = context.time_remaining()
    if left is not None:
        seconds = min(seconds, left)
    return asyncio.get_running_loop().time() + seconds
