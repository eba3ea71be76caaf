"""Translations are measured beside two readings of the scale."""

import numpy as np
import pytest

from tests.fake_domains import FakeDomain
from tests.fake_domains import FakeFeatures
from tests.fake_domains import fake_unpaired
from tfragan import metrics
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
