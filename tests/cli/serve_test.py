"""`tfragan serve` checks its flags, says where it listens, and ends."""

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys

import pytest

from tests.local_server.toy_model import save_painter
from tfragan.cli import flags
from tfragan.cli import main as cli
from tfragan.cli import serve
from tfragan.local_server import server


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """A folder with one version of a model."""
    folder = tmp_path_factory.mktemp("models") / "birds"
    save_painter(folder / "3")
    return folder


def _start(birds, *more):
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tfragan.cli.main", "serve", str(birds)),
            *more,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_line_says_where_it_listens_and_a_signal_ends_it(birds):
    process = _start(birds, "--rest_port=0")
    told = json.loads(process.stdout.readline())
    assert told["host"] == "127.0.0.1"
    assert told["models"] == {"birds": 3}
    connection = http.client.HTTPConnection("127.0.0.1", told["rest_port"])
    connection.request("GET", "/v1/models/birds")
    assert b"AVAILABLE" in connection.getresponse().read()
    connection.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    log = process.stderr.read()
    assert '"GET /v1/models/birds HTTP/1.1" 200' in log
    assert "Traceback" not in log


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        (tmp_path / "1").mkdir()
        (tmp_path / "1" / "saved_model.pb").touch()
        arguments = ["serve", str(tmp_path), f"--rest_port={port}"]
        told = serve.options_of(flags.parse(serve.FLAGS, arguments))
        sentence = f"rest_port: 127.0.0.1:{port} cannot be listened on"
        with pytest.raises(server.ServerError, match=sentence):
            asyncio.run(server.serve(server.Options(**told), {}, print))


def test_a_model_that_cannot_be_loaded_is_named(tmp_path):
    (tmp_path / "owls" / "1").mkdir(parents=True)
    (tmp_path / "owls" / "1" / "saved_model.pb").write_bytes(b"broken")
    process = _start(tmp_path / "owls", "--rest_port=0")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "owls/1 cannot be loaded" in err
    assert out == ""


def test_flags_become_options(tmp_path):
    for name in ("birds/1", "photos/7", "photos/10"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "saved_model.pb").touch()
    # Copied by half.
    (tmp_path / "photos" / "11").mkdir()
    arguments = [
        str(tmp_path / "birds"),
        f"--model=pictures={tmp_path / 'photos'}",
        "--max_body=0.5",
        "--rest_port=0",
    ]
    options = serve.options_of(flags.parse(serve.FLAGS, ["serve", *arguments]))
    assert options["models"] == {
        "birds": str(tmp_path / "birds" / "1"),
        "pictures": str(tmp_path / "photos" / "10"),
    }
    assert (options["max_body"], options["rest_port"]) == (2**19, 0)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ([], "--model is required"),
        (["nowhere"], "there is no folder nowhere"),
        (["empty"], "in a folder of its version, such as empty/1"),
        (["zeros"], "in a folder of its version, such as zeros/1"),
        (["birds", "birds"], "the name birds is taken"),
        (["a b=birds"], "received 'a b'"),
        (["birds", "--rest_port=70000"], "expected 0 to 65535"),
        (["birds", "--deadline=nan"], "--deadline: expected 0.001"),
        (["birds", "--max_body=-1"], "--max_body: expected 0.001"),
    ],
)
def test_bad_flags_end_with_one_sentence(
    tmp_path, monkeypatch, capsys, flags, sentence
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for place in ("birds/1", "zeros/00000123"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "saved_model.pb").touch()

    assert cli.main(["tfragan", "serve", *flags]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1


def test_a_missing_package_is_named(tmp_path, monkeypatch, capsys):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").touch()
    find = serve.importlib.util.find_spec
    monkeypatch.setattr(
        serve.importlib.util,
        "find_spec",
        lambda name: None if name == "aiohttp" else find(name),
    )
    assert cli.main(["tfragan", "serve", str(tmp_path)]) == 2
    assert 'pip install "tfragan[serving]"' in capsys.readouterr().err
