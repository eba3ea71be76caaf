"""The campaign kills what it means to, and sees what is otherwise after it."""

import json
import signal
import subprocess
import sys

import pytest

from benchmarks import faults

_WRITER = """
import pathlib, sys, time
for number in range(1000):
    pathlib.Path(sys.argv[1], str(number)).touch()
    time.sleep(0.01)
"""


def _run(folder, lines):
    folder.mkdir()
    text = "".join(f"{line}\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text)
    return folder


def test_a_kill_comes_after_so_many_changes(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, tmp_path])
    status = faults.kill_after(writer.pid, tmp_path, changes=3, delay=0)
    assert status == -signal.SIGKILL
    assert 3 <= len(list(tmp_path.iterdir())) < 1000


def test_a_process_that_ends_first_has_its_own_status(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    assert faults.kill_after(process.pid, tmp_path, changes=1, delay=0) == 3


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (['{"step": 1, "time": 9}', '{"step": 2}'], None),
        (['{"step": 1}', '{"step": 1}', '{"step": 2}'], "1 too many"),
        (['{"step": 1}'], "-1 too many"),
        (['{"step": 1}', '{"step"'], "line of metrics.jsonl: "),
        (['{"step": 1}', '{"step": 2, "a": 1}'], "others"),
    ],
)
def test_bad_and_doubled_lines_are_told(tmp_path, lines, problem):
    whole = _run(tmp_path / "whole", ['{"step": 1}', '{"step": 2}'])
    found = faults._other_lines(whole, _run(tmp_path / "run", lines))
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]


def test_leftovers_are_told(tmp_path):
    whole, run = (_run(tmp_path / name, []) for name in ("whole", "run"))
    (run / "samples").mkdir()
    (run / "samples" / ".grid.png").touch()
    (run / "tensorboard").mkdir()
    (run / "tensorboard" / "events.2").touch()
    assert faults._leftovers(whole, run) == [
        "leftover samples",
        "leftover samples/.grid.png",
    ]


@pytest.mark.slow
def test_a_training_survives_kills():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.faults"]
        + ["--families=damsm", "--kills=3", "--disks=0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "| damsm | 3 | " in done.stdout
    assert json.loads(done.stdout.split()[-2]) == 0
