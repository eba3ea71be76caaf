"""One running preview for all tests of this folder."""

import contextlib
import http.client
import json
import subprocess
import sys

import pytest

from tests.local_server.toy_model import save_painter
from tests.local_server.toy_model import save_translator
from tfragan.cli import flags
from tfragan.cli import serve
from tfragan.local_server import server

_TIMEOUT = 120


class Asker:
    """Asks a preview.

    Args:
        port: where it listens.
        log: path of its log.
    """

    def __init__(self, port, log):
        self.port = port
        self.log = log

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

    def predict(self, body, model="birds", **headers):
        """The status and the JSON of a prediction."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content_Type": "application/json", **headers}
        path = f"/v1/models/{model}:predict"
        status, _, content = self.send("POST", path, body, **headers)
        return status, json.loads(content)


@pytest.fixture(scope="session")
def asker(tmp_path_factory):
    """Asks a preview of version 2 of `birds` and version 1 of `photos`."""
    folder = tmp_path_factory.mktemp("models")
    save_painter(folder / "birds" / "2")
    save_translator(folder / "photos" / "1")
    arguments = [
        *(str(folder / "birds"), str(folder / "photos"), "--rest_port=0"),
        *("--max_rows=8", "--max_body=1", "--max_text=1000"),
        *("--max_pixels=65536", "--deadline=5"),
    ]
    options = serve.options_of(flags.parse(serve.FLAGS, ["serve", *arguments]))
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", server.__file__, json.dumps(options)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with process:
            port = json.loads(process.stdout.readline())["rest_port"]
            yield Asker(port, folder / "log.txt")
            process.terminate()
