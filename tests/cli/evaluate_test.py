"""Measurements are printed and kept, with their protocol."""

import json

import pytest

from tests.cli.conftest import run_tfragan
from tests.fake_domains import FakeFeatures
from tfragan import metrics
from tfragan.evaluation import read_measurements


@pytest.fixture(autouse=True)
def features(monkeypatch):
    """The feature network, and what was asked of it."""
    asked = []

    def image_features(name, weights=None, resize="antialiased"):
        asked.append((name, weights, resize))
        made = FakeFeatures()
        made.name = name
        return made

    monkeypatch.setattr(metrics, "image_features", image_features)
    return asked


def _evaluate(run, output, *flags):
    status = run_tfragan(
        "evaluate",
        f"--workdir={run}",
        f"--output={output}",
        "--count=24",
        "--candidates=8",
        *flags,
    )
    assert status == 0
    return read_measurements(output)


def _values(measurements, metric):
    return {
        each.of: each.value for each in measurements if each.metric == metric
    }


def test_an_attngan_is_measured_beside_both_ends_of_the_scale(
    attngan_run, tmp_path, capsys
):
    measured = _evaluate(attngan_run, tmp_path)

    assert set(_values(measured, "r_precision_8")) == {
        "generated",
        "untrained",
        "real",
    }
    distances = _values(measured, "kernel_distance_efficientnet_lite0")
    assert distances["training images"] < distances["untrained"]
    assert _values(measured, "damsm_frechet_distance")["generated"] > 0
    for each in measured:
        assert each.step == 6
        assert each.protocol["images"] == 24
        assert each.protocol["captions"] == "first"
        assert each.protocol["preset"] == "run/final"
        assert len(each.protocol["preset_sha256"]) == 64
    precision = measured[0]
    assert precision.details["chance"] == pytest.approx(1 / 8)
    assert 0 <= precision.value <= 1
    out = capsys.readouterr().out
    assert "step 6, 24 captions of shapes, test" in out
    assert "+- is the standard error, of r_precision_8 the standard" in out


def test_pictures_are_made_once_and_again_for_another_seed(
    attngan_run, tmp_path, monkeypatch
):
    flags = ("--nountrained", "--captions_per_image=drawn")
    first = _evaluate(attngan_run, tmp_path, *flags)
    kept = sorted((tmp_path / "evaluation").glob("*/features.npy"))
    again = _evaluate(attngan_run, tmp_path, *flags)[len(first) :]
    assert [each.value for each in again] == [each.value for each in first]
    assert sorted((tmp_path / "evaluation").glob("*/features.npy")) == kept
    other = _evaluate(attngan_run, tmp_path, *flags, "--seed=3")
    assert {each.protocol["seed"] for each in other} == {0, 3}
    assert len([*(tmp_path / "evaluation").glob("*/features.npy")]) > len(kept)
    # Every picture can be made again.
    path = tmp_path / "evaluation" / "captions_test_drawn_24_seed3.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["seed"] for line in lines] == [*range(3, 27)]
    assert all(line["caption"] and line["key"] for line in lines)


def test_checkpoints_of_a_run_are_watched_for(attngan_run, tmp_path, capsys):
    measured = _evaluate(attngan_run, tmp_path, "--watch", "--nountrained")
    steps = sorted({each.step for each in measured})
    assert steps[-1] == 6
    presets = {each.protocol["preset"] for each in measured}
    assert all(name.startswith(("checkpoints/", "run/")) for name in presets)
    assert f"{len(steps)} checkpoint" in capsys.readouterr().out
    # A watcher that is started again has nothing to do.
    again = _evaluate(attngan_run, tmp_path, "--watch", "--nountrained")
    assert len(again) == len(measured)


def test_a_damsm_is_measured_on_real_pairs(damsm_run, tmp_path):
    measured = _evaluate(damsm_run, tmp_path)

    assert [(each.metric, each.of) for each in measured] == [
        ("r_precision_8", "real"),
        ("caption_similarity_damsm", "real"),
    ]


@pytest.mark.parametrize(
    "flag",
    ["--features=inception_v3", "--image_size=8", "--captions_per_image=every"],
)
def test_flags_of_other_runs_are_refused(damsm_run, capsys, flag):
    assert run_tfragan("evaluate", f"--workdir={damsm_run}", flag) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "says nothing about a run of damsm" in line


def test_diversity_needs_weights(attngan_run, capsys):
    status = run_tfragan(
        "evaluate", f"--workdir={attngan_run}", "--diversity=2"
    )
    assert status == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "--diversity needs --lpips_weights" in line


def test_a_missing_package_leaves_its_distances_out(
    attngan_run, tmp_path, monkeypatch, capsys
):
    def missing(*arguments):
        raise ImportError("the package is not installed")

    monkeypatch.setattr(metrics, "image_features", missing)
    measured = _evaluate(attngan_run, tmp_path, "--nountrained")
    assert _values(measured, "r_precision_8")
    assert not _values(measured, "kernel_distance_efficientnet_lite0")
    assert "Without distances of features" in capsys.readouterr().out


def test_a_preset_of_captioned_images_needs_its_run(damsm_run, capsys):
    assert run_tfragan("evaluate", f"--workdir={damsm_run / 'final'}") == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "name the run folder" in line
