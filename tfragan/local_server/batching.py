"""Computing requests together that came at the same time."""

import asyncio
import collections
import dataclasses

import numpy as np

from .errors import RequestError
from .limits import cost
from .signatures import row_count


@dataclasses.dataclass(eq=False)
class Job:
    """A request that waits.

    Attributes:
        model: name of the model, whose queue it is in.
        version: what has `run`, see `Batcher`.
        signature: the `Signature` asked.
        arrays: dict of the input's name to array.
        rows: how many it counts for.
        future: gets the outputs or the error.
        ready_at: when it is computed even if no other one comes.
    """

    model: str
    version: object
    signature: object
    arrays: dict
    rows: int
    future: asyncio.Future
    ready_at: float


class Batcher:
    """The queues of all models, and the workers that empty them.

    Only requests of one version, one signature and the same shapes are
    computed together, and only where the signature allows it. Where such a
    batch fails, its requests are computed one by one, so that each gets its
    own answer or error. Requests that nobody waits for any more are passed
    over.

    All methods belong to the event loop's thread. What computes is the method
    `run(signature, arrays)` of a version, called in the executor.

    Args:
        options: `Options`.
        executor: a `concurrent.futures.Executor` with `options.workers`.
    """

    def __init__(self, options, executor):
        self._options = options
        self._executor = executor
        self._free = options.workers
        self._lanes: dict = {}
        self._waiting: collections.Counter = collections.Counter()
        self._jobs: set = set()
        self._batches: set = set()

    async def submit(self, model, version, signature, arrays, deadline):
        """Computes a request, maybe together with others.

        Args:
            model: name of the model.
            version: see the class.
            signature: the `Signature` asked.
            arrays: dict of the input's name to array.
            deadline: time of the event loop's clock.

        Returns:
            Dict of the output's name to array.

        Raises:
            RequestError: the queue is full, the deadline passed, or the model
                refused the inputs.
        """
        late = RequestError(
            "DEADLINE_EXCEEDED", "the request took longer than it may."
        )
        if deadline <= asyncio.get_running_loop().time():
            raise late
        job = self._enqueue(model, version, signature, arrays)
        try:
            self._pump()
            async with asyncio.timeout_at(deadline):
                return await job.future
        except TimeoutError:
            raise late from None
        finally:
            self._jobs.discard(job)
            self._leave_queue(job)

    def fail_all(self, error):
        """Gives an error to all requests that have no answer yet."""
        for job in list(self._jobs):
            if not job.future.done():
                job.future.set_exception(error)

    @property
    def is_idle(self):
        """Whether nothing is being computed."""
        return not self._batches

    def _enqueue(self, model, version, signature, arrays):
        options = self._options
        rows = cost(arrays)
        if self._waiting[model] + rows > options.max_queue:
            raise RequestError(
                "RESOURCE_EXHAUSTED",
                f"{model}: the queue is full; ask again later.",
            )
        loop = asyncio.get_running_loop()
        together = (
            signature.is_batchable
            and bool(row_count(arrays))
            and rows < options.max_batch
        )
        wait = options.batch_timeout_ms / 1000 if together else 0.0
        job = Job(
            model=model,
            version=version,
            signature=signature,
            arrays=arrays,
            rows=rows,
            future=loop.create_future(),
            ready_at=loop.time() + wait,
        )
        self._lanes.setdefault(_lane(job, together), []).append(job)
        self._waiting[model] += rows
        self._jobs.add(job)
        if wait:
            loop.call_at(job.ready_at, self._pump)
        return job

    def _leave_queue(self, job):
        """Takes a job out that was given up before its turn."""
        for key, jobs in self._lanes.items():
            if job in jobs:
                jobs.remove(job)
                self._waiting[job.model] -= job.rows
                if not jobs:
                    del self._lanes[key]
                return

    def _pump(self):
        """Gives batches that are ready to workers that are free."""
        while self._free:
            jobs = self._next_batch()
            if not jobs:
                return
            self._free -= 1
            batch = asyncio.get_running_loop().create_task(self._run(jobs))
            self._batches.add(batch)
            batch.add_done_callback(self._batches.discard)

    def _next_batch(self):
        """The jobs of the lane that is ready for longest, or none."""
        # A timer may come a tick of the clock early.
        now = asyncio.get_running_loop().time() + 1e-3
        most = self._options.max_batch
        ready = [
            (jobs[0].ready_at, place, key)
            for place, (key, jobs) in enumerate(self._lanes.items())
            if jobs[0].ready_at <= now or sum(j.rows for j in jobs) >= most
        ]
        if not ready:
            return []
        *_, key = min(ready, key=lambda one: one[:2])
        jobs = self._lanes[key]
        taken = [jobs.pop(0)]
        while jobs and sum(j.rows for j in taken) + jobs[0].rows <= most:
            taken.append(jobs.pop(0))
        if not jobs:
            del self._lanes[key]
        for job in taken:
            self._waiting[job.model] -= job.rows
        return taken

    async def _run(self, jobs):
        loop = asyncio.get_running_loop()
        try:
            outcomes = await loop.run_in_executor(
                self._executor, _compute, jobs
            )
        finally:
            self._free += 1
            self._pump()
        for job, outcome in zip(jobs, outcomes, strict=True):
            if job.future.done():
                continue
            if isinstance(outcome, Exception):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)


def _lane(job, together):
    """What jobs have in common that can be computed together."""
    if not together:
        return job
    shapes = tuple(
        (name, array.shape[1:]) for name, array in sorted(job.arrays.items())
    )
    return job.version, job.signature.name, shapes


def _compute(jobs):
    """The outputs or the error of each job."""
    if len(jobs) > 1:
        try:
            return _compute_together(jobs)
        except Exception:  # noqa: S110
            # Whose fault it was shows when each is alone.
            pass
    return [_compute_alone(job) for job in jobs]


def _compute_together(jobs):
    first = jobs[0]
    arrays = {
        name: np.concatenate([job.arrays[name] for job in jobs])
        for name in first.arrays
    }
    outputs = first.version.run(first.signature, arrays)
    rows = sum(job.rows for job in jobs)
    if any(len(array) != rows for array in outputs.values()):
        raise ValueError("an output has not one row for each of the inputs'")
    outcomes = []
    start = 0
    for job in jobs:
        part = slice(start, start + job.rows)
        outcomes.append({name: one[part] for name, one in outputs.items()})
        start += job.rows
    return outcomes


def _compute_alone(job):
    if job.future.done():
        return RequestError("DEADLINE_EXCEEDED", "given up")
    try:
        return job.version.run(job.signature, job.arrays)
    except Exception as error:
        return error
