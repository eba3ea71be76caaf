"""What both protocols share: models, limits, queues and the way to stop."""

import asyncio
import concurrent.futures
import contextlib
import sys
import traceback

from .batching import Batcher
from .errors import RequestError
from .errors import ServerError
from .errors import not_found
from .limits import check_limits
from .request_json import shorten
from .served_model import AVAILABLE
from .served_model import UNLOADING
from .served_model import ServedModel

_CODERS = 2


class Core:
    """The served models and what is being asked of them.

    Belongs to the event loop's thread.

    Args:
        options: `Options`.
        load: function of a version's folder and number to a `LoadedVersion`.
    """

    def __init__(self, options, load):
        self.options = options
        self.stopping = False
        self.running = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self._load = load
        pool = concurrent.futures.ThreadPoolExecutor
        self._coders = pool(_CODERS, "coder")
        self._loader = pool(1, "loader")
        self.batcher = Batcher(options, pool(options.workers, "worker"))
        self._most = (
            options.max_queue + options.workers * options.max_batch
        ) * len(options.models)
        self.models = {
            name: ServedModel(
                name,
                folder,
                options.labels.get(name, {}),
                self._load_beside,
                self._close,
            )
            for name, folder in options.models.items()
        }

    async def load_models(self):
        """Loads the first version of each model.

        Raises:
            ServerError: a model has none that can be loaded.
        """
        for name, model in self.models.items():
            await model.update()
            if model.latest is not None:
                continue
            states = model.states()
            why = (
                f"the version {states[0].number} cannot be loaded: "
                f"{states[0].error}"
                if states
                else "expected folders of versions, such as 1; found none"
            )
            raise ServerError(f"{name}: {model.folder}: {why}")

    async def watch(self):
        """Looks at the folders again and again, until cancelled."""
        while True:
            await asyncio.sleep(self.options.poll)
            for model in self.models.values():
                before = {n: s.state for n, s in model.versions.items()}
                try:
                    await model.update()
                except OSError as error:
                    note(f"{model.name}: {model.folder}: {error}")
                    continue
                for number, state in model.versions.items():
                    if before.get(number) != state.state:
                        text = f" ({state.error})" if state.error else ""
                        note(f"{model.name}/{number}: {state.state}{text}")

    def model(self, name):
        """The `ServedModel` of a name, or a `RequestError`."""
        if name not in self.models:
            raise not_found(f"there is no model {shorten(name)}.")
        return self.models[name]

    @contextlib.contextmanager
    def admit(self, name, version=None, label=None):
        """Holds a version while a request runs, if there is room for one.

        Args:
            name: of the model.
            version: its number; by default the latest.
            label: its label, instead.

        Yields:
            The `LoadedVersion`.

        Raises:
            RequestError: the server stops or has too much to do, or there is
                no such version.
        """
        if self.stopping:
            raise RequestError("UNAVAILABLE", "the server is stopping.")
        if self.running >= self._most:
            raise RequestError(
                "RESOURCE_EXHAUSTED", "too many requests; ask again later."
            )
        model = self.model(name)
        state = model.find(version, label)
        model.acquire(state)
        self.running += 1
        self.idle.clear()
        try:
            yield state.loaded
        finally:
            self.running -= 1
            if not self.running:
                self.idle.set()
            model.release(state)

    async def compute(self, name, version, signature, arrays, deadline):
        """The outputs of a request, see `Batcher.submit`."""
        check_limits(arrays, signature, self.options)
        return await self.batcher.submit(
            name, version, signature, arrays, deadline
        )

    async def code(self, function, *arguments):
        """Reads or writes a message without holding up the event loop."""
        return await asyncio.get_running_loop().run_in_executor(
            self._coders, function, *arguments
        )

    def shown_state(self, state):
        """The state of a version as a status request sees it."""
        if self.stopping and state.state == AVAILABLE:
            return UNLOADING
        return state.state

    async def _load_beside(self, path, number):
        return await asyncio.get_running_loop().run_in_executor(
            self._loader, self._load, path, number
        )

    def _close(self, loaded):
        # A batch that nobody waits for may still compute: it has a reference
        # of its own, and the memory goes with the last one.
        self._loader.submit(loaded.close)


def note(text):
    """Writes a line to the log."""
    print(text, file=sys.stderr, flush=True)


def note_defect():
    """Writes the exception that is being handled to the log."""
    note(traceback.format_exc().rstrip())
