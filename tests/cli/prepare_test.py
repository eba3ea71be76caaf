"""Prepared data trains, with the vocabulary that was prepared with it."""

import shutil

import pytest

from tests.cli.conftest import run_tfragan
from tests.cli.conftest import succeed
from tests.cli.conftest import train_tiny
from tests.data.fake_layouts import unpaired_layout
from tfragan.data import unpaired_images
from tfragan.data import unpaired_splits
from tfragan.text import Vocabulary


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "emoji"
    succeed(
        "prepare",
        "--data=emoji",
        f"--output={folder}",
        "--image_size=32",
        "--shard_size=1000",
        "--min_count=2",
    )
    return folder


def test_shards_vocabulary_and_manifest_are_written(prepared):
    names = {path.name for path in prepared.iterdir()}

    assert "manifest.json" in names
    assert "train-00001-of-00002.tfrecord" in names
    assert "red" in Vocabulary.load(prepared / "vocabulary.txt")


def test_again_is_nothing_and_other_arguments_are_refused(prepared, refusal):
    flags = ("--data=emoji", f"--output={prepared}", "--min_count=2")
    succeed("prepare", *flags, "--image_size=32", "--shard_size=1000")
    assert "was prepared with other arguments" in refusal(
        "prepare", *flags, "--image_size=64"
    )


def test_training_takes_the_prepared_vocabulary(prepared, tmp_path):
    run = train_tiny("damsm_avatars", tmp_path / "run", f"--data={prepared}")
    trained = run / "final" / "vocabulary.txt"
    assert trained.read_bytes() == (prepared / "vocabulary.txt").read_bytes()


def test_a_dry_run_writes_nothing(tmp_path, capsys):
    folder = tmp_path / "out"
    succeed("prepare", "--data=emoji", f"--output={folder}", "--dry_run")

    assert "1,586 images" in capsys.readouterr().out
    assert not folder.exists()


@pytest.fixture
def unpaired(tmp_path):
    return unpaired_layout(tmp_path / "cat2dog")


def test_unpaired_images_are_recognised_and_written(unpaired, tmp_path, capsys):
    flags = (f"--data={unpaired}", f"--output={tmp_path / 'out'}")

    succeed("prepare", *flags, "--image_size=8", "--dry_run")
    assert not (tmp_path / "out").exists()
    succeed("prepare", *flags, "--image_size=8")

    printed = capsys.readouterr().out
    assert "train: 3 images of A and 5 of B of cat2dog" in printed
    assert "testB: 2 images in 1 shards" in printed
    prepared = unpaired_images(tmp_path / "out")
    assert prepared.fingerprint == unpaired_images(unpaired).fingerprint


def test_emoji_are_unpaired_when_asked(tmp_path, capsys):
    succeed(
        "prepare",
        "--data=emoji",
        "--layout=unpaired",
        f"--output={tmp_path / 'out'}",
        "--dry_run",
    )

    assert "1,586 images of A and 1,586 of B" in capsys.readouterr().out


def test_only_the_splits_that_are_there_are_written(unpaired, tmp_path):
    shutil.rmtree(unpaired / "testA")
    shutil.rmtree(unpaired / "testB")
    flags = (f"--data={unpaired}", f"--output={tmp_path / 'out'}")

    assert run_tfragan("prepare", *flags, "--splits=test") == 2
    succeed("prepare", *flags, "--image_size=8")
    assert unpaired_splits(tmp_path / "out") == ["train"]


def test_unpaired_images_have_no_vocabulary(unpaired, tmp_path, refusal):
    flags = (f"--data={unpaired}", f"--output={tmp_path / 'out'}")

    line = refusal("prepare", *flags, "--min_count=2")
    assert "--min_count is not used for unpaired images" in line
