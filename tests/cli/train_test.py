"""Training writes a run folder, resumes, and stops when it is told to."""

import dataclasses
import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.cli.conftest import run_tfragan
from tests.cli.conftest import succeed
from tests.cli.conftest import train_tiny
from tests.cli.conftest import tree_of
from tests.cli.conftest import weights_of
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.callbacks import MetricsWriter
from tfragan.cli import config_file
from tfragan.cli import runs
from tfragan.cli.errors import sentence
from tfragan.cli.experiment import open_experiment
from tfragan.cli.families.damsm_experiment import DAMSMExperiment
from tfragan.cli.train import Segment
from tfragan.cli.train import plan
from tfragan.cli.watching import CheckpointPresets
from tfragan.models import DAMSM
from tfragan.run_folder import RunFolder

_IS_WHOLE = " is whole, and the same command goes on from there."


def _last_error(capsys):
    return capsys.readouterr().err.strip().splitlines()[-1]


class _KillsItself(keras.callbacks.Callback):
    """Sends the signal that a scheduler sends, within the second epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.global_step.numpy()) == 4:
            os.kill(os.getpid(), signal.SIGTERM)


def test_a_run_folder_holds_everything(attngan_run):
    for name in (
        "config.json",
        "log.txt",
        "metrics.jsonl",
        "index.html",
        "checkpoints/checkpoint",
        "samples/reals.png",
        "samples/grid_000006.png",
        "samples/attention_000006.png",
        "final/config.json",
        "final/model.weights.h5",
        "final/vocabulary.txt",
        "final/README.md",
    ):
        assert (attngan_run / name).is_file(), name
    config = json.loads((attngan_run / "config.json").read_text())
    assert config["steps"] == 6
    assert "step 6 of 6" in (attngan_run / "log.txt").read_text()


def test_r_precision_is_written_beside_chance(damsm_run):
    lines = (damsm_run / "metrics.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    measured = [record for record in records if "r_precision" in record]

    assert measured
    assert measured[-1]["r_precision_chance"] == pytest.approx(0.1)


def _take_few(monkeypatch, **counts):
    """Cuts the splits that a DAMSM is trained and measured on."""
    usable_data = DAMSMExperiment.usable_data

    def few(experiment, data, model):
        usable = usable_data(experiment, data, model)
        return usable.select(range(counts[data.split]))

    monkeypatch.setattr(DAMSMExperiment, "usable_data", few)


def test_stopped_by_a_signal_and_resumed_equals_uninterrupted(
    tmp_path, monkeypatch, capsys
):
    # Epochs of 5 steps: the stop at step 4 is within the first.
    flags = (
        "--config=damsm_avatars:tiny",
        "--noprogress",
        "--config.batch_size=8",
    )
    _take_few(monkeypatch, train=40, test=40)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    succeed("train", *flags, f"--workdir={whole}")
    with monkeypatch.context() as patch:
        patch.setattr(
            DAMSMExperiment,
            "evaluations",
            lambda experiment, writer: [_KillsItself()],
        )
        status = run_tfragan("train", *flags, f"--workdir={cut}")
    assert status == 128 + signal.SIGTERM
    assert "stopped by a signal at step 4 of 6" in capsys.readouterr().err
    assert not (cut / "final").exists()

    succeed("train", f"--workdir={cut}", "--noprogress")

    assert "resuming at step 4 of 6" in (cut / "log.txt").read_text()
    expected, found = weights_of(whole / "final"), weights_of(cut / "final")
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, name)


def test_another_config_in_the_same_folder_is_refused(attngan_run, refusal):
    before = tree_of(attngan_run)
    message = refusal(
        "train",
        f"--workdir={attngan_run}",
        "--config.network.noise_dim=9",
        "--config.seed=1",
    )
    assert "network.noise_dim, seed" in message
    assert "--override_config" in message
    assert tree_of(attngan_run) == before


class _TrainsAgain(keras.callbacks.Callback):
    """Starts another process on the run folder after a step."""

    def __init__(self, folder):
        super().__init__()
        self.command = ["train", f"--workdir={folder}", "--noprogress"]
        self.found = None

    def on_train_batch_end(self, batch, logs=None):
        if self.found is None:
            self.found = subprocess.run(
                [sys.executable, "-m", "tfragan.cli.main", *self.command],
                capture_output=True,
                text=True,
            )


def test_two_processes_never_train_in_one_folder(tmp_path, monkeypatch):
    other = _TrainsAgain(tmp_path / "run")
    monkeypatch.setattr(
        DAMSMExperiment, "evaluations", lambda experiment, writer: [other]
    )
    train_tiny("damsm_avatars", tmp_path / "run")

    assert other.found.returncode == 2
    who = f"another process: {os.getpid()} on host {socket.gethostname()}"
    assert f"is being trained in by {who}" in other.found.stderr
    assert "Traceback" not in other.found.stderr
    assert not (tmp_path / "run" / ".lock").exists()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("older", [False, True])
def test_a_run_keeps_its_vocabulary_when_the_data_gets_new_words(
    damsm_run, tmp_path, monkeypatch, older
):
    run = tmp_path / "run"
    shutil.copytree(damsm_run, run)
    before = (run / "vocabulary.txt").read_bytes()
    assert (run / "final" / "vocabulary.txt").read_bytes() == before
    if older:
        # Its presets have it.
        (run / "vocabulary.txt").unlink()
    open_data = DAMSMExperiment.open_data

    def grown(experiment, split):
        data = open_data(experiment, split)
        first = data.items[0]
        new = dataclasses.replace(
            first, captions=("a zebra", "red zebras", *first.captions)
        )
        return data.replace_items([new, *data.items[1:]])

    monkeypatch.setattr(DAMSMExperiment, "open_data", grown)
    succeed(
        "train",
        f"--workdir={run}",
        "--noprogress",
        "--config.steps=8",
        "--override_config",
    )

    assert (run / "vocabulary.txt").read_bytes() == before
    log = (run / "log.txt").read_text()
    assert "resuming at step 6 of 8" in log
    words = "words that are not in the vocabulary: 'zebra', 'zebras'"
    assert words in log
    # What looks at a checkpoint later takes the same words.
    presets = CheckpointPresets(run)
    with presets.preset(run / "checkpoints" / "step-8") as folder:
        assert (folder / "vocabulary.txt").read_bytes() == before


def test_a_single_held_out_picture_ends_no_training(tmp_path, monkeypatch):
    _take_few(monkeypatch, train=5, test=1)
    run = train_tiny("damsm_avatars", tmp_path / "run")

    assert (run / "final" / "model.weights.h5").is_file()
    sentence = (
        "R-precision is left out: of what is held out, there is 1 caption in "
        "all."
    )
    assert (run / "log.txt").read_text().count(sentence) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"batch_size": "8"}, "config.batch_size='8': expected a value such"),
        ({"seed": [1]}, "config.seed=[1]: expected a value such as 0"),
        ({"reports": 3}, "config.reports=3: expected a part of a config"),
        ({"model": 3}, "config.model=3: expected the name of a model"),
    ],
)
def test_a_run_whose_config_has_wrong_types_is_refused_by_key(
    damsm_run, tmp_path, refusal, change, sentence
):
    config = json.loads((damsm_run / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, **change}))

    assert sentence in refusal("train", f"--workdir={tmp_path}")
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


class _DeletesAnImage(keras.callbacks.Callback):
    """Takes an image away after the second step."""

    def __init__(self, path):
        super().__init__()
        self._path = path

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.global_step.numpy()) == 2:
            self._path.unlink()


@pytest.mark.usefixtures("eager")
def test_an_image_that_is_gone_is_named_and_left_out_of_the_rest(
    tmp_path, monkeypatch, capsys
):
    data = tmp_path / "birds"
    for split, count in (("train", 5), ("test", 4)):
        for number in range(count):
            image = data / f"{split}/{number}.png"
            write_image(image, "PNG", seed=number)
            write_text(image.with_suffix(".txt"), f"a bird of kind {number}")
    gone = data / "train/3.png"
    command = (
        "train",
        "--config=damsm_folder:tiny",
        f"--workdir={tmp_path / 'run'}",
        f"--data={data}",
        "--noprogress",
        "--config.steps=60",
        "--config.reports.checkpoint_every=2",
        "--config.reports.every=100",
        "--config.batch_size=4",
    )
    with monkeypatch.context() as patch:
        patch.setattr(
            DAMSMExperiment,
            "evaluations",
            lambda experiment, writer: [_DeletesAnImage(gone)],
        )
        assert run_tfragan(*command) == 2
    error = _last_error(capsys)
    assert error.startswith(f"tfragan train: {gone}: missing image; ")
    assert error.endswith(_IS_WHOLE)

    # Images are read ahead of the steps; what is left may be short.
    step = int(re.search(r"step-(\d+) is whole", error)[1])
    shorter = f"--config.steps={step + 2}"
    succeed(*command, shorter, "--override_config")
    log = (tmp_path / "run/log.txt").read_text()
    assert "resuming at step" in log
    assert "1 captions without an image (train/3.txt)" in log


@pytest.mark.usefixtures("eager")
def test_a_full_disk_ends_with_one_sentence_and_what_is_safe(
    tmp_path, monkeypatch, capsys
):
    def full(writer, step, values):
        if step == 4:
            raise OSError(28, "No space left on device", "metrics.jsonl")

    monkeypatch.setattr(MetricsWriter, "write", full)
    status = run_tfragan(
        "train",
        "--config=damsm_avatars:tiny",
        f"--workdir={tmp_path / 'run'}",
        "--noprogress",
        "--config.reports.every=2",
        "--config.reports.checkpoint_every=2",
    )

    assert status == 2
    assert _last_error(capsys) == (
        "tfragan train: No space left on device: metrics.jsonl; "
        f"{tmp_path}/run/checkpoints/step-2{_IS_WHOLE}"
    )


@pytest.mark.usefixtures("eager")
def test_a_last_preset_without_room_says_what_is_safe(
    tmp_path, monkeypatch, capsys
):
    def full(model, folder, card=""):
        if folder.name == "final":
            raise OSError("the preset final cannot be written: no room")

    monkeypatch.setattr(DAMSM, "save_to_preset", full)
    status = run_tfragan(
        "train",
        "--config=damsm_avatars:tiny",
        f"--workdir={tmp_path / 'run'}",
        "--noprogress",
    )

    assert status == 2
    assert _last_error(capsys) == (
        "tfragan train: the preset final cannot be written: no room; "
        f"{tmp_path}/run/checkpoints/step-6{_IS_WHOLE}"
    )


def test_a_log_without_room_is_named(tmp_path):
    run = RunFolder(tmp_path)
    run.log_path.symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left .*log\.txt"):
        runs.Log(run).note("a line")


@pytest.mark.parametrize("verb", ["train", "prepare"])
def test_a_folder_that_may_only_be_read_is_named(
    tmp_path, monkeypatch, capsys, verb
):
    place = tmp_path / "mounted"
    mkdir = os.mkdir

    def read_only(path, *arguments, **options):
        if str(path).startswith(str(place)):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        mkdir(path, *arguments, **options)

    monkeypatch.setattr(os, "mkdir", read_only)
    flags = {
        "train": ["--config=damsm_avatars:tiny", f"--workdir={place}"],
        "prepare": ["--data=emoji", f"--output={place}"],
    }
    assert run_tfragan(verb, *flags[verb]) == 2
    said = f"tfragan {verb}: Read-only file system: {place}"
    assert _last_error(capsys).startswith(said)


def test_what_tensorflow_may_not_write_is_one_sentence():
    error = tf.errors.PermissionDeniedError(
        None, None, "runs/birds/events; Read-only file system"
    )
    assert sentence(error) == "runs/birds/events; Read-only file system"


def test_a_dry_run_says_everything_and_writes_nothing(tmp_path, capsys):
    folder = tmp_path / "run"
    succeed(
        "train",
        "--config=attngan_avatars:tiny",
        f"--workdir={folder}",
        "--config.batch_size=8",
        "--dry_run",
    )
    out = capsys.readouterr().out

    assert "batch_size = 8 [default: 4]" in out
    assert "generator_average" in out
    assert "gradients and activations" in out
    assert f"run folder: {folder}" in out
    assert list(tmp_path.iterdir()) == []


def test_an_epoch_of_every_caption_is_as_long_as_there_are_captions():
    config = config_file.load("damsm_avatars:tiny")
    images = open_experiment(config).build()
    config.data.captions = "every"
    captions = open_experiment(config).build()

    assert images.steps_per_epoch == len(images.train) // 4
    assert captions.steps_per_epoch == len(images.train.captions()) // 4
    assert "every caption" in captions.describe()
    assert "every caption" not in images.describe()


@pytest.mark.parametrize(
    ("config", "flag", "sentence"),
    [
        ("attngan_avatars", "--config.damsm=no/run", "config.damsm='no/run'"),
        ("attngan_avatars", "--config.epochs=2", "steps=6, epochs=2"),
        ("attngan_avatars", "--config.precision=int8", "config.precision=int8"),
        ("attngan_avatars", "--data=no/such/folder", "no/such/folder"),
        ("attngan_avatars", "--config.batch_size=5000", "batch_size"),
        ("attngan_avatars", "--config.data.captions=all", "captions='all'"),
        ("attngan_avatars", "--config.network.stages=4", "stages"),
        ("ugatit_emoji", "--config.optimizer.schedule=ugatitt", "'ugatit'?"),
        ("ugatit_emoji", "--config.network.variant=torch", "variant"),
        ("ugatit_emoji", "--config.network.adversarial_loss=wgan", "wgan-gp"),
        ("ugatit_emoji", "--layout=cub", "two domains of images without cap"),
        ("ugatit_emoji", "--data=no/such/folder", "no/such/folder"),
        ("ugatit_emoji", "--config.network.discriminator_depth=6", "image_s"),
        ("ugatit_emoji", "--config.model=ugati", "Did you mean 'ugatit'?"),
        ("ragan_emoji", "--config.data.kind=captions", "learns from labels"),
        ("ragan_emoji", "--config.network.guidance=labels", "guided by text,"),
        ("ragan_emoji", "--layout=cub", "data of labels has its own layout"),
        ("ragan_emoji", "--config.optimizer.schedule=rgan", "mean 'ragan'?"),
        ("ragan_emoji", "--config.network.guidance=text", "config.damsm"),
    ],
)
def test_bad_values_end_with_2_and_leave_no_folder(
    tmp_path, refusal, config, flag, sentence
):
    flags = (f"--config={config}:tiny", f"--workdir={tmp_path / 'run'}", flag)
    assert sentence in refusal("train", *flags)
    assert list(tmp_path.iterdir()) == []


def test_without_a_config_or_a_run_folder_nothing_starts(tmp_path, refusal):
    assert "--config is required" in refusal(
        "train", f"--workdir={tmp_path / 'run'}"
    )


@pytest.mark.parametrize(
    ("step", "last", "expected"),
    [
        (0, 20, [Segment(0, 0, 2, 10)]),
        (0, 25, [Segment(0, 0, 2, 10), Segment(20, 2, 3, 5)]),
        (
            13,
            45,
            [Segment(13, 1, 2, 7), Segment(20, 2, 4, 10), Segment(40, 4, 5, 5)],
        ),
        (23, 25, [Segment(23, 2, 3, 2)]),
        (0, 4, [Segment(0, 0, 1, 4)]),
        (2, 4, [Segment(2, 0, 1, 2)]),
        (20, 20, []),
        (30, 20, []),
    ],
)
def test_segments(step, last, expected):
    assert plan(step, last, 10) == expected
