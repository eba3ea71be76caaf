"""One running preview for all tests of this folder."""

import contextlib
import dataclasses
import http.client
import json
import subprocess
import sys

import pytest

from tests.local_server.toy_model import save_toy
from tfragan.local_server import server
from tfragan.local_server.server import Options

_TIMEOUT = 120


@contextlib.contextmanager
def preview(options, log=subprocess.DEVNULL):
    """Runs a preview as a process; gives its port."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", server.__file__),
            json.dumps(dataclasses.asdict(options)),
        ],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        yield json.loads(process.stdout.readline())["rest_port"]
    finally:
        process.terminate()
        process.wait(_TIMEOUT)
        process.stdout.close()


class Asker:
    """Asks a preview.

    Args:
        port: where it listens.
    """

    def __init__(self, port):
        self.port = port

    def send(self, method, path, body=None, **headers):
        """The status, the headers and the content of an answer."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=_TIMEOUT
        )
        names = {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        with contextlib.closing(connection):
            connection.request(method, path, body, names)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def get(self, path, **headers):
        """The status and the JSON of an answer."""
        status, _, content = self.send("GET", path, **headers)
        return status, json.loads(content)

    def predict(self, body, path="/v1/models/birds:predict", **headers):
        """The status and the JSON of a prediction."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content_Type": "application/json", **headers}
        status, _, content = self.send("POST", path, body, **headers)
        return status, json.loads(content)


@pytest.fixture(scope="session")
def asker(tmp_path_factory):
    """Asks a preview of `birds`, of which there are versions 1 and 2."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "birds").mkdir()
    for version in (1, 2):
        save_toy(folder / "birds", version)
    options = Options(
        {"birds": str(folder / "birds")},
        rest_port=0,
        max_rows=8,
        max_body=2**20,
        max_text=1000,
        max_pixels=256 * 256,
        deadline=5.0,
    )
    with (folder / "log.txt").open("w") as log:
        with preview(options, log) as port:
            found = Asker(port)
            found.log = folder / "log.txt"
            yield found
