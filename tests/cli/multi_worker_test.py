"""Two worker processes on the loopback train what one process trains."""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.cli.conftest import weights_of

_LOSSES = (
    "generator_loss",
    "discriminator_loss",
    "loss/damsm_words",
    "loss/damsm_sentence",
    "loss/kl",
)


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _start_workers(arguments, log_folder):
    cluster = [f"127.0.0.1:{port}" for port in _free_ports(2)]
    processes = []
    for index in range(2):
        config = {
            "cluster": {"worker": cluster},
            "task": {"type": "worker", "index": index},
        }
        with (log_folder / f"worker_{index}.log").open("w") as log:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tfragan.cli.main", *arguments],
                    env={**os.environ, "TF_CONFIG": json.dumps(config)},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
    return processes


def _weights(run):
    arrays = weights_of(run / "final").values()
    return np.concatenate([array.ravel() for array in arrays])


def test_two_workers_equal_one_and_say_what_they_are(
    attngan_run, damsm_run, tmp_path
):
    run = tmp_path / "run"
    processes = _start_workers(
        [
            "train",
            "--config=attngan_avatars:tiny",
            f"--config.damsm={damsm_run}",
            f"--workdir={run}",
            "--noprogress",
        ],
        tmp_path,
    )
    try:
        statuses = [process.wait(timeout=540) for process in processes]
    finally:
        for process in processes:
            process.kill()
    logs = [(tmp_path / f"worker_{index}.log").read_text() for index in (0, 1)]
    assert statuses == [0, 0], logs
    assert "MultiWorkerMirroredStrategy, worker 0 of 2" in logs[0]
    assert (run / "samples" / "grid_000006.png").is_file()
    # The first steps are the same but for rounding, which Adam then blows up.
    expected, found = _losses(attngan_run), _losses(run)
    assert [step for step, _ in found] == [2, 4, 6]
    for (_, ours), (_, theirs), tolerance in zip(
        found, expected, (1e-5, 1e-3, 1e-2), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance)
    expected, found = _weights(attngan_run), _weights(run)
    differences = np.abs(found - expected)
    assert np.quantile(differences, 0.9) < 1e-5
    # At most the steps that Adam could take.
    assert differences.max() < 6 * 2 * 2e-4 + 1e-3


@pytest.mark.slow
def test_two_workers_go_on_after_one_was_killed(damsm_run, tmp_path):
    run = tmp_path / "run"
    arguments = [
        "train",
        "--config=attngan_avatars:tiny",
        f"--config.damsm={damsm_run}",
        f"--workdir={run}",
        "--config.steps=30",
        "--noprogress",
    ]
    first, second = workers = _start_workers(arguments, tmp_path)
    try:
        while not list((run / "checkpoints").glob("*.index")):
            time.sleep(0.1)
            assert first.poll() is second.poll() is None
        second.kill()
        # The other is told once no heartbeats came for a while.
        assert first.wait(timeout=300) != 0
        again = _start_workers(arguments, tmp_path)
        workers += again
        assert [worker.wait(timeout=900) for worker in again] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()

    assert "resuming at step" in (run / "log.txt").read_text("utf-8")
    assert [step for step, _ in _losses(run)] == list(range(2, 31, 2))
    assert (run / "final" / "model.weights.h5").is_file()


def _losses(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    return [
        (record["step"], [record[key] for key in _LOSSES])
        for record in records
        if "generator_loss" in record
    ]
