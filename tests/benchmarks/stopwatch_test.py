import time

import pytest

from benchmarks import stopwatch


class _Clock:
    """Time that passes only while work is done."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def work(self, seconds):
        def run():
            self.now += seconds

        return run


@pytest.fixture
def clock(monkeypatch):
    clock = _Clock()
    monkeypatch.setattr(time, "perf_counter", clock.perf_counter)
    return clock


def test_a_fraction_compares_a_run_with_the_products_around_it():
    # Products of 100 operations take 1, 1 and 3 seconds, runs 2 and 4.
    timing = stopwatch._summary(
        [(2.0, 1.0), (4.0, 2.0)], [(1.0, 1.0), (1.0, 1.0), (3.0, 1.0)], 100
    )
    assert timing.seconds == 3.0
    # In the first run the product does 2 * 100 operations, then 4 * 50.
    assert timing.fraction(50) == 0.25
    assert timing.cpu_fraction(75) == 0.5


@pytest.mark.parametrize(
    ("seconds", "rounds"), [(0.6, 14), (4.0, 4), (50.0, 3), (200.0, 2)]
)
def test_slow_work_takes_fewer_rounds(clock, monkeypatch, seconds, rounds):
    monkeypatch.setattr(
        stopwatch, "_matrix_product", lambda: clock.work(seconds / 100)
    )
    timing = stopwatch.measure(clock.work(0.8 * seconds), seconds=8.0)
    assert timing.rounds == rounds
    assert timing.seconds == pytest.approx(0.8 * seconds)


@pytest.mark.parametrize(("seconds", "runs"), [(4.0, 2), (70.0, 1)])
def test_slow_work_is_warmed_up_once(clock, monkeypatch, seconds, runs):
    monkeypatch.setattr(stopwatch, "_matrix_product", lambda: clock.work(1.0))
    count = 0

    def run():
        nonlocal count
        count += 1
        clock.now += seconds

    timing = stopwatch.measure(run, seconds=0.0)
    assert count - timing.rounds == runs


def test_the_median_takes_three_rounds_at_least(clock):
    times = iter([1.0, 5.0, 2.0])

    def run():
        clock.now += next(times)

    assert stopwatch.median_seconds(run, seconds=0.0) == 2.0
