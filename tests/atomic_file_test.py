import os

import pytest

from tfragan.atomic_file import atomic_path
from tfragan.atomic_file import replace_folder
from tfragan.atomic_file import write_atomically


def test_content_replaces_the_old_and_nothing_lies_beside(tmp_path):
    path = tmp_path / "new" / "file.txt"
    assert write_atomically(path, "old") == path
    write_atomically(path, "é".encode())
    assert path.read_text("utf-8") == "é"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_rename_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "file.txt", "old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_writer_leaves_the_old_file(tmp_path):
    path = write_atomically(tmp_path / "file.npy", "old")

    def write_half():
        with atomic_path(path) as beside:
            assert beside.suffix == ".npy"
            beside.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("old", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path, old):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "file").touch()
    if old:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "stale").touch()
    replace_folder(tmp_path / "new", tmp_path / "folder")
    assert os.listdir(tmp_path) == ["folder"]
    assert os.listdir(tmp_path / "folder") == ["file"]
