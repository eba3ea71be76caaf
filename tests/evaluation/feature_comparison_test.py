"""Sets of images are measured by every metric of features."""

import numpy as np
import pytest

from tests.fake_domains import FakeFeatures
from tfragan import metrics
from tfragan.evaluation.feature_comparison import FeatureComparison
from tfragan.evaluation.feature_comparison import FeaturesAndLogits


class _WithLogits(FakeFeatures):
    """Mean color, and two classes: dark and bright."""

    classes = 2

    def outputs(self, images, names, batch_size=16):
        assert names == ("features", "unbiased_logits")
        features = self(images, batch_size)
        brightness = 20 * features.mean(axis=1)
        return {
            "features": features,
            "unbiased_logits": np.stack([brightness, -brightness], axis=1),
        }


def _images(mean, count=20, seed=0):
    levels = np.random.default_rng(seed).normal(mean, 20, (count, 1, 1, 3))
    return np.broadcast_to(
        np.clip(levels, 0, 255).astype(np.uint8), (count, 2, 2, 3)
    )


def _compared(network, mean, count=20):
    comparison = FeatureComparison(network, {"data": "colors"}, step=7, seed=3)
    rows = FeaturesAndLogits(network)
    real, others = rows(_images(120)), rows(_images(mean, count, 1))
    comparison.add("generated", others, real, split="test")
    found = {each.metric: each for each in comparison.measurements}
    return comparison, found, others, real


def test_each_value_is_that_of_its_metric_with_the_whole_protocol():
    comparison, found, others, real = _compared(FakeFeatures(), 130)
    kernel = metrics.kernel_distance(real, others, seed=3)
    assert found["kernel_distance_fake"].value == kernel.value
    assert found["kernel_distance_fake"].error == kernel.standard_error
    assert found["kernel_distance_fake"].details["subsets"] == 100
    assert found["frechet_distance_fake"].value == pytest.approx(
        metrics.frechet_distance(real, others)
    )
    balls = metrics.precision_recall(real, others)
    assert found["precision_fake"].value == balls.precision > 0
    assert found["recall_fake"].error == balls.recall_error
    filled = metrics.density_coverage(real, others)
    assert found["density_fake"].value == filled.density > 0
    assert found["coverage_fake"].value == filled.coverage
    assert "inception_score_fake" not in found
    for each in comparison.measurements:
        assert each.step == 7
        expected = {
            "data": "colors",
            "split": "test",
            "images": 20,
            "real_images": 20,
            "features": "fake",
            "seed": 3,
        }
        assert expected.items() <= each.protocol.items()
    assert comparison.remark() == ""


def test_a_classifier_brings_a_score_of_the_others_alone():
    _, found, others, _ = _compared(_WithLogits(), 120, 40)
    probabilities = metrics.class_probabilities(others[:, 3:])
    expected = metrics.inception_score(probabilities, 10, 3)
    score = found["inception_score_fake"]
    assert score.value == pytest.approx(expected.mean)
    assert score.error == pytest.approx(expected.std)
    assert score.details["splits"] == 10
    # Distances are of the features, not of the logits.
    assert found["frechet_distance_fake"].value == pytest.approx(
        _compared(FakeFeatures(), 120, 40)[1]["frechet_distance_fake"].value
    )


def test_many_images_have_a_distance_without_its_bias():
    _, found, others, real = _compared(FakeFeatures(), 150, 40)
    name = "frechet_distance_at_infinity_fake"
    expected = metrics.frechet_distance_at_infinity(real, others, seed=3)
    assert found[name].value == pytest.approx(expected.value)
    assert found[name].details["slope"] == pytest.approx(expected.slope)
    assert name not in _compared(FakeFeatures(), 150, 20)[1]


def test_few_images_have_no_balls_and_a_remark():
    comparison, found, *_ = _compared(FakeFeatures(), 120, 3)
    assert "precision_fake" not in found
    assert "fewer than 3 images is far too large" in comparison.remark()
