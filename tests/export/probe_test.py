"""The probe asks a server for each model, with nothing but bash."""

import http.server
import json
import pathlib
import shutil
import subprocess
import threading

import pytest

_PROBE = pathlib.Path(__file__).parents[2] / "export" / "probe.sh"
_BASH = shutil.which("bash")
_STATES = {
    "birds": ["AVAILABLE", "END"],
    "edit": ["LOADING"],
    "photos": ["AVAILABLE"],
}


class _Server(http.server.BaseHTTPRequestHandler):
    """Answers as TensorFlow Serving does where it is asked for a status."""

    protocol_version = "HTTP/1.1"
    indent: int | None = 1

    def do_GET(self):
        states = _STATES.get(self.path.removeprefix("/v1/models/"))
        found = {"error": "Could not find any versions of model"}
        if states:
            found = {
                "model_version_status": [
                    {"version": str(number), "state": state, "status": {}}
                    for number, state in enumerate(states)
                ]
            }
        content = json.dumps(found, indent=self.indent).encode()
        self.send_response(200 if states else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


class _OneLine(_Server):
    indent = None


def _probe(handler, *names):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        return _run(server.server_address[1], *names)
    finally:
        server.shutdown()
        server.server_close()


def _run(port, *names):
    # Without a PATH, for the images have few programs.
    return subprocess.run(
        [_BASH, str(_PROBE), *names],
        env={"REST_PORT": str(port), "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("handler", [_Server, _OneLine])
@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["birds"], 0),
        (["birds", "photos"], 0),
        (["edit"], 1),
        (["birds", "edit"], 1),
        (["unknown"], 1),
        ([], 2),
    ],
)
def test_it_succeeds_where_every_model_is_available(handler, names, status):
    assert _probe(handler, *names).returncode == status


def test_it_says_which_model_is_missing():
    assert "edit is not available" in _probe(_Server, "birds", "edit").stderr


def test_it_fails_where_nothing_answers():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    port = server.server_address[1]
    server.server_close()

    assert _run(port, "birds").returncode == 1
