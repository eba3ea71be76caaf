"""Translations are measured beside readings of the scale."""

import types

import numpy as np
import pytest

from tests.cli.conftest import succeed
from tests.fake_domains import FakeDomain
from tests.fake_domains import FakeFeatures
from tests.fake_domains import fake_unpaired
from tfragan import metrics
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli import runs
from tfragan.cli.experiment import open_experiment
from tfragan.cli.translation_evaluation import TranslationEvaluation
from tfragan.evaluation import read_measurements
from tfragan.evaluation.feature_cache import FeatureCache
from tfragan.evaluation.feature_comparison import FeatureComparison
from tfragan.models.translation import load_generator
from tfragan.models.translation import translate_images

_KERNEL = "kernel_distance_fake"


def _brighter(images, training):
    assert training is False
    return {"image": images + 128 / 127.5}


def _measured(direction="ab", train=True, count=0):
    features = FakeFeatures()
    comparison = FeatureComparison(features, {})
    data = fake_unpaired(9, 8)
    trained_on = fake_unpaired(40, 50) if train else None
    if train:
        trained_on.domain_b = FakeDomain(190, 50, seed=7)
    arguments = types.SimpleNamespace(count=count, batch_size=4)
    evaluation = TranslationEvaluation(
        comparison, FeatureCache(batch_size=4), data, trained_on, 6, arguments
    )
    weighted = evaluation.measure(direction, _brighter, "brighter")
    rows = {
        each.of: each
        for each in comparison.measurements
        if each.metric == _KERNEL
    }
    return rows, weighted, features


def test_rows_are_translations_and_both_ends_of_the_scale():
    rows, weighted, features = _measured()
    assert list(rows) == ["ab", "ab untranslated", "ab training images"]
    values = {name: row.value for name, row in rows.items()}
    assert values["ab training images"] < 0.1 * values["ab untranslated"]
    assert values["ab"] < 0.1 * values["ab untranslated"]
    # A Frechet distance depends on the number of images.
    assert {row.protocol["images"] for row in rows.values()} == {9}
    assert {row.protocol["real_images"] for row in rows.values()} == {8}
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
    assert rows["ab"].value == pytest.approx(expected.value, rel=1e-5)
    to_source = metrics.kernel_distance(features(sources), translated)
    mix = metrics.weighted_kernel_distance(expected, to_source)
    assert weighted.value == pytest.approx(mix.value, rel=1e-5)


def test_the_other_direction_compares_with_the_other_domain():
    rows, _, _ = _measured("ba", train=False)
    assert list(rows) == ["ba", "ba untranslated"]
    # Bright images made brighter are further from the dark ones.
    assert rows["ba"].value > rows["ba untranslated"].value
    assert {row.protocol["images"] for row in rows.values()} == {8}
    assert {row.protocol["real_images"] for row in rows.values()} == {9}


def test_some_images_of_each_domain():
    rows, _, _ = _measured(count=5)
    for row in rows.values():
        assert row.protocol["images"] == row.protocol["real_images"] == 5


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run folder of an untrained CycleGAN."""
    folder = tmp_path_factory.mktemp("cyclegan") / "run"
    config = config_file.load("cyclegan_emoji:tiny")
    started = runs.open_run(folder, config)
    started.create().write_config(config.to_dict())
    model = models.CycleGAN(**config.network.to_dict())
    model.save_to_preset(started.final_path)
    return folder


def _kernel_distances(folder):
    return [
        each
        for each in read_measurements(folder)
        if each.metric.startswith("kernel")
    ]


def test_a_run_is_measured_in_both_directions(run, features, capsys):
    succeed("evaluate", f"--workdir={run}", "--count=12")
    assert features == [("efficientnet_lite0", None, "antialiased")]
    found = _kernel_distances(run)
    assert [each.of for each in found] == [
        f"{direction}{kind}"
        for direction in ("ab", "ba")
        for kind in ("", " untranslated", " training images", " untrained")
    ]
    for each in found:
        protocol = each.protocol
        assert protocol["images"] == protocol["real_images"] == 12
        assert protocol["data"] == "emoji"
        assert protocol["split"] == "test"
        assert protocol["image_size"] == 32
        assert protocol["preset"] == "run/final"
        assert each.step == 0
    names = {each.metric.partition("_efficient")[0] for each in found}
    assert names == {"kernel_distance"}
    out = capsys.readouterr().out
    assert "step 0, emoji, test" in out
    assert "it is no KID" in out


def test_inception_of_2015_makes_it_kid_and_names_the_mix_differently(
    run, features, tmp_path
):
    succeed(
        "evaluate",
        f"--workdir={run}",
        "--count=6",
        "--features=inception_v3_2015",
        "--weights=pt_inception.pth",
        "--resize=legacy_tensorflow",
        "--split=train",
        f"--output={tmp_path}",
    )
    assert features == [
        ("inception_v3_2015", "pt_inception.pth", "legacy_tensorflow")
    ]
    found = read_measurements(tmp_path)
    assert {each.metric for each in found} == {
        "frechet_inception_distance",
        "kernel_inception_distance",
        "weighted_kernel_distance_inception_v3_2015",
    }
    # Training images are no scale for themselves.
    assert len(_kernel_distances(tmp_path)) == 6


def test_flags_of_other_runs_are_refused(run, refusal):
    for flag in ("--candidates=3", "--image_size=8"):
        assert "is not used for a run of cyclegan" in refusal(
            "evaluate", f"--workdir={run}", flag
        )


def test_a_preset_alone_is_measured_on_data_that_is_named(
    run, features, tmp_path, refusal
):
    flags = ("evaluate", f"--workdir={run / 'final'}", f"--output={tmp_path}")
    assert "--data is required" in refusal(*flags)
    succeed(*flags, "--data=emoji", "--count=4")
    each = _kernel_distances(tmp_path)[0]
    assert each.protocol["preset"] == "run/final"
    assert each.protocol["data"] == "emoji"


_ARGUMENTS = types.SimpleNamespace(split="test", count=3, batch_size=1)


def test_a_direction_is_compared_with_its_target(ugatit_run):
    experiment = open_experiment(runs.config_of(ugatit_run))
    preset = runs.preset_of(ugatit_run)
    studies = experiment.studies(_ARGUMENTS, preset)
    assert [study.title for study in studies] == ["from A to B", "from B to A"]
    train, test = experiment.train, experiment.test
    for study, source, target in zip(
        studies,
        (test.domain_a, test.domain_b),
        ((train.domain_b, test.domain_b), (train.domain_a, test.domain_a)),
        strict=True,
    ):
        size = study.images.shape[1]
        assert study.names == [
            source.keys[0],
            source.keys[(len(source) - 1) // 2],
            source.keys[-1],
        ]
        np.testing.assert_array_equal(
            study.sources[0], source.images([0], size)[0]
        )
        assert study.training.keys == list(target[0].keys)
        np.testing.assert_array_equal(
            study.training.read([1]), target[0].images([1], size)
        )
        np.testing.assert_array_equal(
            study.held_out[-1:], target[1].images([len(target[1]) - 1], size)
        )
    assert studies[0].training.identity != studies[1].training.identity
    generator = load_generator(preset, "ba")
    np.testing.assert_array_equal(
        studies[1].images, translate_images(generator, studies[1].sources)
    )
