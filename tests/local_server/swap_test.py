"""Versions change under load, and no request notices but by its answer."""

import json
import shutil
import threading
import time

import pytest

from tests.local_server.asking import captions
from tests.local_server.toy_model import save_toy
from tests.local_server.toy_model import save_warmup

_PATH = "/v1/models/moving"
_ASKED = json.dumps({"inputs": {"caption": ["owl"], "seed": [1]}}).encode()


class _Load:
    """Asks in both protocols, all the time, and keeps what came back."""

    def __init__(self, client):
        self._client = client
        self._stop = threading.Event()
        self.answers: list = []
        self.failures: list = []
        self._threads = [
            threading.Thread(target=self._ask, args=(ask,))
            for ask in (self._rest, self._rest, self._grpc)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, ask):
        while not self._stop.is_set():
            try:
                self.answers.append(ask())
            except Exception as error:
                self.failures.append(error)

    def _rest(self):
        status, answer = self._client.post(f"{_PATH}:predict", _ASKED)
        assert status == 200, answer
        return answer["outputs"][0]["b64"]

    def _grpc(self):
        found = self._client.predict("moving", captions("owl"))
        return found["image_bytes"][0]


def _states(client):
    shown = client.get(_PATH)[1]["model_version_status"]
    return {int(one["version"]): one for one in shown}


def _wait_for(client, **wanted):
    """Waits until versions `v<number>` have the states wanted."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        states = _states(client)
        if all(
            states.get(int(name[1:]), {}).get("state") == state
            for name, state in wanted.items()
        ):
            return states
        time.sleep(0.1)
    raise AssertionError(f"expected {wanted}, received {states}")


@pytest.fixture
def folder(running):
    return running.folder / "moving"


def test_versions_change_without_a_failed_request(client, folder):
    with _Load(client) as load:
        _wait_for(client, v1="AVAILABLE")
        save_toy(folder, 2)
        _wait_for(client, v2="AVAILABLE", v1="END")
        count = len(load.answers)
        # Truncated weights, as of a copy that was cut off.
        broken = folder / ".3"
        shutil.copytree(folder / "2", broken)
        weights = broken / "variables" / "variables.data-00000-of-00001"
        weights.write_bytes(weights.read_bytes()[:-10])
        broken.rename(folder / "3")
        states = _wait_for(client, v3="END", v2="AVAILABLE")
        save_toy(folder, 4)
        _wait_for(client, v4="AVAILABLE", v2="END", v3="END")
        shutil.rmtree(folder / "4")
        _wait_for(client, v2="AVAILABLE")

    assert load.failures == []
    assert len(load.answers) > count > 0
    versions = {1: 0, 2: 0, 4: 0}
    for answer in load.answers:
        if isinstance(answer, str):
            # The number is in the first of the bytes.
            answer = {"MTpv": b"1", "Mjpv": b"2", "NDpv": b"4"}[answer[:4]]
        versions[int(answer[:1])] += 1
    assert all(versions.values()), versions
    error = states[3]["status"]
    assert error["error_code"] == "UNKNOWN"
    assert error["error_message"]
    assert "Traceback" not in error["error_message"]


def test_a_version_whose_warm_up_fails_is_not_served(client, folder):
    served = client.get("/v1/models")[1][1]["versions"]
    number = max(one["version"] for one in served) + 10
    beside = folder / f".{number}"
    shutil.copytree(folder / "1", beside)
    save_warmup(beside, "bad")
    beside.rename(folder / str(number))

    states = _wait_for(client, **{f"v{number}": "END"})
    message = states[number]["status"]["error_message"]
    assert message.startswith("warm-up requests: ")
    assert "a bad caption" in message
    assert client.post(f"{_PATH}:predict", _ASKED)[0] == 200
