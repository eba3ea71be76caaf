"""Both transports give the same arrays and the same errors."""

import datetime
import email.utils
import json
import pickle
import random
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tests.serving.fake_server import CAPTIONS
from tests.serving.fake_server import ECHO
from tests.serving.fake_server import EDIT
from tests.serving.fake_server import Failure
from tests.serving.fake_server import FakeModel
from tests.serving.fake_server import serving
from tfragan.serving import Client
from tfragan.serving import RetryPolicy
from tfragan.serving import ServingError
from tfragan.serving import TensorInfo
from tfragan.serving import Tls

_ONE = {"caption": ["a"], "seed": [0]}
_LONG = {"caption": ["a" * 5000], "seed": [0]}
_MANY = {"caption": ["a"] * 80, "seed": [0] * 80}
_ECHO = {
    "half": np.array([0.5, -2.0], np.float16),
    "single": np.array([[0.1, 1e-30], [3.0, np.nan]], np.float32),
    "double": np.array([0.1, 1e300]),
    "byte": np.array([0, 255], np.uint8),
    "long": np.array([2**62 + 1, -1], np.int64),
    "flag": np.array([True, False]),
    "text": np.array(["a réd bird".encode(), b""], object),
    "raw_bytes": np.array([b"\xff\x00\xfe", b""], object),
}


@pytest.fixture
def birds(ask, transport):
    model = FakeModel()
    return model, ask(model, transport)


@pytest.fixture
def rest(ask):
    model = FakeModel()
    return model, ask(model, "rest")


def test_every_dtype_comes_back_as_it_was_sent(ask, transport):
    answer = ask(FakeModel(ECHO), transport).predict(_ECHO)

    assert set(answer) == set(_ECHO)
    for name, expected in _ECHO.items():
        assert answer[name].dtype == expected.dtype, name
        np.testing.assert_array_equal(answer[name], expected)


@pytest.mark.parametrize(
    "caption", [["a ré", b"\xff"], np.array(["a ré", b"\xff"], object)]
)
def test_inputs_are_sent_as_the_dtypes_of_the_signature(birds, caption):
    model, client = birds
    client.predict(caption=caption, seed=np.array([3, 4], np.int64))

    signature, inputs = model.requests[0]
    assert signature == "serving_default"
    assert inputs["caption"].tolist() == ["a ré".encode(), b"\xff"]
    assert inputs["seed"].dtype == np.int32
    client.predict(caption=np.array(["a", "bcd"]), seed=[0, 1])
    assert model.requests[1][1]["caption"].tolist() == [b"a", b"bcd"]


def test_over_rest_text_stays_text_and_other_bytes_become_base64(rest):
    model, client = rest
    client.predict(caption=["a ré", b"\xff"], seed=[0, 1])

    assert json.loads(model.body) == {
        "signature_name": "serving_default",
        "inputs": {"caption": ["a ré", {"b64": "/w=="}], "seed": [0, 1]},
    }


def test_a_signature_with_maps_and_words_gives_all_of_them(birds):
    answer = birds[1].predict(
        signature="with_attention", caption=["a", "b"], seed=[0, 1]
    )

    assert answer["attention_map_2"].dtype == np.float32
    assert answer["attention_map_2"].shape == (2, 2, 2, 3)
    assert answer["words"].shape == (2, 3)
    assert answer["words"][1].tolist() == [b"a", "ré".encode(), b""]
    assert answer["image_bytes"].dtype == object
    assert answer["image_bytes"][0].startswith(b"\x89PNG")


def test_one_output_has_its_name_and_no_rows_have_their_shape(ask, transport):
    client = ask(FakeModel(ECHO), transport)

    answer = client.predict({"text": [b"one", b"two"]}, signature="one")
    assert list(answer) == ["text"]
    assert answer["text"].tolist() == [b"one", b"two"]
    answer = client.predict(signature="empty", seed=[])
    assert answer["map"].shape == (0, 2, 3)
    assert answer["map"].dtype == np.float32


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        (
            {"captions": ["a"], "seed": [0]},
            r"'birds', signature 'serving_default': expected caption: string "
            r"\[\?\], seed: int32 \[\?\]; there is no input 'captions'",
        ),
        ({"caption": ["a"]}, "seed not received"),
        ({"caption": "a", "seed": [0]}, r"received shape \[\]"),
        ({"caption": [["a"], ["b", "c"]], "seed": [0]}, "expected text"),
        ({"caption": [3], "seed": [0]}, "expected text or bytes"),
        ({"caption": ["a"], "seed": [0.5]}, "expected int32"),
        ({"caption": ["a"], "seed": ["1"]}, "expected int32"),
        ({"caption": ["a"], "seed": [2**31]}, "expected int32"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_before_sending(
    rest, inputs, reason
):
    model, client = rest

    with pytest.raises(ServingError, match=reason) as found:
        client.predict(inputs)

    assert found.value.code == "INVALID_ARGUMENT"
    assert not found.value.retryable
    assert not model.requests


def test_an_unknown_signature_is_refused_with_those_there_are(birds):
    with pytest.raises(ServingError, match="serving_default, with_attention"):
        birds[1].predict(_ONE, signature="attention")


def test_metadata_tells_names_dtypes_and_shapes(birds):
    model, client = birds
    model.signatures = {
        **CAPTIONS,
        "other": ({"x": ("DT_VARIANT", [])}, {"x": ("DT_BOOL", [])}),
    }
    metadata = client.metadata()

    assert (metadata.model, metadata.version) == ("birds", 1)
    assert set(metadata.signatures) == {*CAPTIONS, "other"}
    signature = metadata.signatures["with_attention"]
    assert signature.inputs == {
        "caption": TensorInfo("caption", "string", (None,)),
        "seed": TensorInfo("seed", "int32", (None,)),
    }
    found = signature.outputs["attention_map_2"]
    assert found == TensorInfo("attention_map_2", "float32", (None, 2, 2, 3))
    assert str(found) == "attention_map_2: float32 [?, 2, 2, 3]"
    with pytest.raises(ServingError, match="DT_VARIANT cannot be sent"):
        client.predict(signature="other", x=[1])


def test_metadata_is_read_once_and_again_after_a_doubt(birds):
    model, client = birds
    for _ in range(2):
        client.predict(_ONE)
    assert model.metadata_reads == 1
    model.failures = [Failure(404, "NOT_FOUND")]
    with pytest.raises(ServingError):
        client.predict(_ONE)
    client.predict(_ONE)

    assert model.metadata_reads == 2
    assert len(model.requests) == 3


def test_the_signatures_of_a_new_version_are_found(birds):
    model, client = birds
    client.predict(_ONE)
    inputs, outputs = CAPTIONS["with_masks"]
    model.signatures = {"serving_default": (inputs, outputs)}
    answer = client.predict(_ONE)
    assert set(answer) == set(outputs)
    assert answer["mask_2"].dtype == np.float32

    model.signatures = EDIT
    answer = client.predict(image_bytes=[b"x"], caption=["a"])
    assert list(answer) == ["image_bytes"]
    assert model.requests[-1][1]["image_bytes"].tolist() == [b"x"]


def test_status_tells_every_version(birds):
    model, client = birds
    model.states = [(1, "END", "no such file"), (2, "LOADING", "")]
    status = client.status()

    assert not status.ready
    assert (
        str(status) == "version 1 is END (no such file), version 2 is LOADING"
    )
    first, second = status.versions
    assert (first.version, first.error_code) == (1, "INTERNAL")
    assert (second.version, second.error_code) == (2, "OK")


def test_an_unknown_model_is_not_found(transport):
    with serving(FakeModel(), transport) as address:
        with Client(address, "cats") as client:
            for ask in (client.status, client.metadata):
                with pytest.raises(ServingError, match="'cats'") as found:
                    ask()
                assert found.value.code == "NOT_FOUND"


def test_a_closed_client_says_so(birds):
    _, client = birds
    with client as same:
        assert same is client
        client.predict(_ONE)

    with pytest.raises(ServingError, match="closed") as found:
        client.predict(_ONE)

    assert found.value.code == "FAILED_PRECONDITION"


def test_threads_get_their_own_answers(birds):
    model, client = birds
    errors, levels = [], {}

    def work(number):
        try:
            for seed in range(number * 5, number * 5 + 5):
                (image,) = client.generate("a bird", seed)
                levels[seed] = image.getpixel((0, 0))[0]
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert errors == []
    assert levels == {seed: seed for seed in range(40)}
    assert len(model.requests) == 40


def test_over_rest_a_connection_is_used_again(rest):
    model, client = rest
    for _ in range(5):
        client.predict(_ONE)

    assert model.connections == 1


@pytest.mark.parametrize(
    ("which", "path"),
    [({"version": 7}, "/versions/7"), ({"label": "stable"}, "/labels/stable")],
)
def test_a_version_or_label_is_asked_for(ask, transport, which, path):
    model = FakeModel()
    ask(model, transport, **which).predict(_ONE)

    if transport == "rest":
        assert model.path == f"/v1/models/birds{path}:predict"
    else:
        spec = model.asked_spec
        assert spec.version.value == which.get("version", 0)
        assert spec.version_label == which.get("label", "")


def test_headers_travel_with_each_request(ask, transport):
    model = FakeModel()
    ask(model, transport, headers={"Authorization": "Bearer x"}).predict(_ONE)

    assert len(model.headers) == 2
    for headers in model.headers:
        folded = {name.lower(): value for name, value in headers.items()}
        assert folded["authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("transport", "failure"),
    [("rest", Failure(status)) for status in (429, 502, 503, 504)]
    + [("rest", Failure(act="reset"))]
    + [("grpc", Failure(grpc="UNAVAILABLE"))]
    + [("grpc", Failure(grpc="RESOURCE_EXHAUSTED"))],
)
def test_a_server_that_cannot_now_is_asked_again(
    ask, clock, transport, failure
):
    model = FakeModel()
    client = ask(model, transport)
    client.metadata()
    model.failures = [failure] * 2

    client.predict(_ONE)

    assert clock.sleeps == pytest.approx([0.1, 0.2])
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    ("http", "code"),
    [
        (400, "INVALID_ARGUMENT"),
        (401, "UNAUTHENTICATED"),
        (403, "PERMISSION_DENIED"),
        (404, "NOT_FOUND"),
        (418, "INVALID_ARGUMENT"),
        (500, "INTERNAL"),
        (501, "UNIMPLEMENTED"),
        (301, "UNKNOWN"),
    ],
)
def test_a_refusal_is_final(birds, clock, http, code):
    model, client = birds
    client.metadata()
    model.failures = [Failure(http, code, message="no\nsuch")] * 2

    with pytest.raises(ServingError, match=": no such") as found:
        client.predict(_ONE)

    assert found.value.code == code
    assert not found.value.retryable
    assert clock.sleeps == []
    assert len(model.failures) == 1


def test_retry_after_is_respected_in_seconds_and_as_a_date(rest, clock):
    model, client = rest
    client.metadata()
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=9)
    date = email.utils.format_datetime(then, usegmt=True)
    model.failures = [
        Failure(503, headers={"Retry-After": text})
        for text in ("3", date, "soon")
    ]

    client.predict(_ONE)

    assert clock.sleeps[0] == 3.0
    assert 7.0 < clock.sleeps[1] <= 9.0
    assert clock.sleeps[2] == pytest.approx(0.4)


def test_pauses_grow_to_the_longest_less_a_random_part(ask, clock, monkeypatch):
    model = FakeModel()
    model.failures = [Failure(503)] * 6
    monkeypatch.setattr(random, "uniform", lambda low, high: low)
    policy = RetryPolicy(7, longest_pause=1.0)

    ask(model, "rest", retry=policy).status()

    assert clock.sleeps == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.5, 0.5])


def test_no_pause_goes_beyond_the_timeout(rest, clock):
    model, client = rest
    model.failures = [Failure(503)] * 99
    with pytest.raises(ServingError, match="busy, 4 times") as found:
        client.status(timeout=1.0)
    assert found.value.retryable
    assert clock.sleeps == pytest.approx([0.1, 0.2, 0.4])

    model.failures = [Failure(503, headers={"Retry-After": "30"})]
    with pytest.raises(ServingError) as found:
        client.status(timeout=5.0)
    assert found.value.retry_after == 30.0
    assert len(clock.sleeps) == 3


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_refused_connection_is_tried_until_no_more(clock, scheme):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"{scheme}://127.0.0.1:{unused.getsockname()[1]}"
        policy = RetryPolicy(tries=3)
        with Client(address, "x", retry=policy) as client:
            with pytest.raises(
                ServingError, match="refused.*, 3 times"
            ) as found:
                client.status()

    assert found.value.code == "UNAVAILABLE"
    assert found.value.retryable
    assert len(clock.sleeps) == 2


@pytest.mark.parametrize(
    ("act", "code", "reason"),
    [
        ("cut", "DATA_LOSS", "broke off"),
        ("nonsense", "INTERNAL", "no JSON"),
        ("last", "INTERNAL", "the answer: expected attention_map_2"),
    ],
)
def test_a_broken_answer_is_the_server_s_fault(rest, clock, act, code, reason):
    model, client = rest
    client.metadata()
    # The last is asked for again, for the signatures may be others now.
    model.failures = [Failure(act=act)] * 2

    with pytest.raises(ServingError, match=reason) as found:
        client.predict(_ONE, signature="with_attention")

    assert found.value.code == code
    assert clock.sleeps == []


@pytest.mark.parametrize(
    ("transport", "act"),
    [("rest", "stall"), ("rest", "drip"), ("grpc", "stall")],
)
def test_the_timeout_holds_for_a_server_that_does_not_answer(
    ask, transport, act
):
    model = FakeModel()
    client = ask(model, transport)
    client.predict(_ONE)
    model.failures = [Failure(act=act)]
    start = time.monotonic()

    with pytest.raises(ServingError, match=r"within 0\.3 s") as found:
        client.predict(_ONE, timeout=0.3)

    assert found.value.code == "DEADLINE_EXCEEDED"
    assert not found.value.retryable
    assert 0.2 < time.monotonic() - start < 3.0
    assert model.failures == []


def test_messages_have_a_longest_length(ask, transport, clock):
    model = FakeModel()
    client = ask(model, transport, max_message_bytes=4000)
    client.predict(_ONE)

    for inputs in (_LONG, _MANY):
        with pytest.raises(ServingError, match=r"larger|more than") as found:
            client.predict(inputs)
        assert found.value.code == "RESOURCE_EXHAUSTED"
        assert not found.value.retryable
    assert clock.sleeps == []
    assert len(model.requests) == 2


def test_messages_longer_than_grpc_s_four_megabytes_pass():
    model = FakeModel()
    server_options = {"grpc.max_receive_message_length": -1}
    with serving(model, "grpc", **server_options) as address:
        with Client(address, "birds") as client:
            client.predict(caption=["a" * 5_000_000], seed=[0])

    assert len(model.requests[0][1]["caption"][0]) == 5_000_000


def test_only_the_given_authority_is_trusted(transport, certificate):
    policy = RetryPolicy(tries=1)
    tls = Tls(ca_file=certificate[0])
    with serving(FakeModel(), transport, certificate) as address:
        with Client(address, "birds", retry=policy, tls=tls) as client:
            assert client.status().ready
        with Client(address, "birds", retry=policy) as client:
            with pytest.raises(ServingError) as found:
                client.status()

    assert found.value.code == "UNAVAILABLE"
    assert found.value.retryable == (transport == "grpc")


def test_a_client_shows_its_own_certificate(transport, certificate):
    model = FakeModel()
    model.knows_clients = True
    policy = RetryPolicy(tries=1)
    with serving(model, transport, certificate) as address:
        own = Tls(certificate[0], *certificate)
        with Client(address, "birds", retry=policy, tls=own) as client:
            assert client.status().ready
        unknown = Tls(certificate[0])
        with Client(address, "birds", retry=policy, tls=unknown) as client:
            with pytest.raises(ServingError):
                client.status()
    with pytest.raises(ValueError, match="key_file"):
        Tls(certificate_file=certificate[0])


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
def test_files_of_tls_have_to_be_there(scheme):
    with pytest.raises(FileNotFoundError):
        Client(f"{scheme}://localhost:1", "birds", tls=Tls("no/such.pem"))


def test_a_path_before_the_interface_is_kept():
    with serving(FakeModel(), "rest") as address:
        with Client(f"{address}/team/", "birds") as client:
            with pytest.raises(ServingError, match="/team/v1/models/birds"):
                client.status()


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8501",
        "ftp://localhost",
        "http://",
        "http://host:port",
        "http://host?x=1",
        "http://user@host",
        "grpc://host",
        "grpc://host:1/path",
        None,
    ],
)
def test_addresses_are_refused_with_examples(address):
    for good in ("http://[::1]:8501/", "https://a.b", "grpcs://host:443"):
        Client(good, "birds").close()
    with pytest.raises(ValueError, match="such as http://localhost:8501"):
        Client(address, "birds")


def test_arguments_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="version and label"):
        Client("http://localhost", "birds", version=1, label="stable")
    with pytest.raises(ValueError, match="timeout"):
        Client("http://localhost", "birds", timeout=0)


def test_errors_name_the_version_and_travel_between_processes():
    with Client("http://127.0.0.1:1", "birds", 3, timeout=0.1) as client:
        with pytest.raises(ServingError) as found:
            client.metadata()

    error = found.value
    same = pickle.loads(pickle.dumps(error))
    assert str(error).startswith("http://127.0.0.1:1, model 'birds' version 3:")
    assert (str(same), same.code) == (str(error), "UNAVAILABLE")


def test_a_rest_client_needs_no_tensorflow():
    code = (
        "import sys; from tfragan.serving import Client; "
        "Client('http://localhost:1', 'birds'); "
        "sys.exit(bool({'tensorflow', 'keras', 'grpc'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    ("package", "address"),
    [
        ("tenacity", "http://a"),
        ("requests", "http://a"),
        ("grpc", "grpc://a:1"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, package, address):
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(ImportError, match=rf"needs {package}, .*\[serving\]"):
        Client(address, "birds")


def test_waiting_ends_when_the_model_is_there(birds, clock):
    model, client = birds
    model.failures = [Failure(404, "NOT_FOUND"), Failure(503, "UNAVAILABLE")]

    assert client.wait_until_ready(30.0).ready
    assert clock.sleeps == pytest.approx([0.1, 0.2])


def test_waiting_ends_with_what_kept_the_model(birds, clock):
    model, client = birds
    model.states = [(1, "END", "no such file")]

    with pytest.raises(
        ServingError, match=r"not ready within 9 s: .*no such file"
    ) as found:
        client.wait_until_ready(9.0)

    assert found.value.code == "DEADLINE_EXCEEDED"
    assert 8.0 <= sum(clock.sleeps) <= 9.0


def test_waiting_is_of_no_use_without_permission(birds, clock):
    model, client = birds
    model.failures = [Failure(403, "PERMISSION_DENIED")]

    with pytest.raises(ServingError) as found:
        client.wait_until_ready(3.0)

    assert found.value.code == "PERMISSION_DENIED"
    assert clock.sleeps == []
