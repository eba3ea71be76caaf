"""A preview answers as TensorFlow Serving does, and nobody but its own page."""

import base64
import contextlib
import http.client
import io
import json
import socket
import time
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.export.file_limits_test import png_chunk
from tests.local_server.toy_model import SIZE
from tfragan.local_server.server import to_array
from tfragan.serving import Client


def _png(width, height):
    stream = io.BytesIO()
    Image.new("L", (width, height)).save(stream, "PNG")
    return stream.getvalue()


def _base64(content):
    return {"b64": base64.b64encode(content).decode()}


def _level(file):
    """The level of a square that is of one level."""
    image = Image.open(io.BytesIO(base64.b64decode(file["b64"])))
    ((low, high), *_) = image.getextrema()
    assert image.size == (SIZE, SIZE)
    assert low == high
    return low


def test_rows_and_columns_are_answered_alike(asker):
    row = {"caption": "a", "seed": 3}
    status, answer = asker.predict({"instances": [row, {**row, "seed": 4}]})
    assert status == 200
    assert [_level(file) for file in answer["predictions"]] == [3, 4]
    inputs = {"caption": ["a", "b"], "seed": [3, 4]}
    assert (
        asker.predict({"inputs": inputs})[1]["outputs"]
        == (answer["predictions"])
    )


def test_several_outputs_have_their_names(asker):
    row = {"caption": "é red", "seed": 7}
    request = {"signature_name": "with_attention", "instances": [row]}
    (answer,) = asker.predict(request)[1]["predictions"]
    assert answer["words"] == ["é", "red", "", ""]
    assert answer["attention_map_4"][3] == np.eye(4).tolist()
    assert _level(answer["image_bytes"]) == 7


def test_an_output_without_rows_is_answered_to_columns_alone(asker):
    request = {"signature_name": "with_scalar", "inputs": 4}
    assert asker.predict(request) == (200, {"outputs": 5})
    request = {"signature_name": "with_scalar", "instances": [4]}
    assert asker.predict(request)[0] == 400


def test_the_client_of_this_package_asks_it(asker):
    with Client(f"http://127.0.0.1:{asker.port}", "birds") as client:
        assert client.wait_until_ready().ready
        metadata = client.metadata()
        answer = client.predict(caption=["a"], seed=[7])
    assert metadata.version == 2
    assert str(metadata.signatures["serving_default"].inputs["seed"]) == (
        "seed: int32 [?]"
    )
    assert _level(_base64(answer["image_bytes"][0])) == 7


def test_the_page_and_what_it_lists_are_there(asker):
    birds, photos = json.loads(asker.send("GET", "/v1/models")[2])
    assert (birds["name"], birds["version"]) == ("birds", 2)
    assert photos["name"] == "photos"
    inputs = birds["signatures"]["serving_default"]["inputs"]
    assert inputs["seed"] == {"dtype": "int32"}
    status, headers, content = asker.send("GET", "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert b'src="app.js"' in content


def test_one_connection_gets_all_files_of_the_page(asker):
    connection = http.client.HTTPConnection("127.0.0.1", asker.port)
    with contextlib.closing(connection):
        connection.connect()
        opened = connection.sock
        for name in ("", "style.css", "app.js", "result.js"):
            connection.request("GET", f"/{name}")
            answer = connection.getresponse()
            assert answer.status == 200
            assert len(answer.read()) == int(answer.headers["Content-Length"])
            assert connection.sock is opened
    assert "Traceback" not in asker.log.read_text()


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/models/owls", 404),
        ("GET", "/v1/models/birds/versions/1", 404),
        ("GET", "/v1/models/birds/versions/2", 200),
        ("GET", "/v1/models/birds/labels/stable", 404),
        ("POST", "/v1/models/birds", 405),
        ("GET", "/v1/models/birds:predict", 405),
        ("GET", "/../server.py", 404),
        ("GET", "/nothing.js", 404),
        ("GET", "/v2", 404),
    ],
)
def test_paths_that_there_are_not_are_refused(asker, method, path, expected):
    status, _, content = asker.send(method, path)
    assert status == expected
    assert status == 200 or [*json.loads(content)] == ["error"]


_GOOD = {"caption": ["a"], "seed": [1]}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:8501"}, 403),
        ({"Host": "localhost:9000"}, 200),
        ({"Host": "127.0.0.1", "Origin": "http://127.0.0.1"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
    ],
)
def test_only_its_own_page_and_programs_are_answered(asker, headers, status):
    assert asker.predict({"inputs": _GOOD}, **headers)[0] == status


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "expected JSON"),
        (b"\xff", "can't decode byte 0xff"),
        (b"[]", "expected an object of signature_name"),
        (b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too deep"),
        ({"inputs": _GOOD, "instances": []}, "received both"),
        ({}, "received neither"),
        ({"inputs": _GOOD, "other": 1}, "received also 'other'"),
        ({"inputs": _GOOD, "signature_name": "x"}, "received 'x'"),
        ({"inputs": {**_GOOD, "x": 1}}, "received also 'x'"),
        ({"inputs": {"caption": ["a"]}}, "received one without seed"),
        ({"inputs": {**_GOOD, "seed": [2**31]}}, "out of its range"),
        ({"inputs": {**_GOOD, "seed": [0.5]}}, "seed: expected int32"),
        ({"inputs": {**_GOOD, "seed": [None]}}, "seed: expected int32"),
        ({"inputs": {**_GOOD, "seed": [[1]]}}, "expected shape [?]"),
        ({"inputs": {**_GOOD, "seed": [[1], 2]}}, "lists of one length"),
        ({"inputs": {**_GOOD, "caption": [7]}}, "expected strings"),
        ({"inputs": {**_GOOD, "caption": [{"b64": "?"}]}}, "with base64"),
        ({"inputs": {**_GOOD, "caption": ["a" * 1001]}}, "at most 1000 bytes"),
        ({"inputs": {"caption": ["a"] * 9, "seed": [1] * 9}}, "at most 8 rows"),
        ({"inputs": {**_GOOD, "caption": ["bad"]}}, "is bad"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(asker, body, sentence):
    status, answer = asker.predict(body)
    assert status == 400
    assert sentence in answer["error"]
    assert "\n" not in answer["error"]
    assert asker.predict({"inputs": _GOOD})[0] == 200


def test_a_body_that_is_too_long_is_not_read(asker):
    status, answer = asker.predict(b"x" * (2**20 + 1))
    assert status == 413
    assert "at most 1,048,576 bytes" in answer["error"]


def test_no_step_takes_more_than_the_request_is_long(asker):
    # As an array of texts this would take 80 GB.
    seeds = ["a" * 200_000] + [0] * 100_000
    keys = {f"k{n}": 0 for n in range(60_000)}
    packed = zlib.compress(bytes(2**22))
    notes = png_chunk(b"zTXt", b"note\0\0" + packed)
    photo = _png(4, 4)
    photo = photo[:33] + notes + photo[33:]
    start = time.monotonic()
    for request, sentence in (
        ({"inputs": {**_GOOD, "seed": seeds}}, "seed: expected int32"),
        ({"inputs": {**_GOOD, **keys}}, "received also 'k0'"),
    ):
        status, answer = asker.predict(request)
        assert status == 400
        assert sentence in answer["error"]
    request = {"signature_name": "ab", "inputs": [_base64(photo)]}
    assert asker.predict(request, "photos")[0] == 400
    assert time.monotonic() - start < 5.0


def test_a_request_that_takes_too_long_ends(asker):
    slow = {"signature_name": "with_delay", "inputs": [6.0]}
    start = time.monotonic()
    status, answer = asker.predict(slow)
    assert (status, answer["error"]) == (504, "no answer within 5 seconds.")
    assert time.monotonic() - start < 7.0
    connection = socket.create_connection(("127.0.0.1", asker.port))
    with connection:
        connection.sendall(
            b"POST /v1/models/birds:predict HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        assert b" 504 " in connection.recv(4096)
    assert asker.predict({"inputs": _GOOD})[0] == 200


def test_an_answer_that_is_not_read_ends(asker):
    # More than the buffers of a socket hold.
    count = 1_100_000
    request = {"signature_name": "with_many", "inputs": [count]}
    body = json.dumps(request).encode()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**14)
    with connection:
        connection.connect(("127.0.0.1", asker.port))
        connection.sendall(
            b"POST /v1/models/birds:predict HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        assert connection.recv(12) == b"HTTP/1.1 200"
        time.sleep(5.5)
        length = 0
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(2**20):
                length += len(chunk)
    # Two digits, a point, a comma and a space each.
    assert length < 5 * count
    assert asker.predict({"inputs": _GOOD})[0] == 200
    assert "Traceback" not in asker.log.read_text()


def test_pixels_are_counted_before_they_are_decoded(asker):
    def ask(*files):
        images = [_base64(file) for file in files]
        return asker.predict(
            {"signature_name": "ab", "inputs": images}, "photos"
        )

    assert ask(_png(256, 128), _png(128, 256))[0] == 200
    status, answer = ask(_png(256, 128), _png(129, 256))
    assert status == 400
    assert "at most 65,536 pixels in a request" in answer["error"]
    assert "expected JPEG or PNG" in ask(b"GIF89a")[1]["error"]


def test_files_that_a_decoder_goes_through_often_are_refused(asker):
    profile = png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**20)))
    photo = _png(4, 4)
    stream = io.BytesIO()
    Image.new("L", (128, 128)).save(stream, "JPEG", progressive=True)
    file = stream.getvalue()
    scan = file[file.rfind(b"\xff\xda") : -2]
    for hostile in (
        photo[:33] + 100 * profile + photo[33:],
        file[:-2] + 100 * scan + file[-2:],
    ):
        request = {"signature_name": "ab", "inputs": [_base64(hostile)]}
        status, answer = asker.predict(request, "photos")
        assert status == 400
        assert "at most 32 scans or packed notes" in answer["error"]


def test_sizes_that_are_asked_for_count_as_pixels(asker):
    request = {"signature_name": "with_size", "inputs": [0, 256]}
    assert asker.predict(request) == (200, {"outputs": [0, 65536]})
    request["inputs"][0] = 1
    assert "received 65,537" in asker.predict(request)[1]["error"]


@pytest.mark.parametrize(
    ("dtype", "shape", "value", "expected"),
    [
        ("float32", (None,), [1, 0.5], np.array([1, 0.5], np.float32)),
        ("float32", (None,), json.loads("[NaN]"), np.full(1, np.nan, "f4")),
        ("bool", (None,), [True], np.array([True])),
        ("uint8", None, [[7]], np.array([[7]], np.uint8)),
    ],
)
def test_lists_become_arrays(dtype, shape, value, expected):
    found = to_array(value, tf.TensorSpec(shape, dtype), "x")
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_each_request_is_a_line_of_the_log(asker):
    asker.send("GET", "/v1/models/birds?x=%0a")
    line = '127.0.0.1 "GET /v1/models/birds?x=%0a HTTP/1.1" 200'
    end = time.monotonic() + 10.0
    while line not in asker.log.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
