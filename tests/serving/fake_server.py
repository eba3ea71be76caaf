"""A small server of TensorFlow Serving's protocols, with a model of no weights.

REST is a handler of `http.server`; gRPC's messages are made of the same JSON.
"""

import base64
import contextlib
import dataclasses
import http.server
import io
import json
import pathlib
import re
import ssl
import threading
from concurrent import futures

import numpy as np
from PIL import Image

STRING = "DT_STRING"
FLOAT = "DT_FLOAT"
INT = "DT_INT32"
_FILE = {"image_bytes": (STRING, [-1])}
_SEED = {"seed": (INT, [-1])}
_CAPTION = {"caption": (STRING, [-1])}
_MAP = {"attention_map_2": (FLOAT, [-1, 2, 2, 3])}
_WORDS = {"words": (STRING, [-1, 3])}
_TENSORS = {
    "half": ("DT_HALF", [-1]),
    "single": (FLOAT, [-1, 2]),
    "double": ("DT_DOUBLE", [-1]),
    "byte": ("DT_UINT8", [-1]),
    "long": ("DT_INT64", [-1]),
    "flag": ("DT_BOOL", [-1]),
    "text": (STRING, [-1]),
    "raw_bytes": (STRING, [-1]),
}
_HEAT = {"heat_map": (FLOAT, [-1, 2, 2]), "heat_map_bytes": (STRING, [-1])}

# Name to a pair of inputs and outputs, as exported models have them.
CAPTIONS = {
    "serving_default": ({**_CAPTION, **_SEED}, _FILE),
    "with_attention": (
        {**_CAPTION, **_SEED},
        {**_FILE, **_WORDS, **_MAP},
    ),
    "with_masks": (
        {**_CAPTION, **_SEED},
        {**_FILE, "mask_2": (FLOAT, [-1, 2, 2, 1])},
    ),
    "images": (
        {**_CAPTION, **_SEED},
        {"image": ("DT_UINT8", [-1, 4, 4, 3])},
    ),
}
TRANSLATION = {
    "serving_default": (_FILE, _FILE),
    "input_size": (_FILE, _FILE),
    "ba": (_FILE, _FILE),
    "ba_input_size": (_FILE, _FILE),
    "with_attention": (_FILE, {**_FILE, **_HEAT}),
}
EDIT = {
    "serving_default": ({**_FILE, **_CAPTION}, _FILE),
    "edit": ({**_FILE, **_CAPTION}, _FILE),
}
COLORS = {
    "serving_default": ({**_FILE, **_CAPTION, **_SEED}, _FILE),
    "colorize": ({**_FILE, **_CAPTION, **_SEED}, _FILE),
    "colorize_from_reference": (
        {**_FILE, **_CAPTION, "reference_bytes": (STRING, [-1])},
        _FILE,
    ),
}
LABELS = {"edit": ({**_FILE, "label_ids": (INT, [-1, -1])}, _FILE)}
# Every dtype gives itself back.
ECHO = {
    "serving_default": (_TENSORS, _TENSORS),
    "one": ({"text": (STRING, [-1])}, {"text": (STRING, [-1])}),
    "empty": (_SEED, {"map": (FLOAT, [-1, 2, 3])}),
}
_PATH = re.compile(
    r"/v1/models/(\w+)((?:/versions/\d+|/labels/\w+)?)(/metadata|:predict)?$"
)
# Longer than any test waits.
_STALL = 10.0


@dataclasses.dataclass
class Failure:
    """What a server does instead of answering.

    Attributes:
        http: the status; 0 for the `act`.
        grpc: the code.
        message: what it says.
        headers: dict of more headers over HTTP.
        act: `"reset"`, `"stall"`, `"cut"`, `"drip"`, `"last"` or
            `"nonsense"`.
    """

    http: int = 0
    grpc: str = "UNAVAILABLE"
    message: str = "busy"
    headers: dict = dataclasses.field(default_factory=dict)
    act: str = ""


class FakeModel:
    """Signatures, one of the dicts above, and what was asked of them."""

    name = "birds"
    spec = {"name": name, "version": "1"}

    def __init__(self, signatures=CAPTIONS):
        self.signatures = signatures
        self.states = [(1, "AVAILABLE", "")]
        self.failures = []
        self.requests = []
        self.headers = []
        self.metadata_reads = 0
        self.connections = 0
        # Whether clients have to show the server's own certificate.
        self.knows_clients = False
        self.stop = threading.Event()

    def next_failure(self):
        """The next `Failure`, or None."""
        return self.failures.pop(0) if self.failures else None

    def answer(self, signature, inputs):
        """Outputs by name, arrays; bytes as objects."""
        self.requests.append((signature, inputs))
        rows = len(next(iter(inputs.values())))
        answer = {}
        for name, (dtype, sizes) in self.signatures[signature][1].items():
            if name in inputs and name != "image_bytes":
                answer[name] = inputs[name]
            elif name.endswith("_bytes"):
                files = [_file(inputs, row) for row in range(rows)]
                answer[name] = np.array(files, object)
            elif dtype == STRING:
                words = [[b"a", "ré".encode(), b""]] * rows
                answer[name] = np.array(words, object).reshape(rows, 3)
            else:
                kind = np.uint8 if dtype == "DT_UINT8" else np.float32
                shape = (rows, *sizes[1:])
                answer[name] = np.arange(np.prod(shape), dtype=kind).reshape(
                    shape
                )
        return answer

    def status(self):
        """The JSON of the model's status."""
        return {
            "model_version_status": [
                {
                    "version": str(version),
                    "state": state,
                    "status": {
                        "error_code": "INTERNAL" if message else "OK",
                        "error_message": message,
                    },
                }
                for version, state, message in self.states
            ]
        }

    def signature_map(self):
        """The JSON of a `SignatureDefMap`."""
        self.metadata_reads += 1
        signatures = {
            name: {"inputs": _tensors(inputs), "outputs": _tensors(outputs)}
            for name, (inputs, outputs) in self.signatures.items()
        }
        signatures["__saved_model_init_op"] = {"inputs": {}, "outputs": {}}
        return {"signature_def": signatures}


def _tensors(infos):
    return {
        name: {
            "dtype": dtype,
            "tensor_shape": {"dim": [{"size": str(size)} for size in sizes]},
        }
        for name, (dtype, sizes) in infos.items()
    }


def _file(inputs, row):
    """A PNG whose color tells the row's seed."""
    seeds = inputs.get("seed")
    level = row if seeds is None else int(seeds[row])
    return png((4, 4), (level, 0, 255))


def png(size, color, **options):
    """A picture of one color as a file; options as `Image.save` has."""
    stream = io.BytesIO()
    form = options.pop("format", "PNG")
    Image.new("RGB", size, color).save(stream, form, **options)
    return stream.getvalue()


class FakeClock:
    """Time that passes while someone sleeps, and at no other time."""

    def __init__(self):
        self.now = 100.0
        self.sleeps = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds


@contextlib.contextmanager
def serving(model, transport, certificate=None, **options):
    """Runs a server of a `FakeModel`, by `"rest"` or `"grpc"`, at an address.

    `certificate` is a pair of PEM files, certificate and key, or None.
    """
    start = {"rest": _rest, "grpc": _grpc}[transport]
    scheme = {"rest": "http", "grpc": "grpc"}[transport]
    scheme += "s" if certificate else ""
    with start(model, certificate, **options) as port:
        yield f"{scheme}://127.0.0.1:{port}"


@contextlib.contextmanager
def _rest(model, certificate):
    handler = type("Handler", (_Handler,), {"model": model})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        if model.knows_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(certificate[0])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(
        target=server.serve_forever, args=(0.02,), daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        model.stop.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.model.connections += 1

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self._answer(None)

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body):
        model, match = self.model, _PATH.match(self.path)
        model.headers.append(dict(self.headers))
        if not match or match[1] != model.name:
            self._send(404, {"error": f"no model at {self.path}"})
        elif match[3] == "/metadata":
            signatures = {"signature_def": model.signature_map()}
            self._send(200, {"model_spec": model.spec, "metadata": signatures})
        elif failure := model.next_failure():
            self._fail(failure)
        elif body is None:
            self._send(200, model.status())
        else:
            self._predict(body)

    def _predict(self, body):
        self.model.path, self.model.body = self.path, body
        request = json.loads(body)
        name = request["signature_name"]
        tensors = self.model.signatures[name][0]
        inputs = {
            key: _from_json(value, tensors[key][0])
            for key, value in request["inputs"].items()
        }
        answer = self.model.answer(name, inputs)
        outputs = {key: _to_json(key, value) for key, value in answer.items()}
        if len(outputs) == 1:
            (outputs,) = outputs.values()
        self._send(200, {"outputs": outputs})

    def _fail(self, failure):
        if failure.http:
            content = {"error": failure.message}
            self._send(failure.http, content, failure.headers)
        elif failure.act == "reset":
            self.close_connection = True
        elif failure.act == "stall":
            self.model.stop.wait(_STALL)
            self.close_connection = True
        elif failure.act == "nonsense":
            self._send_bytes(200, b"<html>", {})
        elif failure.act == "last":
            self._send(200, {"outputs": []}, {"Connection": "close"})
        else:
            self._part(slowly=failure.act == "drip")

    def _part(self, slowly):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"outputs":')
        self.close_connection = True
        for _ in range(200 if slowly else 0):
            with contextlib.suppress(OSError):
                self.wfile.write(b" ")
            if self.model.stop.wait(0.05):
                return

    def _send(self, status, content, headers=None):
        self._send_bytes(status, json.dumps(content).encode(), headers or {})

    def _send_bytes(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _from_json(value, dtype):
    if dtype != STRING:
        names = {"DT_HALF": "float16", FLOAT: "float32", "DT_DOUBLE": "float64"}
        name = names.get(dtype, dtype.removeprefix("DT_").lower())
        return np.array(value, name)
    array = np.empty(len(value), object)
    array[:] = [
        base64.b64decode(one["b64"]) if isinstance(one, dict) else one.encode()
        for one in value
    ]
    return array


def _to_json(name, array):
    if array.dtype != object:
        return array.tolist()
    if array.ndim > 1:
        return [_to_json(name, row) for row in array]
    if not name.endswith("_bytes"):
        return [one.decode() for one in array]
    return [{"b64": base64.b64encode(one).decode()} for one in array]


@contextlib.contextmanager
def _grpc(model, certificate, **options):
    import grpc

    server = grpc.server(
        futures.ThreadPoolExecutor(4),
        options=[("grpc.so_reuseport", 0), *options.items()],
    )
    _add_services(model, server)
    if certificate:
        chain, key = (pathlib.Path(path).read_bytes() for path in certificate)
        credentials = grpc.ssl_server_credentials(
            [(key, chain)],
            chain if model.knows_clients else None,
            model.knows_clients,
        )
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        model.stop.set()
        server.stop(0).wait(5)


def _add_services(model, server):
    import grpc
    import tensorflow as tf
    from google.protobuf.json_format import ParseDict
    from tensorflow_serving.apis import get_model_metadata_pb2
    from tensorflow_serving.apis import get_model_status_pb2
    from tensorflow_serving.apis import model_service_pb2_grpc
    from tensorflow_serving.apis import predict_pb2
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    def check(request, context, may_fail=True):
        model.headers.append(dict(context.invocation_metadata()))
        model.asked_spec = request.model_spec
        if request.model_spec.name != model.name:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such model")
        failure = model.next_failure() if may_fail else None
        if failure is not None:
            if failure.act == "stall":
                model.stop.wait(_STALL)
            context.abort(grpc.StatusCode[failure.grpc], failure.message)

    class Predictions(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):
            check(request, context)
            inputs = {
                key: tf.make_ndarray(value)
                for key, value in request.inputs.items()
            }
            name = request.model_spec.signature_name
            answer = predict_pb2.PredictResponse()
            ParseDict(model.spec, answer.model_spec)
            for key, value in model.answer(name, inputs).items():
                dtype = model.signatures[name][1][key][0]
                proto = tf.make_tensor_proto(
                    value, tf.string if dtype == STRING else value.dtype
                )
                answer.outputs[key].CopyFrom(proto)
            return answer

        def GetModelMetadata(self, request, context):
            check(request, context, may_fail=False)
            signatures = ParseDict(
                model.signature_map(), get_model_metadata_pb2.SignatureDefMap()
            )
            answer = get_model_metadata_pb2.GetModelMetadataResponse()
            ParseDict(model.spec, answer.model_spec)
            answer.metadata["signature_def"].Pack(signatures)
            return answer

    class Models(model_service_pb2_grpc.ModelServiceServicer):
        def GetModelStatus(self, request, context):
            check(request, context)
            return ParseDict(
                model.status(), get_model_status_pb2.GetModelStatusResponse()
            )

    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        Predictions(), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Models(), server)
