"""Translations are measured beside two readings of the scale."""

import json

import numpy as np
import pytest

from tests.cli.conftest import run_tfragan
from tests.fake_domains import FakeDomain
from tests.fake_domains import FakeFeatures
from tests.fake_domains import fake_unpaired
from tfragan import metrics
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli import run_folder
from tfragan.cli.distance_report import DistanceReport
from tfragan.cli.translation_evaluation import TRAINED_ON
from tfragan.cli.translation_evaluation import TRANSLATED
from tfragan.cli.translation_evaluation import UNTRANSLATED
from tfragan.cli.translation_evaluation import TranslationEvaluation


def _brighter(images, training):
    assert training is False
    return {"image": images + 128 / 127.5}


def _measured(direction="ab", train=True, count=0):
    features = FakeFeatures()
    report = DistanceReport(features, {})
    data = fake_unpaired(9, 8)
    trained_on = fake_unpaired(40, 50) if train else None
    if train:
        trained_on.domain_b = FakeDomain(190, 50, seed=7)
    evaluation = TranslationEvaluation(
        features, report, data, trained_on, 6, count, 4
    )
    weighted = evaluation.measure(direction, _brighter)
    rows = {
        record["compared"]: record
        for record in report.records
        if record["metric"] == "kernel_distance_fake"
    }
    return rows, weighted, features


def test_rows_are_translations_and_both_ends_of_the_scale():
    rows, weighted, features = _measured()
    assert list(rows) == [TRANSLATED, UNTRANSLATED, TRAINED_ON]
    values = {name: row["value"] for name, row in rows.items()}
    assert values[TRAINED_ON] < 0.1 * values[UNTRANSLATED]
    assert values[TRANSLATED] < 0.1 * values[UNTRANSLATED]
    assert {row["direction"] for row in rows.values()} == {"ab"}
    # A Frechet distance depends on the number of images.
    assert {row["images"] for row in rows.values()} == {9}
    assert {row["real_images"] for row in rows.values()} == {8}
    assert features.sizes == {(6, 6, 3)}
    assert features.batch_sizes == {4}


def test_translations_are_those_of_the_generator():
    rows, weighted, _ = _measured()
    data, features = fake_unpaired(9, 8), FakeFeatures()
    sources = data.domain_a.images(range(9), 6)
    targets = features(data.domain_b.images(range(8), 6))
    translated = features(
        np.clip(sources.astype(int) + 128, 0, 255).astype(np.uint8)
    )
    expected = metrics.kernel_distance(targets, translated)
    assert rows[TRANSLATED]["value"] == pytest.approx(expected.value, rel=1e-5)
    to_source = metrics.kernel_distance(features(sources), translated)
    mix = metrics.weighted_kernel_distance(expected, to_source)
    assert weighted.value == pytest.approx(mix.value, rel=1e-5)


def test_the_other_direction_compares_with_the_other_domain():
    rows, _, _ = _measured("ba", train=False)
    assert list(rows) == [TRANSLATED, UNTRANSLATED]
    # Bright images made brighter are further from the dark ones.
    assert rows[TRANSLATED]["value"] > rows[UNTRANSLATED]["value"]
    assert {row["images"] for row in rows.values()} == {8}
    assert {row["real_images"] for row in rows.values()} == {9}


def test_some_images_of_each_domain():
    rows, _, _ = _measured(count=5)
    for row in rows.values():
        assert (row["images"], row["real_images"]) == (5, 5)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run folder of an untrained CycleGAN."""
    folder = tmp_path_factory.mktemp("cyclegan") / "run"
    config = config_file.load("cyclegan_emoji:tiny")
    started = run_folder.start_run(folder, config)
    model = models.CycleGAN(**config.network.to_dict())
    model.save_to_preset(started.final_path)
    return folder


@pytest.fixture
def features(monkeypatch):
    made = FakeFeatures()
    asked = []

    def image_features(name, weights=None):
        asked.append((name, weights))
        made.name = name
        return made

    monkeypatch.setattr(metrics, "image_features", image_features)
    return asked


def _records(folder, name):
    lines = (folder / f"metric-{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_run_is_measured_in_both_directions(run, features, capsys):
    status = run_tfragan("evaluate", f"--workdir={run}", "--count=12")
    assert status == 0
    assert features == [("efficientnet_lite0", None)]
    records = _records(run, "kernel_distance_efficientnet_lite0")
    assert [
        (record["direction"], record["compared"]) for record in records
    ] == [
        (direction, compared)
        for direction in ("ab", "ba")
        for compared in (TRANSLATED, UNTRANSLATED, TRAINED_ON)
    ]
    for record in records:
        assert record["images"] == record["real_images"] == 12
        assert record["data"] == "emoji"
        assert record["split"] == "test"
        assert record["step"] == 0
        assert record["image_size"] == 32
        assert record["preset"] == str(run / "final")
    assert len(_records(run, "frechet_distance_efficientnet_lite0")) == 6
    out = capsys.readouterr().out
    assert "step 0, emoji, test" in out
    assert len([line for line in out.splitlines() if " +- 0." in line]) == 6
    assert "weighted" not in out


def test_inception_makes_it_kid_and_names_the_weighted_mix(
    run, features, tmp_path, capsys
):
    status = run_tfragan(
        "evaluate",
        f"--workdir={run}",
        "--count=6",
        "--features=inception_v3",
        "--weights=notop.h5",
        "--split=train",
        f"--output={tmp_path}",
    )
    assert status == 0
    assert features == [("inception_v3", "notop.h5")]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "metric-frechet_inception_distance.jsonl",
        "metric-kernel_inception_distance.jsonl",
        "metric-weighted_kernel_distance_inception_v3.jsonl",
    ]
    # Training images are no scale for themselves.
    assert len(_records(tmp_path, "kernel_inception_distance")) == 4
    assert "no KID" in capsys.readouterr().out


def test_flags_of_other_runs_are_refused(run, capsys):
    for flag in ("--candidates=3", "--image_size=8"):
        assert run_tfragan("evaluate", f"--workdir={run}", flag) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "says nothing about a run of cyclegan" in line


def test_a_preset_alone_is_measured_on_data_that_is_named(
    run, features, tmp_path, capsys
):
    flags = ("evaluate", f"--workdir={run / 'final'}", f"--output={tmp_path}")
    assert run_tfragan(*flags) == 2
    assert "--data is required" in capsys.readouterr().err
    assert run_tfragan(*flags, "--data=emoji", "--count=4") == 0
    record = _records(tmp_path, "kernel_distance_efficientnet_lite0")[0]
    assert record["preset"] == str(run / "final")
    assert record["data"] == "emoji"
