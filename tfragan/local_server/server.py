"""A preview of SavedModels on one machine: TensorFlow Serving's REST, a page.

usage: python -P server.py '<Options as JSON>'

It runs as a process of its own that has TensorFlow and aiohttp but nothing of
this package, so that what works here works wherever TensorFlow alone loads a
model. It is no server for strangers: it answers only requests to its own name
and from its own page, one after the other, of the newest version of a model.
"""

import asyncio
import base64
import concurrent.futures
import contextlib
import dataclasses
import datetime
import importlib
import io
import ipaddress
import json
import os
import pathlib
import re
import signal
import socket
import sys
import time

import numpy as np
import PIL.Image

_PAGE = pathlib.Path(__file__).resolve().with_name("page")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
# The page may do what it needs, but with this server alone.
_PAGE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data: blob:",
    "Cache-Control": "no-cache",
}
_MODELS = "/v1/models"
_PATH = re.compile(
    rf"{_MODELS}/(?P<model>[^/:]+)(?:/versions/(?P<version>[0-9]{{1,18}}))?"
    r"(?P<action>/metadata|:predict)?"
)
_KEYS = ("signature_name", "instances", "inputs")
_DEFAULT = "serving_default"
_FILE_SUFFIX = "_bytes"
# What `needs` of export.json may name; anything else is not imported.
_OP_PACKAGES = ("tensorflow_text",)
_LONGEST_MESSAGE = 500
_NOISE = r"Graph execution error:|Detected at node|<stack traces|\d+ root error"
# Sizes are compared with a limit of our own.
PIL.Image.MAX_IMAGE_PIXELS = None
# Requests that wait for others; more are told to come again.
_MOST_WAITING = 16


@dataclasses.dataclass
class Options:
    """All settings of a preview, of which JSON can hold each.

    Attributes:
        models: dict of a model's name to the folder of its versions.
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
    host: str = "127.0.0.1"
    rest_port: int = 8501
    max_rows: int = 64
    max_body: int = 32 * 2**20
    max_text: int = 10_000
    max_pixels: int = 4096 * 4096
    deadline: float = 60.0
    quiet: bool = False


class RequestError(Exception):
    """A request that gets no answer.

    Args:
        message: the sentence for the client.
        status: the HTTP status.
    """

    def __init__(self, message, status=400):
        super().__init__(message)
        self.message = message
        self.status = status


class ServerError(Exception):
    """What keeps the server from starting, in one sentence."""


@dataclasses.dataclass(frozen=True)
class TensorSpec:
    """An input or an output.

    Attributes:
        dtype: TensorFlow's name of the type, such as `"string"`.
        shape: tuple of int or None, None where even the rank is free.
    """

    dtype: str
    shape: tuple | None


@dataclasses.dataclass(frozen=True)
class Signature:
    """One signature of a model.

    Attributes:
        name: its name.
        inputs: dict of name to `TensorSpec`.
        outputs: dict of name to `TensorSpec`.
    """

    name: str
    inputs: dict
    outputs: dict


def graph_message(text):
    """The part of a TensorFlow error that says what was wrong.

    The rest names nodes of the graph and lines of the program that made it,
    which are nobody's business outside.

    Args:
        text: the error as a string.

    Returns:
        One line.
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
    if len(text) > _LONGEST_MESSAGE:
        text = text[:_LONGEST_MESSAGE] + "..."
    return text or "the model refused its inputs"


def read_json(body):
    """The object in a request's body.

    As with TensorFlow Serving, `NaN`, `Infinity` and `-Infinity` are numbers.

    Args:
        body: bytes.

    Returns:
        A dict.

    Raises:
        RequestError: it is not UTF-8, not JSON, not an object, nested too
            deep, or names a key twice.
    """
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise RequestError(
            f"body: expected UTF-8, received another byte at {error.start}."
        ) from None
    except RecursionError:
        raise RequestError("body: nested too deep.") from None
    except ValueError as error:
        raise RequestError(
            f"body: expected JSON, received {shorten(error, 200)}."
        ) from None
    if not isinstance(found, dict):
        raise RequestError(
            f"body: expected a JSON object, received {kind_of(found)}."
        )
    return found


def _object(pairs):
    found: dict = {}
    for key, value in pairs:
        if key in found:
            raise RequestError(f"body: the key {shorten(key)} is there twice.")
        found[key] = value
    return found


def kind_of(value):
    """What JSON calls a value, for sentences."""
    kinds = {dict: "an object", list: "a list", str: "a string"}
    if value is None:
        return "null"
    return kinds.get(type(value)) or f"the {type(value).__name__} {value}"


def shorten(text, longest=60):
    """A client's text as part of a sentence: printable and not too long."""
    text = repr(str(text)[: longest + 1])
    return text if len(text) <= longest else text[: longest - 3] + "..."


@dataclasses.dataclass
class Asked:
    """What a body asks for.

    Attributes:
        signature: the `Signature`.
        arrays: dict of the input's name to array.
        by_rows: whether it was written, and is answered, row by row.
    """

    signature: Signature
    arrays: dict
    by_rows: bool


def parse_request(body, signatures):
    """Reads a body in the row or the columnar format.

    Args:
        body: bytes.
        signatures: dict of name to `Signature`.

    Returns:
        `Asked`.

    Raises:
        RequestError: anything in it is not as it should be.
    """
    content = read_json(body)
    for key in content:
        if key not in _KEYS:
            raise RequestError(
                f"body: expected the keys {', '.join(_KEYS)}, received "
                f"{shorten(key)}."
            )
    name = content.get("signature_name", _DEFAULT)
    if not isinstance(name, str):
        raise RequestError(
            f"signature_name: expected a string, received {kind_of(name)}."
        )
    by_rows = "instances" in content
    if by_rows == ("inputs" in content):
        raise RequestError(
            "body: expected either instances or inputs, received "
            f"{'both' if by_rows else 'neither'}."
        )
    signature = signatures.get(name or _DEFAULT)
    if signature is None:
        raise RequestError(
            f"signature_name: there is no signature {shorten(name)}; the "
            f"model has {', '.join(signatures)}."
        )
    if by_rows:
        values = _columns(content["instances"], signature)
    else:
        values = _named(content["inputs"], signature, "inputs")
    arrays = {
        name: to_array(values[name], spec, name)
        for name, spec in signature.inputs.items()
    }
    return Asked(signature, arrays, by_rows)


def _check_names(given, signature, where):
    """Refuses inputs that there are not, and the lack of others.

    Args:
        given: names.
        signature: a `Signature`.
        where: what the sentence begins with.
    """
    expected = ", ".join(signature.inputs) or "no inputs"
    for name in given:
        if name not in signature.inputs:
            raise RequestError(
                f"{where}: there is no input {shorten(name)}; the signature "
                f"{signature.name} takes {expected}."
            )
    for name in signature.inputs:
        if name not in given:
            raise RequestError(
                f"{where}: the input {name} is missing; the signature "
                f"{signature.name} takes {expected}."
            )


def _named(value, signature, where):
    """Dict of name to value, also of the only input without its name."""
    if isinstance(value, dict) and not _is_base64(value):
        _check_names(value, signature, where)
        return value
    if len(signature.inputs) != 1:
        raise RequestError(
            f"{where}: expected an object of {', '.join(signature.inputs)}, "
            f"received {kind_of(value)}."
        )
    return {name: value for name in signature.inputs}


def _columns(instances, signature):
    """Dict of name to the list of all rows' values."""
    if not isinstance(instances, list):
        raise RequestError(
            f"instances: expected a list, received {kind_of(instances)}."
        )
    if not instances:
        raise RequestError("instances: expected at least one, received none.")
    columns: dict = {name: [] for name in signature.inputs}
    for place, instance in enumerate(instances):
        row = _named(instance, signature, f"instances[{place}]")
        for name, values in columns.items():
            values.append(row[name])
    return columns


def to_array(value, spec, name):
    """The array of one input.

    Args:
        value: what JSON had: a scalar, or lists in lists.
        spec: the `TensorSpec` of the input.
        name: what errors call it.

    Returns:
        A NumPy array; strings are bytes in an array of objects.

    Raises:
        RequestError: the lists are ragged or of another shape, or a value is
            of another type or out of range.
    """
    try:
        if spec.dtype == "string":
            array = _strings_array(value, name)
        else:
            array = _numbers_array(value, spec.dtype, name)
    except (TypeError, ValueError, OverflowError):
        raise RequestError(
            f"{name}: expected {spec.dtype} in lists of one length."
        ) from None
    if spec.shape is None:
        return array
    if array.size == 0 and array.ndim < len(spec.shape):
        # Beyond an empty list no length can be seen.
        later = (size or 0 for size in spec.shape[array.ndim :])
        array = array.reshape(*array.shape, *later)
    if len(array.shape) != len(spec.shape) or any(
        expected not in (None, size)
        for size, expected in zip(array.shape, spec.shape, strict=True)
    ):
        raise RequestError(
            f"{name}: expected shape {_shape_text(spec.shape)}, received "
            f"{_shape_text(array.shape)}."
        )
    return array


def _shape_text(shape):
    return "[" + ", ".join("?" if n is None else str(n) for n in shape) + "]"


def _strings_array(value, name):
    nested = np.array(value, object)
    flat = np.empty(nested.size, object)
    for place, one in enumerate(nested.flat):
        flat[place] = _string(one, name)
    return flat.reshape(nested.shape)


def _string(value, name):
    try:
        if _is_base64(value):
            return base64.b64decode(value["b64"], validate=True)
        if isinstance(value, str):
            return value.encode("utf-8")
    except ValueError:
        pass
    raise RequestError(
        f'{name}: expected strings, or {{"b64": ...}} with base64, received '
        f"{kind_of(value) if not isinstance(value, str) else 'another'}."
    )


def _is_base64(value):
    return (
        isinstance(value, dict)
        and set(value) == {"b64"}
        and isinstance(value["b64"], str)
    )


def _numbers_array(value, dtype, name):
    dtype = np.dtype(dtype)
    wide = np.array(value)
    if wide.size == 0:
        return np.zeros(wide.shape, dtype)
    if wide.dtype.kind not in {"f": "iuf", "b": "b"}.get(dtype.kind, "iu"):
        raise RequestError(f"{name}: expected {dtype}, received another kind.")
    with np.errstate(over="ignore"):
        array = wide.astype(dtype)
    same = array == wide
    if dtype.kind == "f":
        same = np.isfinite(array) | ~np.isfinite(wide)
    if not same.all():
        raise RequestError(
            f"{name}: expected {dtype}, received {wide[~same][0]}, which is "
            "out of its range."
        )
    return array


def check_limits(arrays, options):
    """Refuses what is too large, before anything is decoded or computed.

    Args:
        arrays: dict of the input's name to array.
        options: `Options`.

    Raises:
        RequestError: there are too many rows, a string is too long, or there
            are too many pixels in all images together.
    """
    pixels = 0
    for name, array in arrays.items():
        if array.ndim and len(array) > options.max_rows:
            raise RequestError(
                f"{name}: expected at most {options.max_rows} rows, received "
                f"{len(array)}."
            )
        if name == "size":
            pixels += sum(max(0, int(side)) ** 2 for side in array.flat)
        elif array.dtype != object:
            pixels += array.size // 3
        elif name.endswith(_FILE_SUFFIX):
            pixels += sum(_pixels(value, name) for value in array.flat)
        elif max(map(len, array.flat), default=0) > options.max_text:
            raise RequestError(
                f"{name}: expected strings of at most {options.max_text} "
                "bytes, received a longer one."
            )
    if pixels > options.max_pixels:
        raise RequestError(
            f"expected at most {options.max_pixels:,} pixels in a request, "
            f"received {pixels:,}."
        )


def _pixels(file, name):
    """Height times width, as the header of a JPEG or PNG file says."""
    try:
        with PIL.Image.open(io.BytesIO(file), formats=("JPEG", "PNG")) as image:
            return image.width * image.height
    except (OSError, ValueError, SyntaxError):
        raise RequestError(
            f"{name}: expected JPEG or PNG files, received another."
        ) from None


def write_answer(outputs, by_rows, rows=None):
    """The body of an answer.

    Bytes are written as `{"b64": ...}` where the output's name ends in
    `_bytes`, and where they are not UTF-8. As with TensorFlow Serving, floats
    that are no numbers are written `NaN`, `Infinity` and `-Infinity`, which
    JSON proper does not know.

    Args:
        outputs: dict of name to array, at least one.
        by_rows: whether the request had the row format.
        rows: rows of the request.

    Returns:
        Bytes.

    Raises:
        RequestError: outputs cannot be given row by row, or not as JSON.
    """
    if by_rows:
        for name, array in outputs.items():
            if array.ndim == 0 or len(array) != rows:
                raise RequestError(
                    f"instances: the output {name} has no row for each "
                    "instance; ask with inputs instead."
                )
    values = {name: _values(name, array) for name, array in outputs.items()}
    if len(values) == 1:
        (answer,) = values.values()
    elif by_rows:
        answer = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
    else:
        answer = values
    key = "predictions" if by_rows else "outputs"
    return json.dumps(
        {key: answer}, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8")


def _values(name, array):
    if array.dtype.kind in "biuf":
        return array.tolist()
    if array.dtype.kind != "O":
        raise RequestError(f"{name}: {array.dtype} cannot be answered as JSON.")
    binary = name.endswith(_FILE_SUFFIX)
    return _strings(array.tolist(), binary)


def _strings(value, binary):
    if isinstance(value, list):
        return [_strings(one, binary) for one in value]
    if not binary:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return {"b64": base64.b64encode(value).decode("ascii")}


class Model:
    """The newest version of a model, in memory.

    Args:
        name: the model's name.
        folder: folder of its versions.

    Attributes:
        version: int.
        class_name: what `export.json` says the model is, or None.
        signatures: dict of name to `Signature`, without the internal ones.
        definitions: the signatures as the REST protocol describes them.

    Raises:
        ServerError: there is no version, or the newest cannot be loaded.
    """

    def __init__(self, name, folder):
        import tensorflow as tf
        from google.protobuf import json_format
        from tensorflow.core.protobuf import saved_model_pb2

        versions = [
            int(one.name)
            for one in pathlib.Path(folder).iterdir()
            if re.fullmatch("[1-9][0-9]{0,17}", one.name)
            and (one / "saved_model.pb").is_file()
        ]
        if not versions:
            raise ServerError(
                f"{name}: {folder}: expected a SavedModel in a folder of its "
                "version, such as 1, found none."
            )
        self.name = name
        self.version = max(versions)
        path = pathlib.Path(folder, str(self.version))
        told = _export_json(path)
        self.class_name = told.get("class_name")
        try:
            _import_ops(told)
            content = (path / "saved_model.pb").read_bytes()
            saved = saved_model_pb2.SavedModel.FromString(content)
            definitions = saved.meta_graphs[0].signature_def
            self._loaded = tf.saved_model.load(str(path))
        except Exception as error:
            # Whatever a broken file makes TensorFlow raise.
            raise ServerError(
                f"{name}: {path} cannot be loaded: {graph_message(str(error))}"
            ) from error
        self.definitions = {
            one: json_format.MessageToDict(
                definition,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            for one, definition in definitions.items()
        }
        self.signatures = {
            one: Signature(
                one, _specs(definition.inputs), _specs(definition.outputs)
            )
            for one, definition in sorted(definitions.items())
            if not one.startswith("__")
        }

    def run(self, signature, arrays):
        """Computes a signature.

        Args:
            signature: a `Signature` of this model.
            arrays: dict of the input's name to array.

        Returns:
            Dict of the output's name to array.

        Raises:
            RequestError: the graph refuses the inputs.
        """
        import tensorflow as tf

        inputs = {
            name: tf.constant(arrays[name], tf.as_dtype(spec.dtype))
            for name, spec in signature.inputs.items()
        }
        try:
            found = self._loaded.signatures[signature.name](**inputs)
        except tf.errors.InvalidArgumentError as error:
            raise RequestError(graph_message(error.message)) from error
        except tf.errors.ResourceExhaustedError as error:
            raise RequestError(
                "the model needs more memory than is left", 429
            ) from error
        # A scalar string comes as bytes.
        return {
            name: np.asarray(found[name].numpy())
            if found[name].dtype != tf.string
            else np.array(found[name].numpy(), object)
            for name in signature.outputs
        }

    def described(self):
        """Dict for the page, which builds its forms from it."""

        def tensors(specs):
            return {
                name: dataclasses.asdict(one) for name, one in specs.items()
            }

        return {
            "name": self.name,
            "version": self.version,
            "class_name": self.class_name,
            "signatures": {
                name: {
                    "inputs": tensors(one.inputs),
                    "outputs": tensors(one.outputs),
                }
                for name, one in self.signatures.items()
            },
        }


def _export_json(path):
    try:
        found = json.loads((path / "export.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _import_ops(told):
    for package in _OP_PACKAGES:
        if package in (told.get("needs") or ()):
            importlib.import_module(package)


def _specs(infos):
    import tensorflow as tf

    return {
        name: TensorSpec(
            tf.as_dtype(info.dtype).name,
            None
            if info.tensor_shape.unknown_rank
            else tuple(
                None if dim.size < 0 else dim.size
                for dim in info.tensor_shape.dim
            ),
        )
        for name, info in sorted(infos.items())
    }


class Preview:
    """Answers HTTP requests.

    Args:
        options: `Options`.
        models: dict of name to `Model`.
    """

    def __init__(self, options, models):
        self._options = options
        self._models = models
        self._waiting = 0
        # One at a time: TensorFlow uses all cores for it anyway.
        self._worker = concurrent.futures.ThreadPoolExecutor(1)

    def application(self):
        """The `aiohttp` application, one handler for everything."""
        from aiohttp import web

        application = web.Application(client_max_size=self._options.max_body)
        application.router.add_route("*", "/{path:.*}", self.handle)
        return application

    async def handle(self, request):
        """The answer to any request; errors become `{"error": ...}`."""
        from aiohttp import web

        start = time.monotonic()
        status = "gone"
        try:
            body, headers = await self._in_time(request)
            status = 200
        except RequestError as error:
            status = error.status
            body, headers = {"error": error.message}, {}
        except Exception as error:
            status = 500
            print(f"{type(error).__name__}: {error}"[:500], file=sys.stderr)
            body, headers = {"error": "the server failed; see its log."}, {}
        finally:
            self._log(request, status, time.monotonic() - start)
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        return web.Response(body=body, status=status, headers=headers)

    async def _in_time(self, request):
        """Reads, parses and answers within one deadline."""
        try:
            async with asyncio.timeout(self._options.deadline):
                return await self._answer(request)
        except TimeoutError:
            raise RequestError(
                f"no answer within {self._options.deadline:g} seconds.", 504
            ) from None

    async def _answer(self, request):
        self._check_origin(request)
        path = request.path
        if not path.startswith("/v1"):
            _check_method(request, "GET")
            return _page(path)
        if path.rstrip("/") == _MODELS:
            _check_method(request, "GET")
            return [one.described() for one in self._models.values()], {}
        model, action = self._route(path)
        _check_method(request, "POST" if action == ":predict" else "GET")
        if action is None:
            return _status(model), {}
        if action == "/metadata":
            return _metadata(model), {}
        body = await self._body(request)
        return await self._predict(model, body), {}

    def _check_origin(self, request):
        """Refuses what a page elsewhere makes a browser send.

        Names other than this machine's are those of pages that point their
        own name here; numbers cannot be taken over like that.
        """
        host = request.headers.get("Host", "")
        name = re.sub(r":[0-9]+$", "", host).strip("[]").lower()
        known = {"localhost", self._options.host, socket.gethostname().lower()}
        if name not in known and not _is_number(name):
            raise RequestError(
                f"Host: expected this machine's, received {shorten(host)}.", 403
            )
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            raise RequestError(
                f"Origin: expected this server's page, received "
                f"{shorten(origin)}.",
                403,
            )

    def _route(self, path):
        """The `Model` and the action of a path."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise RequestError(
                f"{shorten(path)}: expected {_MODELS}/NAME[/versions/NUMBER], "
                "then :predict, /metadata or nothing.",
                404,
            )
        model = self._models.get(match["model"])
        if model is None:
            raise RequestError(
                f"there is no model {shorten(match['model'])}.", 404
            )
        if match["version"] and int(match["version"]) != model.version:
            raise RequestError(
                f"{model.name}: version {model.version} is served, not "
                f"{match['version']}.",
                404,
            )
        return model, match["action"]

    async def _body(self, request):
        from aiohttp import web

        if request.content_type != "application/json":
            raise RequestError(
                "Content-Type: expected application/json, received "
                f"{shorten(request.content_type)}.",
                415,
            )
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise RequestError("Content-Encoding: expected none.", 415)
        most = self._options.max_body
        too_large = RequestError(
            f"body: expected at most {most:,} bytes, received more.", 413
        )
        if (request.content_length or 0) > most:
            raise too_large
        try:
            return await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise too_large from None
        except web.RequestPayloadError:
            raise RequestError(
                "body: it is cut off or wrongly encoded."
            ) from None

    async def _predict(self, model, body):
        if self._waiting >= _MOST_WAITING:
            raise RequestError("too many requests; ask again later.", 429)
        loop = asyncio.get_running_loop()
        end = time.monotonic() + self._options.deadline
        self._waiting += 1
        work = self._worker.submit(self._computed, model, body, end)
        # Also where nobody waits for it any more.
        work.add_done_callback(
            lambda _: loop.call_soon_threadsafe(self._finished)
        )
        return await asyncio.wrap_future(work)

    def _finished(self):
        self._waiting -= 1

    def _computed(self, model, body, end):
        """The body of an answer; what comes too late is not begun."""
        if time.monotonic() >= end:
            raise TimeoutError
        asked = parse_request(body, model.signatures)
        check_limits(asked.arrays, self._options)
        outputs = model.run(asked.signature, asked.arrays)
        first = next(iter(asked.arrays.values()), None)
        rows = len(first) if first is not None and first.ndim else None
        return write_answer(outputs, asked.by_rows, rows)

    def _log(self, request, status, seconds):
        if self._options.quiet:
            return
        now = datetime.datetime.now().isoformat(timespec="milliseconds")
        path = request.raw_path[:200]
        # Without what could forge a line of the log.
        path = path if path.isprintable() else ascii(path)
        print(
            f"{now} {request.remote} {request.method} {path} {status} "
            f"{1000 * seconds:.1f} ms",
            file=sys.stderr,
            flush=True,
        )


def _is_number(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _check_method(request, expected):
    if request.method not in (expected, "HEAD" if expected == "GET" else ""):
        raise RequestError(
            f"{shorten(request.path)}: expected {expected}, received "
            f"{shorten(request.method)}.",
            405,
        )


def _page(path):
    """The bytes and headers of a file of the page."""
    name = path.removeprefix("/") or "index.html"
    files = {file.name: file for file in _PAGE.iterdir()}
    if name not in files:
        raise RequestError(
            f"there is no such page; {_MODELS} lists the models.", 404
        )
    kind = _TYPES[files[name].suffix]
    return files[name].read_bytes(), {**_PAGE_HEADERS, "Content-Type": kind}


def _status(model):
    return {
        "model_version_status": [
            {
                "version": str(model.version),
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }


def _metadata(model):
    return {
        "model_spec": {
            "name": model.name,
            "signature_name": "",
            "version": str(model.version),
        },
        "metadata": {"signature_def": {"signature_def": model.definitions}},
    }


async def serve(options, announce):
    """Loads the models and serves them until a signal comes.

    Args:
        options: `Options`.
        announce: function of a dict of `host`, `rest_port` and `models`, name
            to version, which is called when the server listens.

    Raises:
        ServerError: it cannot start.
    """
    from aiohttp import web

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loading = loop.run_in_executor(None, _loaded, options.models)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([loading, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not loading.done():
        return
    models = await loading
    runner = web.AppRunner(
        Preview(options, models).application(),
        access_log=None,
        auto_decompress=False,
        shutdown_timeout=options.deadline,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.rest_port)
        try:
            await site.start()
        except OSError as error:
            raise ServerError(
                f"rest_port: {options.host}:{options.rest_port} cannot be "
                f"listened on: {error.strerror}."
            ) from None
        announce(
            {
                "host": options.host,
                "rest_port": runner.addresses[0][1],
                "models": {name: one.version for name, one in models.items()},
            }
        )
        await stopping
    finally:
        await runner.cleanup()


def _loaded(folders):
    return {name: Model(name, folder) for name, folder in folders.items()}


def main(argv):
    """Serves; the first line on standard output tells where, as JSON.

    Args:
        argv: list of one string, the `Options` as JSON.

    Returns:
        The exit status.
    """
    # What native code prints must not get into that line.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    def announce(told):
        with output, contextlib.suppress(OSError):
            print(json.dumps(told), file=output, flush=True)

    try:
        asyncio.run(serve(Options(**json.loads(argv[0])), announce))
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
