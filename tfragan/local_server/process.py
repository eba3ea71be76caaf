"""The server as a process of its own, seen from the one that started it."""

import contextlib
import dataclasses
import importlib.util
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

from .errors import ServerError

_LAUNCHER = pathlib.Path(__file__).with_name("launch.py")
_NEEDED = ("aiohttp", "grpc", "tensorflow_serving")
_EXTRA_GRACE = 10.0
_LOOK = 0.2


class ServerProcess:
    """A running server; a context manager that stops it.

    It ends by itself when this process ends.

    Args:
        options: `Options`.
        stderr: where its log goes, as for `subprocess.Popen`.
        timeout: seconds within which it has to have loaded the models.
        stop: a `threading.Event` that ends the wait for them, or None.

    Attributes:
        host: the address it listens on.
        rest_port: port of the REST protocol.
        grpc_port: port of the gRPC protocol.
        announcement: dict of these and of `models`, name to version.

    Raises:
        ImportError: a package that it needs is not installed.
        ServerError: it does not start.

    Example:

    ```python
    options = Options({"birds": "serving/birds"}, rest_port=0, grpc_port=0)
    with ServerProcess(options) as server:
        url = f"http://{server.host}:{server.rest_port}/v1/models"
    ```
    """

    def __init__(self, options, stderr=None, timeout=300.0, stop=None):
        require_packages()
        self._grace = options.grace
        environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                str(_LAUNCHER),
                json.dumps(dataclasses.asdict(options)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            # A Ctrl-C is for the parent, which passes it on.
            start_new_session=True,
        )
        try:
            self.announcement = self._read_announcement(timeout, stop)
        except BaseException:
            self.kill()
            raise
        self.host = self.announcement["host"]
        self.rest_port = self.announcement["rest_port"]
        self.grpc_port = self.announcement["grpc_port"]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    @property
    def pid(self):
        """The number of the process."""
        return self._process.pid

    def ask_to_stop(self):
        """Lets it finish what it does; a second time, lets it hurry."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, timeout=None):
        """Waits for its end and returns its exit status."""
        status = self._process.wait(timeout)
        self._close()
        return status

    def stop(self):
        """Stops it and returns its exit status."""
        if self._process.poll() is None:
            self.ask_to_stop()
        try:
            return self.wait(self._grace + _EXTRA_GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode

    def kill(self):
        """Ends it at once."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self):
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()

    def _read_announcement(self, timeout, stop):
        """The line on its standard output."""
        assert self._process.stdout is not None
        stream = self._process.stdout.fileno()
        end = time.monotonic() + timeout
        line = b""
        while not line.endswith(b"\n"):
            if stop is not None and stop.is_set():
                raise ServerError("the server was stopped.")
            if time.monotonic() > end:
                raise ServerError(
                    f"the server was not ready within {timeout:g} seconds."
                )
            if not select.select([stream], [], [], _LOOK)[0]:
                continue
            part = os.read(stream, 4096)
            if not part:
                raise ServerError("the server ended before it was ready.")
            line += part
        found = json.loads(line)
        if "error" in found:
            raise ServerError(found["error"])
        return found


def require_packages():
    """Raises `ImportError` where a package of the extra is missing."""
    for name in _NEEDED:
        if importlib.util.find_spec(name) is None:
            raise ImportError(
                "serving needs aiohttp and tensorflow-serving-api: "
                'pip install "tfragan[serving]".'
            )
