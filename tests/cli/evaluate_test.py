"""Runs and folders of images are measured, and reports show what they say."""

import json
import types

import numpy as np
import pytest

from tests.cli.conftest import succeed
from tests.random_networks import lpips_backbone
from tests.random_networks import lpips_heads
from tfragan import metrics
from tfragan import models
from tfragan.cli import runs
from tfragan.cli.experiment import open_experiment
from tfragan.cli.text_to_image_evaluation import measure_diversity
from tfragan.cli.text_to_image_evaluation import open_lpips
from tfragan.evaluation import read_measurements
from tfragan.visualization import to_pixels

pytestmark = pytest.mark.usefixtures("features")


def _evaluate(run, output, *flags):
    succeed(
        "evaluate",
        f"--workdir={run}",
        f"--output={output}",
        "--count=24",
        "--candidates=8",
        *flags,
    )
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
    assert "step 6, 24 captions of avatars, test" in out
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
def test_flags_of_other_runs_are_refused(damsm_run, refusal, flag):
    assert "is not used for a run of damsm" in refusal(
        "evaluate", f"--workdir={damsm_run}", flag
    )


def test_diversity_needs_weights(attngan_run, refusal):
    flags = (f"--workdir={attngan_run}", "--diversity=2")
    line = refusal("evaluate", *flags)
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


def test_a_preset_of_captioned_images_needs_its_run(damsm_run, refusal):
    assert "name the run folder" in refusal(
        "evaluate", f"--workdir={damsm_run / 'final'}"
    )


class _Painter:
    """Pictures of noise by the seed, brighter by the caption."""

    def generate_outputs(self, captions, seeds, batch_size):
        pictures = [
            np.random.default_rng(seed).integers(
                0, self.spread(caption), (64, 64, 3)
            )
            for caption, seed in zip(captions, seeds, strict=True)
        ]
        return {"image": np.array(pictures, np.uint8)}

    def spread(self, caption):
        return 256 if caption == "wild" else 2


def _arguments(tmp_path, diversity):
    np.savez(tmp_path / "alexnet.npz", **lpips_backbone("alexnet"))
    np.savez(tmp_path / "heads.npz", **lpips_heads("alexnet"))
    return types.SimpleNamespace(
        diversity=diversity,
        lpips="alexnet",
        lpips_weights=tmp_path / "alexnet.npz",
        lpips_heads=tmp_path / "heads.npz",
        seed=5,
        batch_size=4,
    )


def test_captions_with_wilder_pictures_are_more_diverse(tmp_path):
    arguments = _arguments(tmp_path, 2)
    distance = open_lpips(arguments)
    values = {}
    for captions in (["wild"], ["tame"], ["wild", "tame", "left out"]):
        (found,) = measure_diversity(
            distance, _Painter(), captions, arguments, {"data": "birds"}, 9
        )
        values[tuple(captions)] = found
    wild, tame, both = values.values()
    assert wild.value > 2 * tame.value
    assert both.value == pytest.approx((wild.value + tame.value) / 2)
    assert both.details["pairs"] == 12
    assert both.protocol["images"] == 8
    assert both.metric == "lpips_alexnet_diversity"
    assert wild.error is None
    assert both.error > 0


_ARGUMENTS = types.SimpleNamespace(split="test", count=5, batch_size=2, seed=3)


def test_pairs_of_a_damsm_are_the_ends_of_the_data_and_between(damsm_run):
    experiment = open_experiment(runs.config_of(damsm_run))
    preset = runs.preset_of(damsm_run)
    (study,) = experiment.studies(_ARGUMENTS, preset)
    test = experiment.test
    assert study.names[0] == test.items[0].captions[0]
    assert study.names[-1] == test.items[-1].captions[0]
    assert len(study.names) == len(study.images) == 5
    side = study.images.shape[1]
    (first, *_) = test.batches(
        1, image_sizes=(side,), training=False, crop=experiment.config.data.crop
    )
    np.testing.assert_array_equal(
        study.images[:1], to_pixels(first["images"][-1])
    )
    damsm = models.DAMSM.from_preset(preset)
    image = damsm.encode_images(study.images[:1])[0]
    words = damsm.encode_captions(study.names[:1])[0]
    cosine = image @ words / np.linalg.norm(image) / np.linalg.norm(words)
    np.testing.assert_allclose(study.scores[0], cosine, rtol=1e-4)


def test_training_images_are_those_of_the_training_split(attngan_run):
    experiment = open_experiment(runs.config_of(attngan_run))
    preset = runs.preset_of(attngan_run)
    (study,) = experiment.studies(_ARGUMENTS, preset)
    train = experiment.train
    test = experiment.test
    assert study.training.keys == [item.key for item in train.items]
    assert set(study.held_out_names) <= {item.key for item in test.items}
    assert study.images.shape == study.held_out.shape
    both = study.training.read([7, 2])
    np.testing.assert_array_equal(both[:1], study.training.read([7]))
    np.testing.assert_array_equal(both[1:], study.training.read([2]))
    assert (both[0] != both[1]).any()
