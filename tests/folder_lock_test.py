import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from tfragan.folder_lock import FolderInUseError
from tfragan.folder_lock import folder_lock

_HOLD = """
import sys, time
from tfragan.folder_lock import folder_lock
with folder_lock(sys.argv[1], "it is used"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, tmp_path / ".lock"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_another_process_is_refused_with_the_holders_host_and_id(
    tmp_path, other
):
    who = f"{other.pid} on host {socket.gethostname()}"
    with pytest.raises(FolderInUseError, match=f"it is used by .*{who}"):
        with folder_lock(tmp_path / ".lock", "it is used", again=True):
            pytest.fail("two processes in one folder")


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert (tmp_path / ".lock").exists()
    with folder_lock(tmp_path / ".lock", "it is used"):
        holder = json.loads((tmp_path / ".lock").read_text())
    assert holder == {"host": socket.gethostname(), "process": os.getpid()}
    assert list(tmp_path.iterdir()) == []


def test_the_same_process_enters_again_only_where_it_may(tmp_path):
    path = tmp_path / ".lock"
    with folder_lock(path, "it is used"):
        with folder_lock(path, "it is used", again=True):
            pass
        assert path.exists()
        with pytest.raises(FolderInUseError):
            folder_lock(path, "it is used").__enter__()
    assert not path.exists()


@pytest.mark.parametrize(
    ("holder", "free"),
    [
        (b"", True),
        (b"[" * 5000, True),
        (b'{"host": "%(here)s", "process": 99999999}', True),
        (b'{"host": "%(here)s", "process": %(mine)d}', False),
        (b'{"host": "elsewhere", "process": 99999999}', False),
    ],
)
def test_without_locks_of_the_file_system_the_file_decides(
    tmp_path, monkeypatch, holder, free
):
    def no_locks(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    here = socket.gethostname().encode()
    path = tmp_path / ".lock"
    path.write_bytes(
        holder.replace(b"%(here)s", here).replace(
            b"%(mine)d", str(os.getppid()).encode()
        )
    )
    if free:
        with folder_lock(path, "it is used"):
            pass
        return
    with pytest.raises(FolderInUseError, match="it is used by"):
        folder_lock(path, "it is used").__enter__()
    assert path.read_bytes()


def test_a_folder_that_vanishes_meanwhile_is_no_error(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    with folder_lock(folder / ".lock", "it is used"):
        (folder / ".lock").unlink()
        folder.rmdir()

    assert not folder.exists()
