"""Paths lead where the user means, or are refused before anything is done."""

import os
import pathlib

import pytest
import tensorflow as tf

import tfragan
from tests.cli.conftest import run_tfragan
from tests.models import small_models
from tfragan.callbacks import CheckpointAndResume
from tfragan.cli import flags
from tfragan.cli import main as cli
from tfragan.place import LAST_VERSION
from tfragan.place import PlaceError
from tfragan.place import local_path
from tfragan.place import storage_address
from tfragan.place import version_numbers
from tfragan.run_folder import RunFolder

ELSEWHERE = ["gs://bucket/x", "s3://x", "hdfs://host/x", "file://host/x"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("a/b", "a/b"),
        ("a:b/c", "a:b/c"),
        ("c:/b", "c:/b"),
        ("./~x", "~x"),
        ("file:///a%20b/c", "/a b/c"),
        ("FILE:/a", "/a"),
        (pathlib.Path("file:///a"), "/a"),
        ("~root", os.path.expanduser("~root")),
    ],
)
def test_places_on_this_machine(place, path):
    assert local_path(place) == pathlib.Path(path)


def test_a_home_is_expanded(home):
    assert local_path("~/x") == local_path(pathlib.Path("~", "x")) == home / "x"
    assert RunFolder("~/x").path == home / "x"


@pytest.mark.parametrize(
    "place", [*ELSEWHERE, pathlib.Path("gs://x"), "~no1/x"]
)
def test_other_places_are_refused(place):
    with pytest.raises(PlaceError, match="expected a path on|no such user"):
        local_path(place)


def _path_flags():
    """Verb and name of each flag that is a path, of all verbs."""
    return [
        (verb, name)
        for verb in cli.VERBS
        for name, own in cli._module(verb).FLAGS.items()
        if flags.entry(name, own).metavar in ("FILE", "FOLDER", "PATH")
    ]


@pytest.mark.parametrize(
    ("verb", "name"),
    [flag for flag in _path_flags() if flag != ("export", "output")],
)
def test_every_flag_of_a_path_refuses_other_storages(verb, name, home, capsys):
    assert run_tfragan(verb, f"--{name}=gs://bucket/x") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "gs://bucket/x: expected a path on this machine" in error
    assert not os.listdir()


@pytest.mark.parametrize("verb", ["compare", "report", "serve", "translate"])
def test_arguments_without_a_flag_are_places_too(verb, home, capsys):
    more = ["--workdir=x"] if verb == "translate" else []
    assert run_tfragan(verb, "s3://bucket/x", *more) == 2
    assert "s3://bucket/x: expected a path" in capsys.readouterr().err


def test_flags_expand_homes(home):
    arguments = flags.parse(
        {"workdir": None, "run": cli._module("compare").FLAGS["run"]},
        ["compare", "--workdir=~/a", "--run=~/b", "~/c", "file:///d"],
    )
    assert arguments.workdir == str(home / "a")
    assert arguments.run == [str(home / "b"), str(home / "c"), "/d"]


@pytest.mark.parametrize(
    "call",
    [
        lambda place: small_models.dfgan().save_to_preset(place),
        lambda place: tfragan.models.load(place),
        lambda place: CheckpointAndResume(place),
        lambda place: tfragan.data.open_dataset(place),
        lambda place: tfragan.data.image_domain(place),
        lambda place: small_models.tokenizer().vocabulary.save(place),
    ],
)
def test_python_refuses_the_same_places(call, home):
    with pytest.raises(PlaceError, match=r"gs://bucket/x: expected a path on"):
        call("gs://bucket/x")
    assert not os.listdir()


def test_a_storage_is_tried_by_writing():
    assert storage_address("ram://bucket/models/") == "ram://bucket/models"
    assert tf.io.gfile.listdir("ram://bucket/models") == []
    assert storage_address("a/b") is storage_address("file:///a") is None
    with pytest.raises(PlaceError, match=r"s3://x/y cannot be written: .*'s3'"):
        storage_address("s3://x/y")


def test_versions_are_folders_of_whole_numbers(tmp_path):
    names = ["1", "20", str(LAST_VERSION), str(LAST_VERSION + 1), "0", "007"]
    for name in [*names, "1.5", "-3", ".4-part", "x", "٣"]:
        (tmp_path / name).mkdir()
        tf.io.gfile.makedirs(f"ram://versions/{name}")
    (tmp_path / "5").touch()
    assert version_numbers(tmp_path) == [1, 20, LAST_VERSION]
    assert version_numbers("ram://versions") == [1, 20, LAST_VERSION]
    assert version_numbers(tmp_path / "none") == []
