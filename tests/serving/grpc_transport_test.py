"""Requests over gRPC: what is sent again, lengths, TLS."""

import socket

import pytest

from tests.serving.fake_server import Failure
from tests.serving.fake_server import FakeModel
from tests.serving.fake_server import serving
from tfragan.serving import Client
from tfragan.serving import RetryPolicy
from tfragan.serving import ServingError
from tfragan.serving import Tls

_REQUEST = {"caption": ["a"], "seed": [0]}
_LONG = {"caption": ["a" * 5000], "seed": [0]}


@pytest.fixture
def birds(ask):
    model = FakeModel()
    client = ask(model, "grpc")
    client.metadata()
    return model, client


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED"])
def test_a_server_that_cannot_now_is_asked_again(birds, clock, code):
    model, client = birds
    model.failures = [Failure(grpc=code), Failure(grpc=code)]

    client.predict(_REQUEST)

    assert clock.sleeps == pytest.approx([0.1, 0.2])
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    "code",
    [
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "DEADLINE_EXCEEDED",
        "INTERNAL",
        "UNIMPLEMENTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "UNKNOWN",
    ],
)
def test_a_refusal_is_final(birds, clock, code):
    model, client = birds
    model.failures = [Failure(grpc=code, message="no\nsuch")] * 2

    with pytest.raises(ServingError) as found:
        client.predict(_REQUEST)

    assert found.value.code == code
    assert not found.value.retryable
    assert clock.sleeps == []
    assert len(model.failures) == 1
    if code != "DEADLINE_EXCEEDED":
        assert ": no such" in str(found.value)


def test_a_refused_connection_is_tried_until_no_more(clock):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        policy = RetryPolicy(tries=3, clock=clock, sleep=clock.sleep)
        with Client(f"grpc://127.0.0.1:{port}", "x", retry=policy) as client:
            with pytest.raises(ServingError, match="3 times") as found:
                client.status()

    assert found.value.code == "UNAVAILABLE"
    assert found.value.retryable
    assert len(clock.sleeps) == 2


def test_messages_longer_than_grpc_s_four_megabytes_pass(ask):
    model = FakeModel()
    server_options = {"grpc.max_receive_message_length": -1}
    with serving(model, "grpc", **server_options) as address:
        with Client(address, "birds") as client:
            client.predict(caption=["a" * 5_000_000], seed=[0])

    assert len(model.requests[0][1]["caption"][0]) == 5_000_000


def test_messages_have_a_longest_length(ask, clock):
    model = FakeModel()
    client = ask(model, "grpc", max_message_bytes=4000)
    client.predict(_REQUEST)

    with pytest.raises(ServingError, match="the request has") as sent:
        client.predict(_LONG)
    with pytest.raises(ServingError, match="larger than max") as received:
        client.predict(caption=["a"] * 80, seed=[0] * 80)

    for found in (sent, received):
        assert found.value.code == "RESOURCE_EXHAUSTED"
        assert not found.value.retryable
    assert clock.sleeps == []
    assert len(model.requests) == 2


def test_a_request_too_long_for_the_server_is_not_sent_again(policy, clock):
    model = FakeModel()
    options = {"grpc.max_receive_message_length": 4000}
    with serving(model, "grpc", **options) as address:
        with Client(address, "birds", retry=policy) as client:
            with pytest.raises(ServingError, match="larger than max") as found:
                client.predict(_LONG)

    assert not found.value.retryable
    assert clock.sleeps == []
    assert model.requests == []


def test_grpcs_trusts_only_whom_it_is_told_to(certificate, clock):
    model = FakeModel()
    policy = RetryPolicy(tries=1)
    with serving(model, "grpc", certificate) as address:
        tls = Tls(ca_file=certificate[0])
        with Client(address, "birds", retry=policy, tls=tls) as client:
            assert client.status().ready
        with Client(address, "birds", retry=policy) as client:
            with pytest.raises(ServingError) as found:
                client.status()

    assert found.value.code == "UNAVAILABLE"


def test_files_of_tls_have_to_be_there():
    tls = Tls(ca_file="no/such.pem")
    for address in ("https://localhost:1", "grpcs://localhost:1"):
        with pytest.raises(FileNotFoundError):
            Client(address, "birds", tls=tls)
