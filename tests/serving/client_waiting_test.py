"""Waiting for a model ends with it, or with what keeps it."""

import pytest

from tests.serving.fake_model import Failure
from tests.serving.fake_model import FakeModel
from tfragan.serving import ServingError


def test_waiting_ends_when_the_model_is_there(ask, transport, clock):
    model = FakeModel()
    model.failures = [
        Failure(404, "NOT_FOUND"),
        Failure(503, "UNAVAILABLE"),
    ]
    client = ask(model, transport)

    assert client.wait_until_ready(30.0).ready
    assert clock.sleeps == pytest.approx([0.1, 0.2])


def test_waiting_ends_with_what_kept_the_model(ask, transport, clock):
    model = FakeModel()
    model.states = [(1, "END", "no such file")]
    client = ask(model, transport)

    with pytest.raises(ServingError, match="no such file") as found:
        client.wait_until_ready(3.0)

    assert found.value.code == "DEADLINE_EXCEEDED"
    assert sum(clock.sleeps) == pytest.approx(3.0)


def test_waiting_is_of_no_use_without_permission(ask, transport, clock):
    model = FakeModel()
    model.failures = [Failure(403, "PERMISSION_DENIED")]
    client = ask(model, transport)

    with pytest.raises(ServingError) as found:
        client.wait_until_ready(3.0)

    assert found.value.code == "PERMISSION_DENIED"
    assert clock.sleeps == []
