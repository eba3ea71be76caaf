"""The server's process: from its options to the end of the last request."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
from typing import Any

from .errors import RequestError
from .errors import ServerError
from .options import Options

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_FAILED = 2


def main(argv):
    """Serves until a signal comes, or standard input ends.

    The first line on standard output tells, as JSON, `host`, `rest_port` and
    `grpc_port`, or the `error` for which it does not start.

    Args:
        argv: list of one string, the `Options` as JSON.

    Returns:
        The exit status.
    """
    announcement = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What native code prints must not get between.
    os.dup2(2, 1)
    options = Options(**json.loads(argv[0]))
    server = _Server(options, announcement)
    try:
        asyncio.run(server.serve())
        status = 0
    except ServerError as error:
        print(json.dumps({"error": str(error)}), file=announcement, flush=True)
        status = _FAILED
    sys.stderr.flush()
    if server.is_computing:
        # Nobody waits for it, and threads cannot be stopped.
        os._exit(status)
    return status


class _Server:
    """One run of the server.

    Args:
        options: `Options`.
        announcement: file for the line that tells the ports.
    """

    def __init__(self, options, announcement):
        self._options = options
        self._announcement = announcement
        self._core: Any = None
        self._stop_asked = 0
        self._stop: asyncio.Event = asyncio.Event()
        self._hurry: asyncio.Event = asyncio.Event()

    @property
    def is_computing(self):
        """Whether threads still run."""
        return self._core is None or not self._core.batcher.is_idle

    async def serve(self):
        """Loads, listens, and ends in order."""
        self._listen_for_the_end()
        with contextlib.closing(self._socket()) as rest_socket:
            start = asyncio.ensure_future(self._start(rest_socket))
            if not await _first(start, self._stop.wait()):
                start.cancel()
                return
            end = await start
            watch = asyncio.ensure_future(self._core.watch())
            await self._stop.wait()
            watch.cancel()
            await self._finish_requests()
            await end()

    async def _start(self, rest_socket):
        """Starts both protocols; returns the coroutine that ends them."""
        with _quiet():
            import tensorflow  # noqa: F401

        from aiohttp import web

        from .grpc_api import grpc_server
        from .loaded_version import load_version
        from .rest_api import RestApi
        from .serving_core import Core

        core = Core(self._options, load_version)
        grpc = grpc_server(core)
        host = self._options.host
        place = f"[{host}]" if ":" in host else host
        try:
            grpc_port = grpc.add_insecure_port(
                f"{place}:{self._options.grpc_port}"
            )
        except RuntimeError:
            raise _taken("grpc_port", host, self._options.grpc_port) from None
        await core.load_models()
        runner = web.AppRunner(
            RestApi(core).application(),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=1.0,
        )
        await runner.setup()
        await web.SockSite(runner, rest_socket).start()
        await grpc.start()
        self._core = core
        self._announce(rest_socket.getsockname()[1], grpc_port)

        async def end():
            await grpc.stop(1.0)
            await runner.cleanup()

        return end

    def _announce(self, rest_port, grpc_port):
        ports = {
            "host": self._options.host,
            "rest_port": rest_port,
            "grpc_port": grpc_port,
            "models": {
                name: model.latest for name, model in self._core.models.items()
            },
        }
        with self._announcement as file, contextlib.suppress(OSError):
            print(json.dumps(ports), file=file, flush=True)

    async def _finish_requests(self):
        core = self._core
        core.stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._options.grace):
                await _first(core.idle.wait(), self._hurry.wait())
        core.batcher.fail_all(
            RequestError("UNAVAILABLE", "the server is stopping.")
        )

    def _socket(self):
        host, port = self._options.host, self._options.rest_port
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )[0]
        except OSError as error:
            raise ServerError(
                f"host: expected an address of this machine, received {host} "
                f"({error.strerror})."
            ) from None
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(address)
        except OSError:
            found.close()
            raise _taken("rest_port", host, port) from None
        return found

    def _listen_for_the_end(self):
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._ask_to_stop)

        def wait_for_parent():
            while os.read(0, 4096):
                pass
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._stop.set)

        threading.Thread(target=wait_for_parent, daemon=True).start()

    def _ask_to_stop(self):
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()


async def _first(wanted, other):
    """Whether the first of two awaitables to end is the wanted one."""
    tasks = [asyncio.ensure_future(wanted), asyncio.ensure_future(other)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    tasks[1].cancel()
    return tasks[0].done()


def _taken(flag, host, port):
    return ServerError(
        f"{flag}: {host}:{port} cannot be listened on; another program may "
        "have it."
    )


@contextlib.contextmanager
def _quiet():
    """Holds back what TensorFlow prints before it obeys its log level."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as notes:
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except BaseException:
            notes.seek(0)
            os.write(kept, notes.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
