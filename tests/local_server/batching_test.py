"""Requests are computed together, and end as if each were alone."""

import asyncio
import concurrent.futures
import threading
import time

import numpy as np
import pytest

from tfragan.local_server.batching import Batcher
from tfragan.local_server.errors import RequestError
from tfragan.local_server.errors import invalid
from tfragan.local_server.options import Options
from tfragan.local_server.signatures import Signature
from tfragan.local_server.signatures import TensorSpec

_ROWS = TensorSpec("float32", (None,))
_SIGNATURE = Signature("double", {"x": _ROWS}, {"y": _ROWS})
_FIXED = Signature("fixed", {"x": _ROWS}, {"y": TensorSpec("float32", ())})


class _Version:
    """Doubles its inputs, refuses negative ones, and waits for the gate."""

    def __init__(self):
        self.batches = []
        self.gate = threading.Event()
        self.gate.set()

    def run(self, signature, arrays):
        self.batches.append(arrays["x"].tolist())
        assert self.gate.wait(10)
        if (arrays["x"] < 0).any():
            raise invalid("x is negative")
        return {"y": 2 * arrays["x"]}


class _Setting:
    def __init__(self, version, **options):
        options = {"workers": 1, "batch_timeout_ms": 20, **options}
        self.version = version
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.batcher = Batcher(Options({}, **options), self.pool)

    async def ask(self, *x, signature=_SIGNATURE, seconds=10.0):
        deadline = asyncio.get_running_loop().time() + seconds
        outputs = await self.batcher.submit(
            "m", self.version, signature, {"x": np.array(x)}, deadline
        )
        return outputs["y"].tolist()

    async def ask_all(self, *requests, **options):
        return await asyncio.gather(
            *(self.ask(*one, **options) for one in requests),
            return_exceptions=True,
        )


def _run(scenario, **options):
    version = _Version()
    setting = _Setting(version, **options)
    try:
        return asyncio.run(scenario(setting)), version.batches
    finally:
        version.gate.set()
        setting.pool.shutdown()


def test_requests_at_one_time_are_one_batch():
    answers, batches = _run(lambda s: s.ask_all([1.0], [2.0, 3.0], [4.0]))

    assert answers == [[2.0], [4.0, 6.0], [8.0]]
    assert batches == [[1.0, 2.0, 3.0, 4.0]]


def test_a_full_batch_does_not_wait():
    start = time.monotonic()
    answers, batches = _run(
        lambda s: s.ask_all([1.0], [2.0], [3.0], [4.0]),
        max_batch=2,
        batch_timeout_ms=5000,
    )

    assert time.monotonic() - start < 4
    assert answers == [[2.0], [4.0], [6.0], [8.0]]
    assert batches == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("requests", "signature"),
    [
        # Larger than a batch, without rows, and not to be taken apart.
        ([[1.0] * 9, [2.0]], _SIGNATURE),
        ([[], [2.0]], _SIGNATURE),
        ([[1.0], [2.0]], _FIXED),
    ],
)
def test_what_cannot_be_computed_together_is_not(requests, signature):
    _, batches = _run(
        lambda s: s.ask_all(*requests, signature=signature), max_batch=8
    )

    assert sorted(batches) == sorted(requests)


def test_a_bad_neighbour_fails_alone():
    answers, batches = _run(lambda s: s.ask_all([1.0], [-2.0], [3.0]))

    assert answers[0] == [2.0]
    assert answers[1].code == "INVALID_ARGUMENT"
    assert answers[2] == [6.0]
    assert batches == [[1.0, -2.0, 3.0], [1.0], [-2.0], [3.0]]


def test_beyond_the_queue_requests_are_refused_at_once():
    async def scenario(setting):
        setting.version.gate.clear()
        running = asyncio.ensure_future(setting.ask(1.0))
        await asyncio.sleep(0.1)
        waiting = asyncio.ensure_future(setting.ask(2.0, 3.0))
        await asyncio.sleep(0)
        with pytest.raises(RequestError) as refusal:
            await setting.ask(4.0, 5.0)
        setting.version.gate.set()
        return refusal.value, await running, await waiting

    (refusal, running, waiting), batches = _run(scenario, max_queue=3)
    assert refusal.http == 429
    assert (running, waiting) == ([2.0], [4.0, 6.0])
    assert [4.0, 5.0] not in batches


def test_what_was_given_up_is_not_computed_and_leaves_the_queue():
    async def scenario(setting):
        setting.version.gate.clear()
        running = asyncio.ensure_future(setting.ask(1.0))
        await asyncio.sleep(0.1)
        gone = asyncio.ensure_future(setting.ask(7.0))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        with pytest.raises(RequestError) as late:
            await setting.ask(8.0, seconds=0.05)
        with pytest.raises(RequestError):
            await setting.ask(9.0, seconds=0.0)
        # The queue of one row has room again.
        waiting = asyncio.ensure_future(setting.ask(2.0))
        await asyncio.sleep(0)
        setting.version.gate.set()
        return late.value, await running, await waiting

    (late, running, waiting), batches = _run(scenario, max_queue=1)
    assert late.http == 504
    assert (running, waiting) == ([2.0], [4.0])
    assert batches == [[1.0], [2.0]]


def test_at_the_end_all_that_wait_get_the_same_error():
    async def scenario(setting):
        setting.version.gate.clear()
        asked = [asyncio.ensure_future(setting.ask(x)) for x in (1.0, 2.0)]
        await asyncio.sleep(0.1)
        assert not setting.batcher.is_idle
        setting.batcher.fail_all(RequestError("UNAVAILABLE", "the end"))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        setting.version.gate.set()
        return outcomes

    outcomes, _ = _run(scenario)
    assert [error.http for error in outcomes] == [503, 503]


@pytest.mark.parametrize(
    ("inputs", "outputs", "batchable"),
    [
        ([(None,)], [(None, 3)], True),
        ([(None, None, 3)], [(None,), (None, 3)], True),
        ([(4,)], [(None,)], False),
        ([()], [(None,)], False),
        ([None], [(None,)], False),
        ([(None,)], [()], False),
        ([(None,)], [None], False),
        # As wide as the widest neighbour.
        ([(None,)], [(None, None)], False),
        ([], [(None,)], False),
    ],
)
def test_only_free_rows_can_be_taken_apart(inputs, outputs, batchable):
    def specs(shapes):
        return {
            str(place): TensorSpec("float32", shape)
            for place, shape in enumerate(shapes)
        }

    signature = Signature("s", specs(inputs), specs(outputs))
    assert signature.is_batchable == batchable
