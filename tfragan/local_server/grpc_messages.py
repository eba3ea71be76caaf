"""Requests and answers of the gRPC protocol and what they mean."""

import math

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from .errors import invalid
from .limits import check_specs
from .loaded_version import arrays_of
from .request_json import shorten
from .rest_request import check_names
from .signatures import DEFAULT_SIGNATURE

_MOST_BYTES_A_STRING = 16


def place_of(spec):
    """Where a `ModelSpec` points: name, version or None, label or None."""
    choice = spec.WhichOneof("version_choice")
    version = spec.version.value if choice == "version" else None
    label = spec.version_label if choice == "version_label" else None
    return spec.name, version, label


def read_request(request, version, most_bytes):
    """The signature and the inputs of a `PredictRequest`.

    Args:
        request: the message.
        version: the `LoadedVersion` it is for.
        most_bytes: how large its tensors may become in memory.

    Returns:
        Tuple of a `Signature` and a dict of name to array.

    Raises:
        RequestError: anything in it is not as it should be.
    """
    name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    signature = version.signature(name)
    check_names(request.inputs, signature, "inputs")
    for name in request.output_filter:
        if name not in signature.outputs:
            raise invalid(
                f"output_filter: there is no output {shorten(name)}; the "
                f"signature gives {', '.join(signature.outputs)}."
            )
    for name, spec in signature.inputs.items():
        _check_tensor(request.inputs[name], spec, name, most_bytes)
    try:
        arrays = arrays_of(request.inputs, signature)
    except Exception as error:
        # The many ways in which a message can contradict itself.
        raise invalid(f"inputs: {shorten(error, 200)}.") from error
    check_specs(arrays, signature)
    return signature, arrays


def write_response(name, number, signature, outputs, output_filter):
    """The `PredictResponse` of outputs.

    Args:
        name: of the model.
        number: the version.
        signature: the `Signature` that was asked.
        outputs: dict of name to array.
        output_filter: names of the outputs wanted; none for all.
    """
    response = predict_pb2.PredictResponse()
    response.model_spec.name = name
    response.model_spec.version.value = number
    response.model_spec.signature_name = signature.name
    for output in output_filter or outputs:
        response.outputs[output].CopyFrom(
            tf.make_tensor_proto(
                outputs[output], signature.outputs[output].dtype
            )
        )
    return response


def _check_tensor(tensor, spec, name, most_bytes):
    """Refuses other types, and shapes that a few bytes can claim."""
    wanted = tf.as_dtype(spec.dtype)
    if tensor.dtype != wanted.as_datatype_enum:
        try:
            received = tf.as_dtype(tensor.dtype).name
        except TypeError:
            received = f"type {tensor.dtype}"
        raise invalid(f"{name}: expected {spec.dtype}, received {received}.")
    sizes = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in sizes):
        raise invalid(f"{name}: expected a shape without free dimensions.")
    each = _MOST_BYTES_A_STRING if wanted == tf.string else wanted.size
    if math.prod(sizes) * each > most_bytes:
        raise invalid(
            f"{name}: expected at most {most_bytes} bytes, received the shape "
            f"{sizes[:8]}."
        )
