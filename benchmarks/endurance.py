"""What a served model endures: load, hostile requests, changes of version.

python -m benchmarks.endurance serving/birds
python -m benchmarks.endurance serving/birds --hostile=10000 --seconds=30

Starts `tfragan serve` on the loopback, prints a table, and ends with status 1
where a request failed that must not.
"""

import argparse
import collections
import contextlib
import http.client
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

from benchmarks.hostile_requests import good_request
from benchmarks.hostile_requests import hostile_request
from tfragan.local_server.options import Options
from tfragan.local_server.process import ServerProcess

_NAME = "model"
_PATH = f"/v1/models/{_NAME}"
_CLIENTS = (1, 8, 32)
_SWAP_CLIENTS = 8
_LIMIT = 120.0
_CHECK_EVERY = 100


class Connection:
    """One kept connection to a server.

    Args:
        server: a `ServerProcess`.
    """

    def __init__(self, server):
        self._connection = http.client.HTTPConnection(
            server.host, server.rest_port, timeout=_LIMIT
        )

    def post(self, body):
        """The code and the body of the answer to a prediction's request."""
        self._connection.request("POST", f"{_PATH}:predict", body)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def get(self, path):
        """The JSON of an answer."""
        self._connection.request("GET", path)
        return json.loads(self._connection.getresponse().read())

    def close(self):
        self._connection.close()


class Load:
    """Clients that ask one after the other, all at once.

    Args:
        server: a `ServerProcess`.
        body: what they ask.
        clients: how many.
    """

    def __init__(self, server, body, clients):
        self._server = server
        self._body = body
        self._stop = threading.Event()
        self.seconds: list = []
        self.codes: collections.Counter = collections.Counter()
        self.answers: set = set()
        self._threads = [
            threading.Thread(target=self._ask) for _ in range(clients)
        ]

    def __enter__(self):
        self._start = time.perf_counter()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.passed = time.perf_counter() - self._start

    def _ask(self):
        with contextlib.closing(Connection(self._server)) as connection:
            while not self._stop.is_set():
                start = time.perf_counter()
                code, answer = connection.post(self._body)
                self.seconds.append(time.perf_counter() - start)
                self.codes[code] += 1
                if code == 200:
                    self.answers.add(answer)

    def row(self):
        """Latencies in milliseconds, and answers a second."""
        middle, late = np.percentile(self.seconds, [50, 99]) * 1e3
        return [f"{middle:.0f}", f"{late:.0f}", f"{self.rate():.1f}"]

    def rate(self):
        """Answers a second."""
        return self.codes[200] / self.passed

    def failures(self):
        """How many requests had no answer."""
        return sum(self.codes.values()) - self.codes[200]


def memory(server):
    """Resident memory of a server in MiB."""
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    (line,) = [x for x in status.splitlines() if x.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


def endure_load(server, body, seconds):
    """Rows of the table of loads; the number of failures."""
    rows, failures, answers = [], 0, set()
    for clients in _CLIENTS:
        before = memory(server)
        with Load(server, body, clients) as load:
            time.sleep(seconds)
        rows.append(
            [str(clients), *load.row(), f"{before} to {memory(server)}"]
        )
        failures += load.failures()
        answers |= load.answers
    return rows, failures + len(answers) - 1


def endure_hostile(server, inputs, body, count):
    """Codes by kind of hostile request; the number of wrong ones."""
    draw = random.Random(0)
    codes: dict = collections.defaultdict(collections.Counter)
    wrong = 0
    with contextlib.closing(Connection(server)) as connection:
        _, expected = connection.post(body)
        for number in range(count):
            kind, request, right = hostile_request(draw, inputs)
            code, answer = connection.post(request)
            codes[kind][code] += 1
            if code not in right or [*json.loads(answer)] != ["error"]:
                wrong += 1
                print(kind, code, answer[:200], request[:200])
            if number % _CHECK_EVERY == 0:
                wrong += connection.post(body) != (200, expected)
        wrong += connection.post(body) != (200, expected)
    return codes, wrong


def endure_swaps(server, folder, body, swaps):
    """Requests answered while versions change; failures among them."""
    with (
        Load(server, body, _SWAP_CLIENTS) as load,
        contextlib.closing(Connection(server)) as connection,
    ):
        for number in range(2, 2 + swaps):
            beside = folder / f".{number}"
            shutil.copytree(folder / "1", beside)
            beside.rename(folder / str(number))
            _wait_for(connection, number)
    return load.codes[200], load.failures(), len(load.answers)


def _wait_for(connection, number):
    end = time.monotonic() + _LIMIT
    while time.monotonic() < end:
        states = connection.get(_PATH)["model_version_status"]
        available = [x for x in states if x["state"] == "AVAILABLE"]
        if [int(x["version"]) for x in available] == [number]:
            return
        time.sleep(0.2)
    raise TimeoutError(f"version {number} is not served after {_LIMIT:g} s.")


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _options(folder):
    return Options(
        {_NAME: str(folder)}, rest_port=0, grpc_port=0, quiet=True, poll=0.5
    )


def run(source, seconds, hostile, swaps):
    """Measures one model and prints what came out.

    Args:
        source: folder of an exported version.
        seconds: of each load.
        hostile: how many hostile requests.
        swaps: how many changes of version.

    Returns:
        The number of failures.
    """
    told = json.loads((source / "export.json").read_text("utf-8"))
    inputs = [*told["signatures"]["serving_default"]["inputs"]]
    body = good_request(inputs)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        shutil.copytree(source, folder / "1")
        with ServerProcess(_options(folder), subprocess.DEVNULL) as server:
            rows, failures = endure_load(server, body, seconds)
            print(f"{told['class_name']}, {source}\n")
            head = ["clients", "p50 ms", "p99 ms", "images/s", "memory, MiB"]
            print(_table(head, rows), "\n")
            before = memory(server)
            codes, wrong = endure_hostile(server, inputs, body, hostile)
            rows = [
                [kind, str(sum(found.values())), ", ".join(map(str, found))]
                for kind, found in sorted(codes.items())
            ]
            print(_table(["hostile requests", "count", "codes"], rows), "\n")
            print(
                f"{wrong} wrong answers; memory {before} to {memory(server)} "
                "MiB"
            )
            with contextlib.closing(Connection(server)) as connection:
                _, first = connection.post(body)
        with ServerProcess(_options(folder), subprocess.DEVNULL) as server:
            with contextlib.closing(Connection(server)) as connection:
                other = int(connection.post(body)[1] != first)
            print(f"{other} of 1 answers differ after a restart")
            answered, lost, kinds = endure_swaps(server, folder, body, swaps)
            print(
                f"{swaps} changes of version under {_SWAP_CLIENTS} clients: "
                f"{answered} answered, {lost} failed, {kinds} different answer"
            )
    return failures + wrong + other + lost + kinds - 1


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", help="folder of an exported model's versions")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--hostile", type=int, default=1000)
    parser.add_argument("--swaps", type=int, default=5)
    options = parser.parse_args(arguments)
    folder = pathlib.Path(options.folder)
    versions = [int(x.name) for x in folder.iterdir() if x.name.isdigit()]
    source = folder / str(max(versions))
    failures = run(source, options.seconds, options.hostile, options.swaps)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
