"""A preview of SavedModels on one machine: TensorFlow Serving's REST, a page.

usage: python -P server.py '<Options as JSON>'

It runs as a process of its own that has TensorFlow and aiohttp but nothing of
this package, so that what works here works wherever TensorFlow alone loads a
model. It is no server for strangers: it answers only requests to its own name
and from its own page, one after the other.
"""

import asyncio
import base64
import concurrent.futures
import contextlib
import dataclasses
import functools
import importlib
import io
import ipaddress
import json
import logging
import mimetypes
import os
import pathlib
import re
import signal
import socket
import sys

import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import tensorflow as tf
from aiohttp import web
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2

_PAGE = pathlib.Path(__file__).resolve().with_name("page")
# The page may do what it needs, but with this server alone.
_PAGE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data: blob:",
    "Cache-Control": "no-cache",
}
_MODELS = "/v1/models"
_MODEL = _MODELS + "/{model:[^/:]+}{version:(/versions/[0-9]+)?}"
_KEYS = ("signature_name", "instances", "inputs")
_FILE_SUFFIX = "_bytes"
# What `needs` of export.json may name; anything else is not imported.
_OP_PACKAGES = ("tensorflow_text",)
# Where a scan of a JPEG and a packed note of a PNG file begin. For each a few
# bytes have a decoder go through the picture, or unpack megabytes, again.
_REPEATED = (b"\xff\xda", b"zTXt", b"iTXt", b"iCCP")
_MOST_PARTS = 32
_NOISE = r"Graph execution error:|Detected at node|<stack traces|\d+ root error"
# Requests that wait for others; more are told to come again.
_MOST_WAITING = 16
_LOG = logging.getLogger("tfragan serve")
# Sizes are compared with a limit of our own. Of a file's notes, which may be
# packed, no more is unpacked than this.
PIL.Image.MAX_IMAGE_PIXELS = None
PIL.PngImagePlugin.MAX_TEXT_MEMORY = 2**20


@dataclasses.dataclass
class Options:
    """The settings of a preview.

    Attributes:
        models: dict of a model's name to the folder of the version to serve.
        host: address to listen on.
        rest_port: port; 0 for any free one.
        max_rows: most rows of one request.
        max_body: most bytes of one request.
        max_text: most bytes of a string, files (`*_bytes`) aside.
        max_pixels: most pixels of all images of one request together, those
            that come in and those whose size is asked for.
        deadline: seconds for reading, parsing and answering a request.
        quiet: whether requests are not logged.
    """

    models: dict
    host: str
    rest_port: int
    max_rows: int
    max_body: int
    max_text: int
    max_pixels: int
    deadline: float
    quiet: bool


class RequestError(Exception):
    """A request that gets no answer.

    It says at what place of the request something was expected and what was
    received, or `place` is the whole sentence; `status` is of HTTP.
    """

    def __init__(self, place, expected=None, received=None, status=400):
        if expected is not None:
            place = f"{place}: expected {expected}, received {received}."
        super().__init__(place)
        self.status = status


class ServerError(Exception):
    """What keeps the server from starting, in one sentence."""


def graph_message(text):
    """The line of a TensorFlow error that says what was wrong.

    The rest names nodes of the graph and lines of the program that made it.
    """
    kept = []
    for line in text.splitlines():
        first = re.match(r"\s+\(\d+\) \w+:\s*", line)
        if first:
            # One of several errors, of which one is enough.
            kept = [line[first.end() :]]
            break
        if not line[:1].isspace() and not re.match(_NOISE, line):
            kept.append(line)
    text = re.sub(r"\{\{.*?\}\}|\[\[.*?\]\]|\[Op:.*?\]", " ", " ".join(kept))
    text = " ".join(text.split())
    return text[:500] or "the model refused its inputs"


def told(value):
    """A value of a request as part of a sentence: printable and short."""
    kinds = {dict: "an object", list: "a list", type(None): "null"}
    return kinds.get(type(value)) or f"{str(value)[:50]!r}"


def parse_request(body, signatures):
    """Reads a body in the row or the columnar format.

    Returns the name of a signature, a dict of its inputs' names to arrays, and
    whether the request was written, and is answered, row by row.
    """
    try:
        content = json.loads(body.decode("utf-8"))
    except RecursionError:
        raise RequestError("body", "JSON", "one nested too deep") from None
    except ValueError as error:
        raise RequestError("body", "JSON", str(error)[:200]) from None
    content = _named(content, _KEYS, "body", optional=_KEYS)
    name = content.get("signature_name") or "serving_default"
    inputs = signatures.get(name) if isinstance(name, str) else None
    if inputs is None:
        expected = f"one of {', '.join(signatures)}"
        raise RequestError("signature_name", expected, told(name))
    by_rows = "instances" in content
    if by_rows == ("inputs" in content):
        received = "both" if by_rows else "neither"
        raise RequestError("body", "either instances or inputs", received)
    if by_rows:
        values = _columns(content["instances"], inputs)
    else:
        values = _inputs(content["inputs"], inputs, "inputs")
    arrays = {
        name: to_array(values[name], spec, name)
        for name, spec in inputs.items()
    }
    return name, arrays, by_rows


def _columns(instances, inputs):
    """Dict of name to the list of all rows' values."""
    if not isinstance(instances, list) or not instances:
        received = "none" if instances == [] else told(instances)
        raise RequestError("instances", "a list of at least one", received)
    rows = [
        _inputs(instance, inputs, f"instances[{place}]")
        for place, instance in enumerate(instances)
    ]
    return {name: [row[name] for row in rows] for name in inputs}


def _inputs(value, inputs, where):
    """Dict of name to value, also of the only input without its name."""
    if len(inputs) == 1 and not (
        isinstance(value, dict) and "b64" not in value
    ):
        return dict.fromkeys(inputs, value)
    return _named(value, inputs, where)


def _named(value, names, where, optional=()):
    """A dict that has these names, and no other."""
    expected = f"an object of {', '.join(names) or 'nothing'}"
    if not isinstance(value, dict):
        raise RequestError(where, expected, told(value))
    for name in value:
        if name not in names:
            raise RequestError(where, expected, f"also {told(name)}")
    for name in names:
        if name not in value and name not in optional:
            raise RequestError(where, expected, f"one without {name}")
    return value


def to_array(value, spec, name):
    """The NumPy array of one input; strings are bytes in an array of objects.

    `value` is what JSON had: a scalar, or lists in lists, which have to be of
    the type, range and shape of `spec`.
    """
    # Of objects: beside a long text numbers would become texts as long.
    array = np.array(value, object)
    if spec.dtype == tf.string:
        for place, one in enumerate(array.flat):
            array.flat[place] = _string(one, name)
    else:
        array = _numbers(array, np.dtype(spec.dtype.as_numpy_dtype), name)
    if not spec.shape.is_compatible_with(array.shape):
        expected, received = (
            str(tf.TensorShape(shape).as_list()).replace("None", "?")
            for shape in (spec.shape, array.shape)
        )
        raise RequestError(name, f"shape {expected}", received)
    return array


def _string(value, name):
    if isinstance(value, str):
        with contextlib.suppress(UnicodeEncodeError):
            return value.encode("utf-8")
    if isinstance(value, dict) and [*value] == ["b64"]:
        with contextlib.suppress(TypeError, ValueError):
            return base64.b64decode(value["b64"], validate=True)
    expected = 'strings, or {"b64": ...} with base64, in lists of one length'
    raise RequestError(name, expected, told(value))


def _numbers(array, dtype, name):
    kinds = {"f": (int, float), "b": (bool,)}.get(dtype.kind, (int,))
    for one in array.flat:
        if type(one) not in kinds:
            expected = f"{dtype} in lists of one length"
            raise RequestError(name, expected, told(one))
    try:
        with np.errstate(over="ignore"):
            found = array.astype(dtype)
        lost = bool(np.any(np.isinf(found) & (found != array)))
    except OverflowError:
        lost = True
    if lost:
        raise RequestError(name, dtype, "a number out of its range")
    return found


def check_limits(arrays, options):
    """Refuses too many rows, bytes or pixels before anything is decoded."""
    pixels = 0
    for name, array in arrays.items():
        if array.ndim and len(array) > options.max_rows:
            expected = f"at most {options.max_rows} rows"
            raise RequestError(name, expected, len(array))
        if name == "size":
            pixels += sum(max(0, int(side)) ** 2 for side in array.flat)
        elif array.dtype != object:
            pixels += array.size // 3
        elif name.endswith(_FILE_SUFFIX):
            pixels += sum(_pixels(value, name) for value in array.flat)
        else:
            longest = max(map(len, array.flat), default=0)
            if longest > options.max_text:
                expected = f"strings of at most {options.max_text} bytes"
                raise RequestError(name, expected, longest)
    if pixels > options.max_pixels:
        expected = f"at most {options.max_pixels:,} pixels in a request"
        raise RequestError("images", expected, f"{pixels:,}")


def _pixels(file, name):
    """Height times width, as the header of a JPEG or PNG file says."""
    parts = sum(file.count(mark) for mark in _REPEATED)
    if parts > _MOST_PARTS:
        expected = f"files of at most {_MOST_PARTS} scans or packed notes"
        raise RequestError(name, expected, parts)
    try:
        with PIL.Image.open(io.BytesIO(file), formats=("JPEG", "PNG")) as image:
            return image.width * image.height
    except (OSError, ValueError, SyntaxError):
        raise RequestError(name, "JPEG or PNG files", "another") from None


def write_answer(outputs, by_rows, rows=None):
    """The body of an answer, as JSON, row by row where the request was.

    Bytes are written as `{"b64": ...}` where the output's name ends in
    `_bytes`, and where they are not UTF-8. As with TensorFlow Serving, floats
    that are no numbers are written `NaN`, `Infinity` and `-Infinity`, which
    JSON proper does not know.
    """
    values = {}
    for name, array in outputs.items():
        if by_rows and (array.ndim == 0 or len(array) != rows):
            received = f"{name}, which has no row for each; use inputs instead"
            raise RequestError("instances", "outputs in rows", received)
        if array.dtype.kind not in "biufO":
            raise RequestError(name, "a type that JSON has", array.dtype)
        values[name] = array.tolist()
        if array.dtype == object:
            binary = name.endswith(_FILE_SUFFIX)
            values[name] = _strings(values[name], binary)
    if len(values) == 1:
        (answer,) = values.values()
    elif by_rows:
        columns = zip(*values.values(), strict=True)
        answer = [dict(zip(values, row, strict=True)) for row in columns]
    else:
        answer = values
    return json.dumps({"predictions" if by_rows else "outputs": answer})


def _strings(value, binary):
    if isinstance(value, list):
        return [_strings(one, binary) for one in value]
    if not binary:
        with contextlib.suppress(UnicodeDecodeError):
            return value.decode("utf-8")
    return {"b64": base64.b64encode(value).decode("ascii")}


class Model:
    """One version of a model, in memory; its folder is named by its number.

    `signatures` is a dict of a signature's name to its inputs, a dict of name
    to `tf.TensorSpec`.
    """

    def __init__(self, name, folder):
        path = pathlib.Path(folder)
        self.name = name
        self.version = path.name
        try:
            export = dict(json.loads((path / "export.json").read_bytes()))
        except (OSError, TypeError, ValueError, RecursionError):
            export = {}
        self._class_name = export.get("class_name")
        try:
            for package in _OP_PACKAGES:
                if package in (export.get("needs") or ()):
                    importlib.import_module(package)
            content = (path / "saved_model.pb").read_bytes()
            saved = saved_model_pb2.SavedModel.FromString(content)
            self._definitions = saved.meta_graphs[0].signature_def
            self._loaded = tf.saved_model.load(folder)
        except Exception as error:
            # Whatever a broken file makes TensorFlow raise.
            raise ServerError(
                f"{name}: {path} cannot be loaded: {graph_message(str(error))}"
            ) from error
        self.signatures = {
            one: dict(sorted(function.structured_input_signature[1].items()))
            for one, function in sorted(self._loaded.signatures.items())
        }

    def run(self, signature, arrays):
        """Dict of a signature's outputs, by name, for a dict of its inputs."""
        inputs = {
            name: tf.constant(arrays[name], spec.dtype)
            for name, spec in self.signatures[signature].items()
        }
        try:
            found = self._loaded.signatures[signature](**inputs)
        except tf.errors.InvalidArgumentError as error:
            raise RequestError(graph_message(error.message)) from error
        except tf.errors.ResourceExhaustedError as error:
            message = "the model needs more memory than is left."
            raise RequestError(message, status=429) from error
        # A scalar string comes as bytes.
        return {
            name: np.asarray(
                value.numpy(), object if value.dtype == tf.string else None
            )
            for name, value in sorted(found.items())
        }

    def described(self):
        """Dict for the page, which builds its forms from it."""

        signatures = {
            signature: {
                "inputs": {
                    name: {"dtype": spec.dtype.name}
                    for name, spec in inputs.items()
                }
            }
            for signature, inputs in self.signatures.items()
        }
        return {
            "name": self.name,
            "version": int(self.version),
            "class_name": self._class_name,
            "signatures": signatures,
        }

    def status(self):
        """Dict: what the REST protocol says of the model's state."""
        fine = {"error_code": "OK", "error_message": ""}
        version = {"version": self.version, "state": "AVAILABLE"}
        return {"model_version_status": [{**version, "status": fine}]}

    def metadata(self):
        """Dict: what the REST protocol says of the model's signatures."""
        definitions = {
            name: json_format.MessageToDict(
                definition,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            for name, definition in self._definitions.items()
        }
        version = {"version": self.version, "signature_name": ""}
        return {
            "model_spec": {"name": self.name, **version},
            "metadata": {"signature_def": {"signature_def": definitions}},
        }


class Preview:
    """Answers HTTP requests to the models of a dict, by name."""

    def __init__(self, options, models):
        self._options = options
        self._models = models
        # One at a time: TensorFlow uses all cores for it anyway.
        self._worker = concurrent.futures.ThreadPoolExecutor(1)
        self._work: set = set()

    def application(self):
        """The `aiohttp` application."""
        application = web.Application(
            client_max_size=self._options.max_body,
            middlewares=[self._guarded],
        )
        router = application.router
        for path in _PAGE.iterdir():
            name = "" if path.name == "index.html" else path.name
            kind, _ = mimetypes.guess_type(path.name)
            page_file = functools.partial(_page_file, path.read_bytes(), kind)
            router.add_get(f"/{name}", page_file)
        router.add_get(_MODELS, self._list)
        router.add_get(_MODEL, functools.partial(self._told, Model.status))
        metadata = functools.partial(self._told, Model.metadata)
        router.add_get(_MODEL + "/metadata", metadata)
        router.add_post(_MODEL + ":predict", self._predict)
        return application

    @web.middleware
    async def _guarded(self, request, handler):
        """One deadline for all of a request; errors are `{"error": ...}`."""
        answer = None
        try:
            async with asyncio.timeout(self._options.deadline):
                self._check_origin(request)
                answer = await handler(request)
                # Here, so that it holds for clients that read slowly, too.
                await answer.prepare(request)
                await answer.write_eof()
                return answer
        except RequestError as error:
            status, message = error.status, str(error)
        except TimeoutError:
            seconds = f"{self._options.deadline:g} seconds"
            status, message = 504, f"no answer within {seconds}."
        except web.HTTPRequestEntityTooLarge as error:
            most = f"{self._options.max_body:,} bytes"
            status = error.status
            message = f"body: expected at most {most}, received more."
        except web.HTTPException as error:
            status = error.status
            message = (
                f"{request.method} {told(request.path)}: {error.reason}; "
                f"expected GET {_MODELS}/NAME or POST {_MODELS}/NAME:predict."
            )
        except (web.RequestPayloadError, ConnectionError):
            status, message = 400, "body: it is cut off or wrongly encoded."
        except Exception:
            _LOG.exception("an error of the server")
            status, message = 500, "the server failed; see its log."
        if answer is not None and answer.prepared:
            # Too late for another one.
            if request.transport is not None:
                request.transport.abort()
            return answer
        return web.json_response({"error": message}, status=status)

    def _check_origin(self, request):
        """Refuses what a page elsewhere makes a browser send.

        Names other than this machine's are those of pages that point their
        own name here; numbers cannot be taken over like that.
        """
        host = request.headers.get("Host", "")
        name = re.sub(r":[0-9]+$", "", host).strip("[]").lower()
        known = {"localhost", self._options.host, socket.gethostname().lower()}
        if name not in known and not _is_number(name):
            raise RequestError("Host", "this machine's", told(host), 403)
        origin = request.headers.get("Origin", f"http://{host}")
        if origin != f"http://{host}":
            expected = "this server's page"
            raise RequestError("Origin", expected, told(origin), 403)

    def _model(self, request):
        """The `Model` of a path."""
        name = request.match_info["model"]
        version = request.match_info["version"].removeprefix("/versions/")
        model = self._models.get(name)
        if model is None:
            expected = f"one of {', '.join(self._models)}"
            raise RequestError("model", expected, told(name), 404)
        if version not in ("", model.version):
            raise RequestError("version", model.version, told(version), 404)
        return model

    async def _list(self, request):
        return web.json_response(
            [model.described() for model in self._models.values()]
        )

    async def _told(self, method, request):
        return web.json_response(method(self._model(request)))

    async def _predict(self, request):
        model = self._model(request)
        kind = request.content_type
        if kind != "application/json":
            expected = "application/json"
            raise RequestError("Content-Type", expected, told(kind), 415)
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise RequestError("Content-Encoding", "none", "one", 415)
        body = await request.read()
        self._work = {one for one in self._work if not one.done()}
        if len(self._work) >= _MOST_WAITING:
            waiting = f"at most {_MOST_WAITING} waiting"
            raise RequestError("requests", waiting, "more; ask later", 429)
        # Past its deadline it is cancelled, and not begun any more.
        work = self._worker.submit(self._computed, model, body)
        self._work.add(work)
        text = await asyncio.wrap_future(work)
        return web.Response(text=text, content_type="application/json")

    def _computed(self, model, body):
        """The body of an answer."""
        signature, arrays, by_rows = parse_request(body, model.signatures)
        check_limits(arrays, self._options)
        outputs = model.run(signature, arrays)
        first = next(iter(arrays.values()), None)
        rows = len(first) if first is not None and first.ndim else None
        return write_answer(outputs, by_rows, rows)


async def _page_file(content, kind, request):
    # No `FileResponse`: aiohttp prepares an answer once more after `_guarded`
    # has, and one of a file fails at that and ends the connection.
    return web.Response(body=content, content_type=kind, headers=_PAGE_HEADERS)


def _is_number(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def serve(options, models, announce):
    """Serves models until a signal comes.

    Args:
        options: `Options`.
        models: dict of name to `Model`.
        announce: function of a dict of `host`, `rest_port` and `models`, name
            to version, which is called when the server listens.

    Raises:
        ServerError: the address cannot be listened on.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        Preview(options, models).application(),
        access_log=None if options.quiet else _LOG,
        access_log_format='%t %a "%r" %s %Tf s',
        auto_decompress=False,
        shutdown_timeout=options.deadline,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.rest_port).start()
    except OSError as error:
        raise ServerError(
            f"rest_port: {options.host}:{options.rest_port} cannot be listened "
            f"on: {error.strerror}."
        ) from None
    announce(
        {
            "host": options.host,
            "rest_port": runner.addresses[0][1],
            "models": {name: int(one.version) for name, one in models.items()},
        }
    )
    await stop.wait()
    await runner.cleanup()


def main(argv):
    """Serves by `Options` in JSON; the first line tells where, as JSON."""
    # What native code prints must not get into that line.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # While models load, Ctrl-C ends the process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _LOG.addHandler(logging.StreamHandler())
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False

    def announce(place):
        with output, contextlib.suppress(OSError):
            print(json.dumps(place), file=output, flush=True)

    options = Options(**json.loads(argv[0]))
    try:
        models = {
            name: Model(name, folder) for name, folder in options.models.items()
        }
        asyncio.run(serve(options, models, announce))
    except ServerError as error:
        print(f"tfragan serve: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    # An import of a name that stands for None fails, wherever it is installed.
    sys.modules["tfragan"] = None  # type: ignore[assignment]
    status = main(sys.argv[1:])
    sys.stderr.flush()
    # A thread may still compute what nobody waits for.
    os._exit(status)
