"""Clients and servers that the tests of the package share."""

import shutil
import subprocess

import pytest

from tests.serving.fake_server import FakeClock
from tests.serving.fake_server import serving
from tfragan.serving import Client
from tfragan.serving import client as client_module


@pytest.fixture
def clock(monkeypatch):
    """A client's time, in which pauses take none and have no random part."""
    clock = FakeClock()
    monkeypatch.setattr(client_module, "time", clock)
    monkeypatch.setattr(client_module.random, "uniform", max)
    return clock


@pytest.fixture
def ask():
    """A function of a `FakeModel` and a transport to a `Client` of it."""
    contexts = []

    def start(model, transport, **options):
        server = serving(model, transport)
        contexts.append(server)
        options = {"timeout": 20.0, **options}
        client = Client(server.__enter__(), model.name, **options)
        contexts.append(client)
        return client

    yield start
    for context in reversed(contexts):
        context.__exit__(None, None, None)


@pytest.fixture(params=["rest", "grpc"])
def transport(request):
    return request.param


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """PEM files of a certificate of 127.0.0.1 and its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [program, "req", "-x509", "-nodes", "-days", "2"]
        + ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-out", str(paths[0]), "-keyout", str(paths[1])],
        check=True,
        capture_output=True,
    )
    return paths
