import os
import threading

import pytest

from tfragan.data.cache_folder import build_once
from tfragan.data.cache_folder import cache_folder
from tfragan.data.cache_folder import write_once


def test_the_cache_lies_where_xdg_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "/some/cache")
    assert cache_folder() == "/some/cache/tfragan"
    for value in ("", "not/absolute"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_folder() == str(tmp_path / ".cache/tfragan")


def test_a_folder_is_built_only_once(tmp_path):
    target = str(tmp_path / "deep/data")
    calls = []

    def build(folder):
        calls.append(folder)
        with open(os.path.join(folder, "file"), "w") as file:
            file.write("content")

    for _ in range(2):
        assert build_once(target, build) == target
    assert len(calls) == 1
    assert os.listdir(tmp_path / "deep") == ["data"]
    assert os.listdir(target) == ["file"]


def test_a_failed_build_leaves_nothing(tmp_path):
    def build(folder):
        with open(os.path.join(folder, "file"), "w"):
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        build_once(str(tmp_path / "data"), build)
    assert os.listdir(tmp_path) == []


def test_builders_at_the_same_time_agree_on_one_folder(tmp_path):
    target = str(tmp_path / "data")
    together = threading.Barrier(4)

    def build(folder):
        together.wait(10)
        with open(os.path.join(folder, "file"), "w") as file:
            file.write("content")

    threads = [
        threading.Thread(target=build_once, args=(target, build))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.listdir(tmp_path) == ["data"]
    assert os.listdir(target) == ["file"]


def test_what_a_killed_build_left_is_removed_after_a_day(tmp_path):
    for name, age in ((".data.old", 1e6), (".data.new", 0), (".other.x", 1e6)):
        (tmp_path / name).mkdir()
        stamp = os.stat(tmp_path).st_mtime - age
        os.utime(tmp_path / name, (stamp, stamp))
    build_once(str(tmp_path / "data"), lambda folder: None)
    assert set(os.listdir(tmp_path)) == {"data", ".data.new", ".other.x"}


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="set XDG_CACHE_HOME to another"):
        build_once(str(tmp_path / "file/data"), lambda folder: None)


def test_a_file_is_written_only_once(tmp_path):
    target = str(tmp_path / "deep/file")
    calls = []

    def write(file):
        calls.append(file)
        file.write(b"content")

    for _ in range(2):
        assert write_once(target, write) == target
    assert len(calls) == 1
    with open(target, "rb") as file:
        assert file.read() == b"content"
    assert os.stat(target).st_mode & 0o444 == 0o444


def test_a_file_that_fails_leaves_nothing(tmp_path):
    def write(file):
        file.write(b"half")
        raise KeyError("other half")

    with pytest.raises(KeyError):
        write_once(str(tmp_path / "file"), write)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_said_in_one_sentence(tmp_path):
    def write(file):
        raise OSError(28, "No space left on device")

    with pytest.raises(ValueError, match="No space left .*XDG_CACHE_HOME"):
        write_once(str(tmp_path / "file"), write)
    assert os.listdir(tmp_path) == []
