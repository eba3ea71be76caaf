"""Requests made to break the server get their code, and harm no other."""

import base64
import contextlib
import json
import random
import socket

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from tests.local_server.asking import captions
from tests.local_server.asking import predict_request

_PREDICT = "/v1/models/birds:predict"
_ROUNDS = 10


def _body(**content):
    return json.dumps(content).encode()


def _default(draw, **changed):
    """A good request with some of its values changed."""
    row = {"caption": "owl", "seed": draw.randrange(9), **changed}
    return _body(instances=[row])


def _word(draw):
    alphabet = "ab:/%<>\"'\\\x00\n\u202e\U0001f426"
    return "".join(draw.choices(alphabet, k=draw.randrange(1, 9)))


def _no_number(draw):
    return draw.choice(
        [
            0.5,
            1.0,
            2**31,
            -(2**40),
            True,
            "1",
            None,
            [],
            [1],
            {},
            {"b64": "AA=="},
        ]
    )


def _no_text(draw):
    return draw.choice(
        [1, 1.5, True, None, [], ["a"], {}, {"b64": "A"}, {"b": ""}]
    )


def _ragged(draw):
    rows = [[[0, 0, 0]] * draw.randrange(3, 6) for _ in range(2)]
    return _body(signature_name="pixels", instances=[rows])


def _damaged(draw):
    """A good body with a byte of it replaced by one that JSON has not."""
    body = bytearray(_default(draw))
    body[draw.randrange(len(body))] = draw.choice([0, 0x80, 0xC0, 0xFF])
    return bytes(body)


def _cut(draw):
    body = _default(draw)
    return body[: draw.randrange(len(body))]


def _nested(draw):
    opening, closing = draw.choice([("[", "]"), ('{"a":', "}")])
    depth = draw.choice([60, 999, 5000, 50000])
    end = draw.choice(["1" + closing * depth, ""])
    return ('{"inputs": ' + opening * depth + end + "}").encode()


def _bomb(draw):
    side = draw.randrange(257, 2**31)
    file = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + b"IHDR"
    file += side.to_bytes(4) + side.to_bytes(4) + b"\x08\x02\0\0\0"
    if draw.random() < 0.5:
        side = draw.randrange(257, 2**16).to_bytes(2)
        file = b"\xff\xd8\xff\xc0\x00\x11\x08" + side * 2 + b"\x03" + bytes(9)
    encoded = base64.b64encode(file).decode()
    return _body(signature_name="length", instances=[{"b64": encoded}])


_BODIES = {
    "damaged": (_damaged, {400}),
    "cut": (_cut, {400}),
    "nested": (_nested, {400}),
    "bomb": (_bomb, {400}),
    "ragged": (_ragged, {400}),
    "noise": (lambda draw: draw.randbytes(draw.randrange(300)), {400}),
    "seed": (lambda draw: _default(draw, seed=_no_number(draw)), {400}),
    "caption": (lambda draw: _default(draw, caption=_no_text(draw)), {400}),
    "bad": (lambda draw: _default(draw, caption="bad"), {400}),
    "input": (lambda draw: _default(draw, **{_word(draw): 1}), {400}),
    "signature": (
        lambda draw: _body(signature_name=_word(draw), inputs=[1]),
        {400},
    ),
    "rows": (
        lambda draw: _body(inputs={"caption": ["a"] * 9, "seed": [1] * 9}),
        {400},
    ),
    "text": (
        lambda draw: _default(draw, caption="é" * draw.randrange(501, 9999)),
        {400},
    ),
    "size": (lambda draw: bytes(2**20 + draw.randrange(1, 99)), {413}),
    "digits": (
        lambda draw: b'{"inputs": ' + b"1" * draw.randrange(20, 9999) + b"}",
        {400},
    ),
}


@pytest.mark.parametrize("kind", _BODIES)
def test_a_hostile_body_gets_its_code_and_the_next_an_answer(client, kind):
    make, codes = _BODIES[kind]
    draw = random.Random(f"body {kind}")
    for _ in range(_ROUNDS):
        body = make(draw)
        status, headers, answer = client.send("POST", _PREDICT, body)
        assert status in codes, (body[:200], answer)
        assert headers["Content-Type"] == "application/json"
        assert [*json.loads(answer)] == ["error"]
        assert b"Traceback" not in answer
        assert len(answer) < 1000
    status, _ = client.post(_PREDICT, _default(draw))
    assert status == 200


def _hostile_path(draw):
    """A method, a path and the code that it has to get."""
    name = "".join(draw.choices("abc%20.-_~é!*", k=5)).encode().hex()
    good = "/v1/models/birds"
    number = draw.randrange(3, 10**9)
    return draw.choice(
        [
            ("GET", f"/v1/models/{name}", 404),
            ("POST", f"/v1/models/{name}:predict", 404),
            (
                "POST",
                f"{good}/versions/{number}:predict",
                404,
            ),
            ("POST", f"{good}/versions/{name}x:predict", 400),
            ("POST", f"{good}/labels/{name}:predict", 404),
            ("GET", f"{good}/versions/{'9' * draw.randrange(19, 99)}", 400),
            ("DELETE", good, 405),
            (draw.choice(["GET", "PUT", "PATCH"]), f"{good}:predict", 405),
            ("POST", f"{good}:{draw.choice(['classify', 'regress'])}", 501),
            ("POST", f"{good}:{name}", 404),
            ("GET", "/" + "../" * draw.randrange(1, 9) + "etc/passwd", 404),
            ("GET", "/" + "%2e%2e%2f" * draw.randrange(1, 9) + "x.py", 404),
            ("GET", f"/{name}.html", 404),
            ("GET", "/launch.py", 404),
            ("GET", "/%00", 404),
            ("GET", "/" + "a" * draw.randrange(1000, 8000), 404),
        ]
    )


def test_a_hostile_path_gets_its_code(client):
    draw = random.Random("path")
    for _ in range(40):
        method, path, code = _hostile_path(draw)
        status, headers, body = client.send(method, path, b"{}")
        assert status == code, (method, path, body)
        assert [*json.loads(body)] == ["error"]
        assert ("Allow" in headers) == (code == 405)
    assert client.get("/v1/models")[0] == 200


_LINES = (
    b"\x16\x03\x01\x02\x00\x01",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST " + _PREDICT.encode() + b" HTTP/1.1\r\nHost: a\r\n"
    b"Content-Length: -1\r\n\r\n",
    b"POST " + _PREDICT.encode() + b" HTTP/1.1\r\nHost: a\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST " + _PREDICT.encode() + b" HTTP/1.1\r\nHost: a\r\n"
    b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20000 + b"\r\n\r\n",
)


@pytest.mark.parametrize("place", range(len(_LINES)))
def test_what_is_no_http_is_refused_or_hung_up_on(client, place):
    server = client.server
    address = (server.host, server.rest_port)
    with contextlib.closing(socket.create_connection(address)) as connection:
        connection.settimeout(30)
        connection.sendall(_LINES[place])
        answer = connection.recv(65536)
    assert answer == b"" or answer[:10] in (b"HTTP/1.0 4", b"HTTP/1.1 4"), (
        answer
    )
    assert b"Traceback" not in answer
    assert client.post(_PREDICT, _default(random.Random(0)))[0] == 200


def test_clients_that_hang_up_leave_nothing_behind(client):
    server = client.server
    head = (
        f"POST {_PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n"
    ).encode()
    for _ in range(20):
        connection = socket.create_connection((server.host, server.rest_port))
        connection.sendall(head + b'{"instances"')
        connection.close()
    assert client.post(_PREDICT, _default(random.Random(0)))[0] == 200


def _broken_message(draw):
    """A `PredictRequest` that contradicts itself or asks for too much."""
    request = predict_request("birds", captions("owl"))
    seed = request.inputs["seed"]
    shape = seed.tensor_shape
    breaks = [
        lambda: setattr(seed, "tensor_content", b"abc"),
        lambda: setattr(seed, "dtype", draw.choice([0, 1, 7, 9, 20, 99])),
        lambda: setattr(shape.dim[0], "size", draw.choice([-1, 2**40, 2**62])),
        lambda: setattr(shape, "unknown_rank", True),
        lambda: shape.ClearField("dim"),
        lambda: shape.dim.add(size=draw.randrange(2, 2**20)),
        lambda: [shape.dim.add(size=2**31) for _ in range(300)],
        lambda: request.inputs["caption"].string_val.append(b"a"),
        lambda: request.inputs[_word(draw)].CopyFrom(seed),
        lambda: request.output_filter.append(_word(draw)),
        lambda: setattr(request.model_spec, "signature_name", _word(draw)),
        lambda: request.inputs["caption"].CopyFrom(
            tf.make_tensor_proto(["bad"])
        ),
    ]
    draw.choice(breaks)()
    return request


def test_a_broken_message_gets_its_code_and_the_next_an_answer(client):
    draw = random.Random("message")
    for _ in range(40):
        request = _broken_message(draw)
        with pytest.raises(grpc.RpcError) as error:
            client.prediction.Predict(request, timeout=30)
        code = error.value.code().name
        assert code == "INVALID_ARGUMENT", (request, error.value.details())
        assert "Traceback" not in error.value.details()
        assert len(error.value.details()) < 600
    found = client.predict("birds", captions("owl"))["image_bytes"]
    assert found.tolist() == [b"2:owl:0"]


def test_bytes_that_are_no_message_are_refused(client):
    with grpc.insecure_channel(
        f"{client.server.host}:{client.server.grpc_port}"
    ) as channel:
        for method, code in (
            ("PredictionService/Predict", "INVALID_ARGUMENT"),
            ("PredictionService/GetModelMetadata", "INVALID_ARGUMENT"),
            ("ModelService/GetModelStatus", "INVALID_ARGUMENT"),
            ("PredictionService/Classify", "UNIMPLEMENTED"),
            ("PredictionService/Fly", "UNIMPLEMENTED"),
        ):
            call = channel.unary_unary(
                f"/tensorflow.serving.{method}",
                response_deserializer=predict_pb2.PredictResponse.FromString,
            )
            with pytest.raises(grpc.RpcError) as error:
                call(b"\xff\xff\xff", timeout=30)
            assert error.value.code().name == code
            assert "Traceback" not in error.value.details()
    assert client.predict("birds", captions("owl"))
