import os

import pytest

from tfragan.visualization import write_atomically


def test_content_replaces_the_old_and_nothing_lies_beside(tmp_path):
    path = tmp_path / "new" / "file.txt"
    assert write_atomically(path, "old") == path
    write_atomically(path, "é".encode())
    assert path.read_text("utf-8") == "é"
    assert list(path.parent.iterdir()) == [path]


def test_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "file.txt", "old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
