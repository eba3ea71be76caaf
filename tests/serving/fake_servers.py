"""Servers on the loopback that answer for a `FakeModel`."""

import base64
import contextlib
import http.server
import json
import re
import ssl
import threading
from concurrent import futures

import numpy as np

_NUMPY = {
    "DT_HALF": np.float16,
    "DT_FLOAT": np.float32,
    "DT_DOUBLE": np.float64,
    "DT_UINT8": np.uint8,
    "DT_INT32": np.int32,
    "DT_INT64": np.int64,
    "DT_BOOL": np.bool_,
}
_PATH = re.compile(
    r"/v1/models/(\w+)((?:/versions/\d+|/labels/\w+)?)(/metadata|:predict)?$"
)
# As long as no test waits for.
_STALL = 10.0


@contextlib.contextmanager
def serving(model, transport, certificate=None, **options):
    """Runs a server; gives its address.

    Args:
        model: a `FakeModel`.
        transport: `"rest"` or `"grpc"`.
        certificate: pair of PEM files, certificate and key, or None.
        **options: of the gRPC server.
    """
    start = _rest if transport == "rest" else _grpc
    with start(model, certificate, **options) as port:
        scheme = {"rest": "http", "grpc": "grpc"}[transport]
        scheme += "s" if certificate else ""
        try:
            yield f"{scheme}://127.0.0.1:{port}"
        finally:
            model.stop.set()


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
        self.model.connections = getattr(self.model, "connections", 0) + 1

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        model, match = self.model, _PATH.match(self.path)
        model.headers.append(dict(self.headers))
        if not match or match[1] != model.name:
            return self._send(404, {"error": f"no model at {self.path}"})
        if match[3] != "/metadata":
            if self._failed(model.next_failure()):
                return None
            return self._send(200, _status(model))
        model.metadata_reads += 1
        if self._failed(
            model.metadata_failures.pop(0) if model.metadata_failures else None
        ):
            return None
        return self._send(200, _metadata(model))

    def do_POST(self):
        model, match = self.model, _PATH.match(self.path)
        model.headers.append(dict(self.headers))
        model.path = self.path
        body = self.rfile.read(int(self.headers["Content-Length"]))
        model.body = body
        if not match or match[1] != model.name:
            return self._send(404, {"error": f"no model at {self.path}"})
        if self._failed(model.next_failure()):
            return None
        request = json.loads(body)
        name = request["signature_name"]
        inputs = {
            key: _from_json(value, model.signatures[name][0][key][0])
            for key, value in request["inputs"].items()
        }
        outputs = {
            key: _to_json(key, value)
            for key, value in model.answer(name, inputs).items()
        }
        if len(outputs) == 1:
            (outputs,) = outputs.values()
        return self._send(200, {"outputs": outputs})

    def _failed(self, failure):
        if failure is None:
            return False
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
        elif failure.act in ("chunks", "broken chunks"):
            self._chunks(whole=failure.act == "chunks")
        elif failure.act == "last":
            self._send(200, {"outputs": []}, {"Connection": "close"})
        elif failure.act in ("cut", "drip"):
            self._part(slowly=failure.act == "drip")
        return True

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

    def _chunks(self, whole):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in (b'{"outputs": [{"b64":', b' "YWJj"}]}'):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        if whole:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = not whole

    def _send(self, status, content, headers=None):
        self._send_bytes(status, json.dumps(content).encode(), headers or {})

    def _send_bytes(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _status(model):
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
            for version, state, message in model.states
        ]
    }


def _metadata(model):
    def tensors(infos):
        return {
            name: {
                "dtype": dtype,
                "tensor_shape": {
                    "dim": [{"size": str(size), "name": ""} for size in sizes],
                    "unknown_rank": False,
                },
                "name": f"{name}:0",
            }
            for name, (dtype, sizes) in infos.items()
        }

    signatures = {
        name: {
            "inputs": tensors(inputs),
            "outputs": tensors(outputs),
            "method_name": "tensorflow/serving/predict",
        }
        for name, (inputs, outputs) in model.signatures.items()
    }
    signatures["__saved_model_init_op"] = {"inputs": {}, "outputs": {}}
    return {
        "model_spec": {"name": model.name, "version": str(model.version)},
        "metadata": {"signature_def": {"signature_def": signatures}},
    }


def _from_json(value, dtype):
    if dtype != "DT_STRING":
        return np.array(value, _NUMPY[dtype])
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
    from tensorflow_serving.apis import model_service_pb2_grpc
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    from tests.serving.fake_services import Models
    from tests.serving.fake_services import Predictions

    server = grpc.server(
        futures.ThreadPoolExecutor(4),
        options=[("grpc.so_reuseport", 0), *options.items()],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        Predictions(model), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        Models(model), server
    )
    if certificate:
        with open(certificate[0], "rb") as file:
            chain = file.read()
        with open(certificate[1], "rb") as file:
            key = file.read()
        port = server.add_secure_port(
            "127.0.0.1:0",
            grpc.ssl_server_credentials(
                [(key, chain)],
                chain if model.knows_clients else None,
                model.knows_clients,
            ),
        )
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        model.stop.set()
        server.stop(0).wait(5)
