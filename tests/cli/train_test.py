"""Training writes a run folder, resumes, and stops when it is told to."""

import json
import os
import signal

import keras
import numpy as np
import pytest

from tests.cli.conftest import run_tfragan
from tests.cli.conftest import tree_of
from tests.cli.conftest import weights_of
from tfragan.cli import config_file
from tfragan.cli.experiment import open_experiment
from tfragan.cli.families.damsm_experiment import DAMSMExperiment
from tfragan.cli.train import Segment
from tfragan.cli.train import plan

_TINY = "--config=attngan_shapes:tiny"


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


def test_stopped_by_a_signal_and_resumed_equals_uninterrupted(
    tmp_path, monkeypatch, capsys
):
    # Epochs of 5 steps: the stop at step 4 is within the first.
    flags = (
        "--config=damsm_shapes:tiny",
        "--noprogress",
        "--config.batch_size=8",
    )
    usable_data = DAMSMExperiment.usable_data

    def few(experiment, data, model):
        return usable_data(experiment, data, model).select(range(40))

    monkeypatch.setattr(DAMSMExperiment, "usable_data", few)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert run_tfragan("train", *flags, f"--workdir={whole}") == 0
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

    assert run_tfragan("train", f"--workdir={cut}", "--noprogress") == 0

    assert "resuming at step 4 of 6" in (cut / "log.txt").read_text()
    expected, found = weights_of(whole / "final"), weights_of(cut / "final")
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, name)


def test_another_config_in_the_same_folder_is_refused(attngan_run, capsys):
    before = tree_of(attngan_run)
    status = run_tfragan(
        "train",
        f"--workdir={attngan_run}",
        "--config.network.noise_dim=9",
        "--config.seed=1",
    )

    assert status == 2
    message = capsys.readouterr().err
    assert "network.noise_dim, seed" in message
    assert "--override_config" in message
    assert tree_of(attngan_run) == before


def test_a_dry_run_says_everything_and_writes_nothing(tmp_path, capsys):
    folder = tmp_path / "run"
    status = run_tfragan(
        "train",
        _TINY,
        f"--workdir={folder}",
        "--config.batch_size=8",
        "--dry_run",
    )
    out = capsys.readouterr().out

    assert status == 0
    assert "batch_size = 8 [default: 4]" in out
    assert "generator_average" in out
    assert "gradients and activations" in out
    assert f"run folder: {folder}" in out
    assert list(tmp_path.iterdir()) == []


def test_an_epoch_of_every_caption_is_as_long_as_there_are_captions():
    config = config_file.load("damsm_shapes:tiny")
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
        (
            "attngan_shapes",
            "--config.damsm=no/such/run",
            "config.damsm='no/such/run'",
        ),
        ("attngan_shapes", "--config.epochs=2", "steps=6, epochs=2"),
        ("attngan_shapes", "--config.precision=int8", "config.precision=int8"),
        ("attngan_shapes", "--data=no/such/folder", "no/such/folder"),
        ("attngan_shapes", "--config.batch_size=5000", "batch_size"),
        ("attngan_shapes", "--config.data.captions=all", "captions='all'"),
        ("attngan_shapes", "--config.network.stages=4", "stages"),
        (
            "ugatit_emoji",
            "--config.optimizer.schedule=ugatitt",
            "Did you mean 'ugatit'?",
        ),
        ("ugatit_emoji", "--config.network.variant=torch", "variant"),
        ("ugatit_emoji", "--config.network.adversarial_loss=wgan", "wgan-gp"),
        (
            "ugatit_emoji",
            "--layout=cub",
            "two domains of images without captions",
        ),
        ("ugatit_emoji", "--data=no/such/folder", "no/such/folder"),
        (
            "ugatit_emoji",
            "--config.network.discriminator_depth=6",
            "image_size",
        ),
        ("ugatit_emoji", "--config.model=ugati", "Did you mean 'ugatit'?"),
        ("ragan_emoji", "--config.data.kind=captions", "learns from labels"),
        (
            "ragan_emoji",
            "--config.network.guidance=labels",
            "guided by text, label, image",
        ),
        ("ragan_emoji", "--layout=cub", "data of labels has its own layout"),
        (
            "ragan_emoji",
            "--config.optimizer.schedule=rgan",
            "Did you mean 'ragan'?",
        ),
        ("ragan_emoji", "--config.network.guidance=text", "config.damsm"),
    ],
)
def test_bad_values_end_with_2_and_leave_no_folder(
    tmp_path, capsys, config, flag, sentence
):
    status = run_tfragan(
        "train",
        f"--config={config}:tiny",
        f"--workdir={tmp_path / 'run'}",
        flag,
    )
    message = capsys.readouterr().err

    assert status == 2
    assert sentence in message
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_a_config_or_a_run_folder_nothing_starts(tmp_path, capsys):
    assert run_tfragan("train", f"--workdir={tmp_path / 'run'}") == 2
    assert "--config is required" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("step", "last", "expected"),
    [
        (0, 20, [Segment(0, 0, 2, 10)]),
        (0, 25, [Segment(0, 0, 2, 10), Segment(20, 2, 3, 5)]),
        (
            13,
            45,
            [
                Segment(13, 1, 2, 7),
                Segment(20, 2, 4, 10),
                Segment(40, 4, 5, 5),
            ],
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
