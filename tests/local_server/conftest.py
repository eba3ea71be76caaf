"""One running server for all tests of this folder."""

import collections
import shutil

import pytest

from tests.local_server.asking import Client
from tests.local_server.toy_model import save_toy
from tests.local_server.toy_model import save_warmup
from tfragan.local_server.options import Options
from tfragan.local_server.process import ServerProcess

Running = collections.namedtuple("Running", ["client", "folder", "log"])


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """The client of a server, its folder of models, and its log.

    It serves `birds` in two versions with labels, and `moving`.
    """
    folder = tmp_path_factory.mktemp("models")
    for name in ("birds", "moving"):
        (folder / name).mkdir()
    first = save_toy(folder / "birds", 1)
    save_warmup(first, "warm")
    shutil.copytree(first, folder / "moving" / "1")
    save_toy(folder / "birds", 2)
    options = Options(
        {name: str(folder / name) for name in ("birds", "moving")},
        labels={"birds": {"stable": 1, "canary": 2, "next": 3}},
        rest_port=0,
        grpc_port=0,
        poll=0.2,
        max_batch=4,
        batch_timeout_ms=20,
        max_queue=8,
        max_rows=8,
        max_body=2**20,
        max_text=1000,
        max_image_side=256,
        deadline=4.0,
    )
    log = folder / "log.txt"
    with log.open("wb") as stream:
        with ServerProcess(options, stderr=stream) as server:
            client = Client(server)
            yield Running(client, folder, log)
            client.close()


@pytest.fixture(scope="session")
def client(running):
    """The client of the running server."""
    return running.client
