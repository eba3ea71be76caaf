"""Requests to TensorFlow Serving over REST and gRPC.

Both transports have the same methods, which raise `TimeoutError` after the
seconds that they are given, and else `ServingError`.
"""

import base64
import dataclasses
import http.client
import json
import os
import ssl
import time
import urllib.parse

from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.regular_file import read_regular

_CODES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    413: "RESOURCE_EXHAUSTED",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "UNAVAILABLE",
}
_RETRYABLE = (429, 502, 503, 504, "UNAVAILABLE", "RESOURCE_EXHAUSTED")
# What gRPC says of messages that are too long, here or there.
_TOO_LONG = "larger than max"
_CHUNK = 1 << 20
_NO_HTTP = (
    "what answers there does not speak HTTP; a gRPC port is asked by grpc:// "
    "and --protocol=grpc"
)
_NO_GRPC = (
    "what answers there does not speak gRPC; a REST port is asked by http:// "
    "and --protocol=rest"
)
# What gRPC says of peers that speak HTTP/1 or nothing like it.
_NO_HTTP2 = ("Failed parsing HTTP/2", "http1.x server")


class ServingError(RuntimeError):
    """A request that was not answered.

    Attributes:
        code: the name of a gRPC status code, whatever the transport, such as
            `"INVALID_ARGUMENT"` or `"UNAVAILABLE"`.
        reason: what is wrong, as a phrase.
        retryable: whether the same request may succeed later.
        retry_after: seconds that the server asks to wait, or None.
        subject: the server, the model and the signature, as a phrase.
    """

    def __init__(self, code, reason, retryable=False, retry_after=None):
        super().__init__(code, reason, retryable, retry_after)
        self.code = code
        # Of a stranger, who may send what a terminal obeys.
        self.reason = "".join(
            letter if letter.isprintable() else "?" for letter in reason
        ).rstrip(". ")
        self.retryable = retryable
        self.retry_after = retry_after
        self.subject = "the server"

    def __str__(self):
        return f"{self.subject}: {self.reason} ({self.code})."


@dataclasses.dataclass(frozen=True)
class Tls:
    """How a server proves who it is, and the client.

    Attributes:
        ca_file: PEM file of the authorities to trust, None for those of the
            system.
        certificate_file: PEM file of the client's own certificate.
        key_file: PEM file of its private key.
    """

    ca_file: str | os.PathLike | None = None
    certificate_file: str | os.PathLike | None = None
    key_file: str | os.PathLike | None = None

    def __post_init__(self):
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError(
                "certificate_file and key_file: expected both or none, "
                f"received {self.certificate_file} and {self.key_file}."
            )

    def contents(self):
        """What the files hold, as gRPC takes it: authorities, key, own."""
        files = (self.ca_file, self.key_file, self.certificate_file)
        return [file and read_regular(local_path(file)) for file in files]


class RestTransport:
    """The REST interface; arguments as of `Client`."""

    def __init__(
        self, address, model, version, label, tls, headers, max_message_bytes
    ):
        import requests
        import urllib3

        self._errors = requests.exceptions
        self._urllib3 = urllib3
        self._most = max_message_bytes
        # Names a file that is missing, as over gRPC.
        tls.contents()
        self._session = requests.Session()
        # No proxies, and no passwords from ~/.netrc.
        self._session.trust_env = False
        system = ssl.get_default_verify_paths()
        self._session.verify = str(
            tls.ca_file or system.cafile or system.capath or ""
        )
        if tls.certificate_file is not None:
            self._session.cert = (str(tls.certificate_file), str(tls.key_file))
        self._session.headers.update(
            {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        )
        self._session.headers.update(headers)
        self._url = f"{address.rstrip('/')}/v1/models/{_quoted(model)}"
        if version is not None:
            self._url += f"/versions/{version}"
        if label is not None:
            self._url += f"/labels/{_quoted(label)}"
        self.close = self._session.close

    def status(self, seconds):
        """The JSON of the model's status."""
        return self._ask("", seconds)

    def metadata(self, seconds):
        """The JSON of the model's metadata."""
        return self._ask("/metadata", seconds)

    def predict(self, signature, arrays, seconds):
        """Dict of output name to array, for arrays by input name."""
        inputs = {name: array.tolist() for name, array in arrays.items()}
        request = {"signature_name": signature.name, "inputs": inputs}
        content = json.dumps(request, default=_text_or_base64).encode()
        if len(content) > self._most:
            raise self._too_long("request")
        answer = self._ask(":predict", seconds, content)
        if not isinstance(answer, dict) or "outputs" not in answer:
            raise ValueError("expected outputs, received none")
        return signature.answer(answer["outputs"])

    def _ask(self, path, seconds, content=None):
        """The parsed JSON of an answer."""
        end = time.monotonic() + seconds
        try:
            with self._session.request(
                "GET" if content is None else "POST",
                self._url + path,
                data=content,
                timeout=seconds,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._body(response, end)
        except (self._errors.Timeout, self._urllib3.exceptions.TimeoutError):
            raise TimeoutError from None
        except self._urllib3.exceptions.ProtocolError as error:
            reason = f"the answer broke off: {_reason(error)}"
            raise ServingError("DATA_LOSS", reason) from error
        except self._errors.ConnectionError as error:
            cause = _innermost(error)
            if isinstance(cause, http.client.BadStatusLine) and not isinstance(
                cause, http.client.RemoteDisconnected
            ):
                raise ServingError("UNIMPLEMENTED", _NO_HTTP) from error
            raise ServingError(
                "UNAVAILABLE",
                f"no connection: {_reason(error)}",
                retryable=not isinstance(error, self._errors.SSLError),
            ) from error
        if response.status_code != 200:
            raise self._refusal(response, body)
        try:
            return json.loads(body, object_hook=_bytes_of_base64)
        except (RecursionError, TypeError, ValueError) as error:
            reason = f"the answer is no JSON: {error}"
            raise ServingError("INTERNAL", reason) from error

    def _body(self, response, end):
        """The content until a time, also of a server that sends it slowly."""
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK):
            body += chunk
            if len(body) > self._most:
                raise self._too_long("answer")
            if time.monotonic() > end:
                raise TimeoutError
        return body

    def _too_long(self, what):
        reason = f"the {what} has more than {self._most:,} bytes"
        return ServingError("RESOURCE_EXHAUSTED", reason)

    def _refusal(self, response, body):
        """The error that an answer other than a success means."""
        status = response.status_code
        try:
            text = str(parse_json(bytes(body))["error"])
        except (KeyError, TypeError, ValueError):
            text = body.decode("utf-8", "replace")[:500] or response.reason
        wait = response.headers.get("Retry-After")
        try:
            wait = wait and self._urllib3.Retry().parse_retry_after(wait)
        except self._urllib3.exceptions.InvalidHeader:
            wait = None
        others = {4: "INVALID_ARGUMENT", 5: "INTERNAL"}
        return ServingError(
            _CODES.get(status) or others.get(status // 100, "UNKNOWN"),
            f"HTTP {status}: {' '.join(text.split())}",
            retryable=status in _RETRYABLE,
            retry_after=wait,
        )


def _text_or_base64(value):
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


def _bytes_of_base64(value):
    return base64.b64decode(value["b64"]) if list(value) == ["b64"] else value


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _innermost(error):
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return error


def _reason(error):
    """What the innermost of some errors says."""
    error = _innermost(error)
    return getattr(error, "strerror", None) or str(error) or repr(error)


class GrpcTransport:
    """The gRPC interface; arguments and answers as of `RestTransport`."""

    def __init__(
        self, address, model, version, label, tls, headers, max_message_bytes
    ):
        import grpc
        from tensorflow_serving.apis import model_pb2
        from tensorflow_serving.apis import model_service_pb2_grpc
        from tensorflow_serving.apis import prediction_service_pb2_grpc

        self._errors = grpc.RpcError
        self._spec = model_pb2.ModelSpec(name=model, version_label=label)
        if version is not None:
            self._spec.version.value = version
        self._headers = [(key.lower(), value) for key, value in headers.items()]
        options = [
            ("grpc.max_send_message_length", max_message_bytes),
            ("grpc.max_receive_message_length", max_message_bytes),
            # Tries are counted and paused between in one place.
            ("grpc.enable_retries", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2000),
            # As over REST.
            ("grpc.enable_http_proxy", 0),
        ]
        scheme, _, place = address.rstrip("/").partition("://")
        if scheme == "grpcs":
            credentials = grpc.ssl_channel_credentials(*tls.contents())
            channel = grpc.secure_channel(place, credentials, options)
        else:
            channel = grpc.insecure_channel(place, options)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(
            channel
        )
        self._models = model_service_pb2_grpc.ModelServiceStub(channel)
        self.close = channel.close

    def status(self, seconds):
        """The model's status, as REST has it."""
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        return _json(self._call(self._models.GetModelStatus, request, seconds))

    def metadata(self, seconds):
        """The model's metadata, as REST has them."""
        from tensorflow_serving.apis import get_model_metadata_pb2

        request = get_model_metadata_pb2.GetModelMetadataRequest(
            metadata_field=["signature_def"]
        )
        call = self._predictions.GetModelMetadata
        answer = self._call(call, request, seconds)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signatures)
        return {
            "model_spec": _json(answer.model_spec),
            "metadata": {"signature_def": _json(signatures)},
        }

    def predict(self, signature, arrays, seconds):
        """Dict of output name to array."""
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        request.model_spec.signature_name = signature.name
        for name, array in arrays.items():
            dtype = tf.as_dtype(signature.inputs[name].dtype)
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array, dtype))
        answer = self._call(self._predictions.Predict, request, seconds)
        return {
            name: tf.make_ndarray(proto)
            for name, proto in sorted(answer.outputs.items())
        }

    def _call(self, method, request, seconds):
        request.model_spec.MergeFrom(self._spec)
        try:
            return method(request, timeout=seconds, metadata=self._headers)
        except self._errors as error:
            code = error.code().name
            if code == "DEADLINE_EXCEEDED":
                raise TimeoutError from error
            reason = " ".join((error.details() or "no reason").split())
            if any(words in reason for words in _NO_HTTP2):
                raise ServingError("UNIMPLEMENTED", _NO_GRPC) from error
            raise ServingError(
                code,
                reason,
                retryable=code in _RETRYABLE and _TOO_LONG not in reason,
            ) from error


def _json(message):
    """A message as REST has it."""
    from google.protobuf import json_format

    return json_format.MessageToDict(message, preserving_proto_field_name=True)
