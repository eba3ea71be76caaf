"""Requests over HTTP: what is sent again, connections, lengths, TLS."""

import datetime
import email.utils
import json
import socket
import time

import pytest

from tests.serving.fake_server import Failure
from tests.serving.fake_server import FakeModel
from tests.serving.fake_server import serving
from tfragan.serving import Client
from tfragan.serving import RetryPolicy
from tfragan.serving import ServingError
from tfragan.serving import Tls

_REQUEST = {"caption": ["a"], "seed": [0]}


@pytest.fixture
def birds(ask):
    model = FakeModel()
    client = ask(model, "rest")
    client.metadata()
    return model, client


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_cannot_now_is_asked_again(birds, clock, status):
    model, client = birds
    model.failures = [Failure(status), Failure(status)]

    client.predict(_REQUEST)

    assert clock.sleeps == pytest.approx([0.1, 0.2])
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "INVALID_ARGUMENT"),
        (401, "UNAUTHENTICATED"),
        (403, "PERMISSION_DENIED"),
        (404, "NOT_FOUND"),
        (413, "RESOURCE_EXHAUSTED"),
        (418, "INVALID_ARGUMENT"),
        (500, "INTERNAL"),
        (501, "UNIMPLEMENTED"),
        (301, "UNKNOWN"),
    ],
)
def test_a_refusal_is_final(birds, clock, status, code):
    model, client = birds
    model.failures = [Failure(status, message="no\nsuch"), Failure(status)]

    with pytest.raises(ServingError, match=f"HTTP {status}: no such") as found:
        client.predict(_REQUEST)

    assert found.value.code == code
    assert not found.value.retryable
    assert clock.sleeps == []
    assert len(model.failures) == 1


def test_retry_after_is_respected_in_seconds_and_as_a_date(birds, clock):
    model, client = birds
    now = datetime.datetime.now(datetime.UTC)
    date = email.utils.format_datetime(
        now + datetime.timedelta(seconds=9), usegmt=True
    )
    model.failures = [
        Failure(429, headers={"Retry-After": "3"}),
        Failure(503, headers={"Retry-After": date}),
        Failure(503, headers={"Retry-After": "soon"}),
    ]

    client.predict(_REQUEST)

    assert clock.sleeps[0] == 3.0
    assert 7.0 < clock.sleeps[1] <= 9.0
    assert clock.sleeps[2] == pytest.approx(0.4)


def test_a_connection_that_ends_before_an_answer_is_made_again(birds, clock):
    model, client = birds
    model.failures = [Failure(act="reset")]

    client.predict(_REQUEST)

    assert clock.sleeps == pytest.approx([0.1])
    assert len(model.requests) == 1


def test_a_refused_connection_is_tried_until_no_more(clock):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        policy = RetryPolicy(tries=3, clock=clock, sleep=clock.sleep)
        with Client(f"http://127.0.0.1:{port}", "x", retry=policy) as client:
            with pytest.raises(ServingError, match="refused, 3 times") as found:
                client.status()

    assert found.value.code == "UNAVAILABLE"
    assert found.value.retryable
    assert len(clock.sleeps) == 2


def test_an_answer_that_broke_off_is_not_asked_for_again(birds, clock):
    model, client = birds
    model.failures = [Failure(act="cut")]

    with pytest.raises(ServingError, match="broke off") as found:
        client.predict(_REQUEST)

    assert found.value.code == "DATA_LOSS"
    assert clock.sleeps == []


def test_an_answer_that_only_drips_ends_at_the_deadline(ask):
    model = FakeModel()
    client = ask(model, "rest", retry=RetryPolicy())
    client.metadata()
    model.failures = [Failure(act="drip")]
    start = time.monotonic()

    with pytest.raises(ServingError) as found:
        client.predict(_REQUEST, timeout=0.4)

    assert found.value.code == "DEADLINE_EXCEEDED"
    assert time.monotonic() - start < 3.0


def test_an_answer_that_is_no_json_is_the_server_s_fault(birds):
    model, client = birds
    model.failures = [Failure(act="nonsense")]

    with pytest.raises(ServingError, match="no JSON") as found:
        client.predict(_REQUEST)

    assert found.value.code == "INTERNAL"


def test_an_answer_without_an_output_is_the_server_s_fault(birds):
    model, client = birds
    # Columns of another signature, now and when it is asked again.
    model.failures = [Failure(act="last"), Failure(act="last")]

    with pytest.raises(ServingError, match="the answer: expected") as found:
        client.predict(_REQUEST, signature="with_attention")

    assert found.value.code == "INTERNAL"
    assert model.failures == []


def test_a_connection_is_used_again(birds):
    model, client = birds
    for _ in range(5):
        client.predict(_REQUEST)

    assert model.connections == 1


def test_bytes_travel_in_base64_and_text_as_text(birds):
    model, client = birds
    client.predict(caption=["a ré", b"\xff"], seed=[0, 1])

    assert json.loads(model.body) == {
        "signature_name": "serving_default",
        "inputs": {"caption": ["a ré", {"b64": "/w=="}], "seed": [0, 1]},
    }


def test_messages_have_a_longest_length(ask):
    model = FakeModel()
    client = ask(model, "rest", max_message_bytes=4000)
    many = {"caption": ["a"], "seed": [0]}
    client.predict(many)

    with pytest.raises(ServingError, match="the request has") as sent:
        client.predict(caption=["a" * 5000], seed=[0])
    with pytest.raises(ServingError, match="more than 4,000") as received:
        client.predict(caption=["a"] * 60, seed=[0] * 60)

    for found in (sent, received):
        assert found.value.code == "RESOURCE_EXHAUSTED"
        assert not found.value.retryable
    assert len(model.requests) == 2


def test_a_path_before_the_interface_is_kept(policy):
    model = FakeModel()
    with serving(model, "rest") as address:
        with Client(f"{address}/team/", "birds", retry=policy) as client:
            with pytest.raises(ServingError, match="/team/v1/models/birds"):
                client.status()


def test_https_trusts_only_whom_it_is_told_to(certificate, policy, clock):
    model = FakeModel()
    with serving(model, "rest", certificate) as address:
        tls = Tls(ca_file=certificate[0])
        with Client(address, "birds", retry=policy, tls=tls) as client:
            assert client.status().ready
        with Client(address, "birds", retry=policy) as client:
            with pytest.raises(ServingError, match="certificate") as found:
                client.status()

    assert not found.value.retryable
    assert clock.sleeps == []
