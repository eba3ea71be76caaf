"""Prepared data trains, with the vocabulary that was prepared with it."""

import pytest

from tests.cli.conftest import run_tfragan
from tfragan.text import Vocabulary


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "shapes"
    status = run_tfragan(
        "prepare",
        "--data=shapes:32",
        f"--output={folder}",
        "--image_size=32",
        "--shard_size=1000",
        "--min_count=2",
    )
    assert status == 0
    return folder


def test_shards_vocabulary_and_manifest_are_written(prepared):
    names = {path.name for path in prepared.iterdir()}

    assert "manifest.json" in names
    assert "train-00001-of-00002.tfrecord" in names
    assert "red" in Vocabulary.load(prepared / "vocabulary.txt")


def test_again_is_nothing_and_other_arguments_are_refused(prepared, capsys):
    flags = ("--data=shapes:32", f"--output={prepared}", "--min_count=2")
    again = run_tfragan(
        "prepare", *flags, "--image_size=32", "--shard_size=1000"
    )
    assert again == 0
    assert run_tfragan("prepare", *flags, "--image_size=64") == 2
    assert "was prepared with other arguments" in capsys.readouterr().err


def test_training_takes_the_prepared_vocabulary(prepared, tmp_path):
    status = run_tfragan(
        "train",
        "--config=damsm_shapes:tiny",
        f"--workdir={tmp_path / 'run'}",
        f"--data={prepared}",
        "--noprogress",
    )
    trained = tmp_path / "run" / "final" / "vocabulary.txt"

    assert status == 0
    assert trained.read_bytes() == (prepared / "vocabulary.txt").read_bytes()


def test_a_dry_run_writes_nothing(tmp_path, capsys):
    folder = tmp_path / "out"
    status = run_tfragan(
        "prepare", "--data=emoji", f"--output={folder}", "--dry_run"
    )

    assert status == 0
    assert "1,586 images" in capsys.readouterr().out
    assert not folder.exists()
