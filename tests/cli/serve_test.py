"""`tfragan serve` starts, says where it listens, and ends in order."""

import concurrent.futures
import http.client
import json
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.local_server.toy_model import save_toy
from tfragan.cli import flags
from tfragan.cli import main as cli
from tfragan.cli import serve
from tfragan.cli import serving


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """A folder with one version of a model."""
    folder = tmp_path_factory.mktemp("models") / "birds"
    folder.mkdir()
    save_toy(folder, 3)
    return folder


def _ask(port, body, path="/v1/models/birds:predict"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        "POST" if body else "GET", path, body and json.dumps(body)
    )
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_at_a_signal_running_requests_end_and_new_ones_are_refused(birds):
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tfragan.cli.main", "serve", str(birds)),
            *("--rest_port=0", "--grpc_port=0", "--grace=30"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ports = json.loads(process.stdout.readline())
    port = ports["rest_port"]
    assert ports["host"] == "127.0.0.1"
    assert ports["models"] == {"birds": 3}

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            _ask, port, {"signature_name": "slow", "inputs": [3.0]}
        )
        time.sleep(1.0)
        process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 2.0
        state = "AVAILABLE"
        while state == "AVAILABLE" and time.monotonic() < end:
            _, status = _ask(port, None, "/v1/models/birds")
            state = status["model_version_status"][0]["state"]
        refused = _ask(port, {"inputs": {"caption": ["a"], "seed": [1]}})

        assert state == "UNLOADING"
        assert refused == (503, {"error": "the server is stopping."})
        assert running.result() == (200, {"outputs": [3.0]})
    assert process.wait(30) == 0
    log = process.stderr.read()
    assert "rows=1 200" in log
    assert "Traceback" not in log


def test_a_port_that_is_taken_is_named(birds, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status = cli.main(
            ["tfragan", "serve", str(birds), f"--rest_port={port}"]
        )

    captured = capsys.readouterr()
    assert status == 2
    assert f"rest_port: 127.0.0.1:{port} cannot be listened on" in captured.err
    assert captured.err.count("\n") == 1


def _options(*argv):
    return serving.options_of(flags.parse(serve.FLAGS, ["serve", *argv]))


def test_flags_become_options(tmp_path):
    for name in ("birds/1", "birds/2", "photos/7"):
        (tmp_path / name).mkdir(parents=True)
    options = _options(
        str(tmp_path / "birds"),
        f"--model=pictures={tmp_path / 'photos'}",
        "--labels=birds=stable:1,canary:2",
        "--max_body=0.5",
        "--rest_port=0",
    )

    assert options.models == {
        "birds": str(tmp_path / "birds"),
        "pictures": str(tmp_path / "photos"),
    }
    assert options.labels == {"birds": {"stable": 1, "canary": 2}}
    assert (options.max_body, options.rest_port) == (2**19, 0)
    assert options.grpc_port == 8500


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ([], "--model is required"),
        (["nowhere"], "there is no folder nowhere"),
        (["empty"], "expected folders of versions, such as empty/1"),
        (["birds", "birds"], "the name birds is taken"),
        (["a b=birds"], "received 'a b'"),
        (["birds", "--labels=owls=a:1"], "received 'owls'"),
        (["birds", "--labels=birds=a"], "expected LABEL:VERSION"),
        (["birds", "--labels=birds=a:9"], "has no version 9"),
        (["birds", "--rest_port=70000"], "at most 65535"),
        (["birds", "--deadline=0"], "--deadline: expected at least 0.001"),
        (["birds", "--poll=nan"], "--poll: expected"),
        (["birds", "--max_body=-1"], "--max_body: expected more than 0"),
        (["birds", "--max_queue=9"], "at least --max_rows=64"),
    ],
)
def test_bad_flags_end_with_one_sentence(
    tmp_path, monkeypatch, capsys, flags, sentence
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "birds" / "1").mkdir(parents=True)

    assert cli.main(["tfragan", "serve", *flags]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("name", ["aiohttp", "tensorflow_serving"])
def test_a_missing_package_is_named(tmp_path, monkeypatch, capsys, name):
    (tmp_path / "1").mkdir()
    monkeypatch.setitem(sys.modules, name, None)

    assert cli.main(["tfragan", "serve", str(tmp_path)]) == 2
    assert 'pip install "tfragan[serving]"' in capsys.readouterr().err
