"""A running server answers both protocols as TensorFlow Serving does."""

import base64
import concurrent.futures
import json
import subprocess
import sys
import time

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import classification_pb2
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import model_management_pb2

from tests.local_server.asking import captions
from tests.local_server.asking import predict_request
from tests.local_server.image_header_test import image_file
from tfragan.local_server import launch

_PREDICT = "/v1/models/birds:predict"
_ROW = {"caption": "owl", "seed": 7}


def _b64(data):
    return {"b64": base64.b64encode(data).decode()}


def _grpc_error(call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments, **options)
    return error.value.code().name, error.value.details()


def test_the_process_has_all_of_its_modules_and_no_tfragan():
    code = (
        "import importlib, pathlib, runpy, sys\n"
        "runpy.run_path(sys.argv[1])['isolate']()\n"
        "for file in pathlib.Path(sys.argv[1]).parent.glob('*.py'):\n"
        "    importlib.import_module(f'local_server.{file.stem}')\n"
        "try:\n"
        "    import tfragan.version\n"
        "except ImportError:\n"
        "    print(sorted(n for n in sys.modules if n.startswith('tfragan')))\n"
    )
    found = subprocess.run(
        [sys.executable, "-P", "-c", code, launch.__file__],
        capture_output=True,
        text=True,
    )

    assert found.stdout == "['tfragan']\n", found.stderr


def test_rows_and_columns_are_answered(client):
    rows = {"instances": [_ROW, {"caption": "ä", "seed": -1}]}
    columns = {"inputs": {"caption": ["owl", "ä"], "seed": [7, -1]}}
    files = [_b64(b"2:owl:7"), _b64("2:ä:-1".encode())]

    assert client.post(_PREDICT, rows) == (200, {"predictions": files})
    assert client.post(_PREDICT, columns) == (200, {"outputs": files})
    assert client.post(_PREDICT, {"inputs": {"caption": [], "seed": []}}) == (
        200,
        {"outputs": []},
    )


def test_several_outputs_and_other_types(client):
    assert client.post(
        _PREDICT, {"signature_name": "several", "instances": [[1, 2, 3.5]]}
    ) == (
        200,
        {
            "predictions": [
                {
                    "half": [0.5, 1.0, 1.75],
                    "sum": 6.5,
                    "text": ["1.000000", "2.000000", "3.500000"],
                }
            ]
        },
    )
    assert client.post(
        _PREDICT, {"signature_name": "scalar", "inputs": 2**40}
    ) == (200, {"outputs": 2**40 + 1})
    pixels = np.arange(12).reshape(1, 2, 2, 3)
    assert client.post(
        _PREDICT, {"signature_name": "pixels", "inputs": pixels.tolist()}
    ) == (200, {"outputs": (255 - pixels).tolist()})


def test_grpc_gives_the_same(client):
    files = client.predict("birds", captions("owl", "ä"))["image_bytes"]

    assert files.tolist() == [b"2:owl:0", "2:ä:1".encode()]
    x = np.array([[1, 2, 3.5]], np.float32)
    outputs = client.predict("birds", {"x": x}, "several")
    assert sorted(outputs) == ["half", "sum", "text"]
    np.testing.assert_array_equal(outputs["half"], x / 2)
    request = predict_request("birds", {"x": x}, "several", version=1)
    request.output_filter.append("sum")
    response = client.prediction.Predict(request, timeout=60)
    assert [*response.outputs] == ["sum"]
    assert response.model_spec.name == "birds"
    assert response.model_spec.version.value == 1
    assert response.model_spec.signature_name == "several"


@pytest.mark.parametrize(
    ("place", "spec", "version"),
    [
        ("", {}, 2),
        ("/versions/1", {"version": 1}, 1),
        ("/labels/stable", {"label": "stable"}, 1),
        ("/labels/canary", {"label": "canary"}, 2),
    ],
)
def test_versions_and_labels_are_found(client, place, spec, version):
    path = f"/v1/models/birds{place}"
    answer = {"predictions": [_b64(f"{version}:owl:7".encode())]}
    assert client.post(f"{path}:predict", {"instances": [_ROW]}) == (
        200,
        answer,
    )
    (file,) = client.predict("birds", captions("owl"), **spec)["image_bytes"]
    assert file == f"{version}:owl:0".encode()
    status, metadata = client.get(f"{path}/metadata")
    assert status == 200
    assert metadata["model_spec"]["version"] == str(version)
    assert client.metadata("birds", **spec).model_spec.version.value == version
    if place:
        shown = client.get(path)[1]["model_version_status"]
        assert [one["version"] for one in shown] == [str(version)]


def test_status_has_the_form_of_tensorflow_serving(client):
    fine = {"error_code": "OK", "error_message": ""}

    assert client.get("/v1/models/birds") == (
        200,
        {
            "model_version_status": [
                {"version": number, "state": "AVAILABLE", "status": fine}
                for number in ("2", "1")
            ]
        },
    )
    shown = client.status("birds").model_version_status
    assert [(one.version, one.state) for one in shown] == [(2, 30), (1, 30)]


def test_metadata_has_the_signatures(client):
    _, found = client.get("/v1/models/birds/metadata")
    signatures = found["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["seed"] == {
        "name": "serving_default_seed:0",
        "dtype": "DT_INT32",
        "tensor_shape": {
            "dim": [{"size": "-1", "name": ""}],
            "unknown_rank": False,
        },
    }
    message = get_model_metadata_pb2.SignatureDefMap()
    packed = client.metadata("birds").metadata["signature_def"]
    assert packed.Unpack(message)
    assert set(message.signature_def) == set(signatures)


def test_the_list_has_what_a_page_needs(client):
    _, models = client.get("/v1/models")

    assert [one["name"] for one in models] == ["birds", "moving"]
    assert models[0]["labels"] == {"stable": 1, "canary": 2, "next": 3}
    latest = models[0]["versions"][0]
    assert (latest["version"], latest["state"]) == (2, "AVAILABLE")
    assert latest["labels"] == ["canary"]
    assert latest["class_name"] is None
    assert latest["signatures"]["pixels"]["inputs"] == {
        "images": {"dtype": "uint8", "shape": [None, 2, 2, 3]}
    }
    assert not any(name.startswith("__") for name in latest["signatures"])


def test_neighbours_change_no_byte_and_spoil_nothing(client):
    texts = ["bad" if n % 5 == 2 else f"bird {n}" for n in range(20)]

    def ask(text):
        body = json.dumps({"inputs": {"caption": [text], "seed": [3]}})
        return client.send("POST", _PREDICT, body.encode())[::2]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        together = list(pool.map(ask, texts))

    for text, (status, body) in zip(texts, together, strict=True):
        if text == "bad":
            assert status == 400
            assert "a bad caption" in json.loads(body)["error"]
            continue
        assert (status, body) == ask(text)
        assert json.loads(body)["outputs"] == [_b64(f"2:{text}:3".encode())]


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        ({"instances": [{"caption": "a", "seed": 1.5}]}, 400, "seed: expec"),
        ({"instances": [{"caption": "a"}]}, 400, "seed is missing"),
        ({"instances": [_ROW] * 9}, 400, "at most 8 rows, received 9"),
        ({"signature_name": "fly", "instances": [1]}, 400, "signature 'fly'"),
        (
            {"inputs": {"caption": ["a"], "seed": [1, 2]}},
            400,
            "Condition x == y",
        ),
        (
            {"inputs": {"caption": ["a" * 1001], "seed": [1]}},
            400,
            "at most 1000 bytes",
        ),
        (b'{"inputs": "' + b"a" * 2**20 + b'"}', 413, "at most 1048576 byt"),
        (b"\xff", 400, "UTF-8"),
    ],
)
def test_a_broken_request_gets_its_code(client, content, status, sentence):
    found, answer = client.post(_PREDICT, content)

    assert found == status
    assert [*answer] == ["error"]
    assert sentence in answer["error"]
    for word in ("Traceback", "File", "node", ".py"):
        assert word not in answer["error"]


def test_an_image_bomb_is_refused_in_both_protocols(client):
    bomb = bytearray(image_file("PNG"))
    bomb[16:24] = (2**16).to_bytes(4) * 2
    bomb = bytes(bomb)

    asked = {"signature_name": "length", "instances": [_b64(bomb)]}
    status, answer = client.post(_PREDICT, asked)
    assert status == 400
    assert "at most 256 x 256 pixels" in answer["error"]
    asked["instances"] = [_b64(image_file("PNG"))]
    assert client.post(_PREDICT, asked)[0] == 200
    inputs = {"image_bytes": np.array([bomb], object)}
    code, _ = _grpc_error(client.predict, "birds", inputs, "length")
    assert code == "INVALID_ARGUMENT"


def test_a_request_that_takes_too_long_is_ended(client):
    seconds = {"seconds": np.array([1.5])}
    start = time.monotonic()
    code, _ = _grpc_error(client.predict, "birds", seconds, "slow", timeout=0.4)

    assert code == "DEADLINE_EXCEEDED"
    assert time.monotonic() - start < 1.4
    # The server's own limit is 4 seconds.
    body = {"signature_name": "slow", "inputs": [4.3]}
    status, answer = client.post(_PREDICT, body)
    assert (status, [*answer]) == (504, ["error"])


def test_a_full_queue_refuses_at_once_and_recovers(client):
    def ask(_):
        start = time.monotonic()
        body = {"signature_name": "slow", "inputs": [0.6] * 4}
        status, answer = client.post(_PREDICT, body)
        return status, answer, time.monotonic() - start

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    # Two workers, which may be busy yet, and a queue of two such requests.
    assert {status for status, *_ in answers} == {200, 429}
    refused = [one for one in answers if one[0] == 429]
    assert 4 <= len(refused) <= 6
    assert min(seconds for *_, seconds in refused) < 0.5
    assert "the queue is full" in refused[0][1]["error"]
    assert client.post(_PREDICT, {"instances": [_ROW]})[0] == 200


def test_grpc_errors_have_the_codes_of_their_kind(client):
    predict = client.predict
    ask = captions("a")
    many = captions(*"abcdefghi")
    wide = {**ask, "seed": np.zeros(1, np.int64)}

    for code, arguments, options in (
        ("NOT_FOUND", ("owls", ask), {}),
        ("NOT_FOUND", ("birds", ask), {"version": 7}),
        ("NOT_FOUND", ("birds", ask), {"label": "best"}),
        ("NOT_FOUND", ("birds", ask), {"label": "next"}),
        ("INVALID_ARGUMENT", ("birds", ask, "fly"), {}),
        ("INVALID_ARGUMENT", ("birds", {"caption": ["a"]}), {}),
        ("INVALID_ARGUMENT", ("birds", {**ask, "noise": 1}), {}),
        ("INVALID_ARGUMENT", ("birds", captions("bad")), {}),
        ("INVALID_ARGUMENT", ("birds", many), {}),
        ("INVALID_ARGUMENT", ("birds", wide), {}),
        ("INVALID_ARGUMENT", ("birds", {"caption": "a", "seed": 1}), {}),
        ("RESOURCE_EXHAUSTED", ("birds", captions("a" * 2**21)), {}),
    ):
        found, details = _grpc_error(predict, *arguments, **options)
        assert found == code, (arguments, options, details)
    assert _grpc_error(client.status, "owls")[0] == "NOT_FOUND"
    found, details = _grpc_error(client.metadata, "birds", "weights")
    assert (found, "signature_def" in details) == ("INVALID_ARGUMENT", True)


def test_methods_that_are_not_offered_say_so(client):
    classify = client.prediction.Classify
    reload = client.model.HandleReloadConfigRequest

    assert _grpc_error(classify, classification_pb2.ClassificationRequest())[
        0
    ] == ("UNIMPLEMENTED")
    assert _grpc_error(reload, model_management_pb2.ReloadConfigRequest())[
        0
    ] == ("UNIMPLEMENTED")


def test_a_request_is_one_line_of_the_log(running):
    path = "/v1/models/birds:predict?from=%0Athe%20log"
    running.client.post(path, {"instances": [_ROW]})

    lines = running.log.read_text().splitlines()
    (line,) = [line for line in lines if "the%20log" in line]
    time_of_day, peer, rest = line.split(" ", 2)
    assert time_of_day.count(":") == 2
    assert peer == "127.0.0.1"
    assert rest.startswith(f"POST {path} rows=1 200 ")
    assert rest.endswith(" ms")
