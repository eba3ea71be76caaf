"""What is sent again, how soon, and until when."""

import pytest

from tests.serving.fake_server import FakeClock
from tfragan.serving.retry_policy import Deadline
from tfragan.serving.retry_policy import Retries
from tfragan.serving.retry_policy import RetryPolicy
from tfragan.serving.serving_error import ServingError


def _policy(clock, **options):
    return RetryPolicy(clock=clock, sleep=clock.sleep, **options)


class _Server:
    """Fails as it is told, then answers."""

    def __init__(self, *failures, clock=None, seconds=0.0):
        self.failures = list(failures)
        self.calls = 0
        self._clock = clock
        self._seconds = seconds

    def __call__(self, deadline):
        self.calls += 1
        if self._clock is not None:
            self._clock.now += self._seconds
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def _busy(**about):
    return ServingError("UNAVAILABLE", "busy", "server", True, **about)


def test_pauses_double_up_to_the_longest(clock):
    retries = Retries(_policy(clock, tries=7, jitter=0.0, longest_pause=1.0))
    server = _Server(*[_busy()] * 6)

    assert retries.call(server, Deadline(60.0, clock)) == "answer"
    assert clock.sleeps == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0])
    assert server.calls == 7


def test_jitter_leaves_out_a_part_of_each_pause():
    pauses = []
    for seed in range(20):
        clock = FakeClock()
        retries = Retries(_policy(clock, seed=seed, jitter=0.5))
        retries.call(_Server(_busy()), Deadline(60.0, clock))
        pauses += clock.sleeps

    assert len(set(pauses)) == 20
    assert all(0.05 <= pause <= 0.1 for pause in pauses)


def test_what_a_server_asks_to_wait_is_waited(clock):
    retries = Retries(_policy(clock))
    server = _Server(_busy(retry_after=7.5))

    retries.call(server, Deadline(60.0, clock))

    assert clock.sleeps == [7.5]


def test_the_last_try_s_error_tells_how_many_there_were(clock):
    retries = Retries(_policy(clock, tries=3, jitter=0.0))
    server = _Server(*[_busy()] * 5)

    with pytest.raises(ServingError, match=r"busy, 3 times in 0\.3 s") as found:
        retries.call(server, Deadline(60.0, clock))

    assert server.calls == 3
    assert found.value.code == "UNAVAILABLE"
    assert found.value.retryable


def test_what_may_not_be_retried_is_not(clock):
    retries = Retries(_policy(clock))
    error = ServingError("INVALID_ARGUMENT", "wrong", "server")
    server = _Server(error)

    with pytest.raises(ServingError) as found:
        retries.call(server, Deadline(60.0, clock))

    assert found.value is error
    assert clock.sleeps == []


def test_a_pause_beyond_the_deadline_is_not_begun(clock):
    retries = Retries(_policy(clock, tries=99, jitter=0.0))
    server = _Server(*[_busy()] * 99)
    deadline = Deadline(1.0, clock)

    with pytest.raises(ServingError, match="4 times"):
        retries.call(server, deadline)

    assert clock.sleeps == pytest.approx([0.1, 0.2, 0.4])
    assert deadline.remaining() > 0


def test_the_time_of_the_tries_counts_for_the_deadline(clock):
    retries = Retries(_policy(clock, jitter=0.0))
    server = _Server(*[_busy()] * 9, clock=clock, seconds=0.5)

    with pytest.raises(ServingError, match="2 times"):
        retries.call(server, Deadline(1.0, clock))


def test_a_wait_longer_than_the_deadline_ends_at_once(clock):
    retries = Retries(_policy(clock))

    with pytest.raises(ServingError) as found:
        retries.call(_Server(_busy(retry_after=30.0)), Deadline(5.0, clock))

    assert found.value.retry_after == 30.0
    assert clock.sleeps == []


@pytest.mark.parametrize(
    "options",
    [
        {"tries": 0},
        {"jitter": 1.5},
        {"first_pause": -1.0},
        {"factor": 0.5},
    ],
)
def test_policies_that_cannot_be_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        RetryPolicy(**options)
