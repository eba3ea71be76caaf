import numpy as np
import pytest

from tests.golden import assert_close
from tests.golden import load
from tfragan import metrics


@pytest.mark.golden
def test_attngan_inception_score_of_probabilities():
    arrays = load("attngan", "metrics")
    result = metrics.inception_score(
        arrays["in/probs"], splits=int(arrays["in/splits"])
    )
    assert_close(result.scores, arrays["out/is_scores"], 1e-6)
    assert_close(result.mean, arrays["out/is_mean"], 1e-6)
    assert_close(result.std, arrays["out/is_std"], 1e-5)


def test_certain_and_diverse_reaches_the_number_of_classes():
    result = metrics.inception_score(np.tile(np.eye(5), (4, 1)), splits=4)
    np.testing.assert_allclose(result.scores, 5.0)


def test_equal_predictions_score_one():
    result = metrics.inception_score(np.full((20, 4), 0.25), splits=2)
    assert result.mean == pytest.approx(1.0)
    assert result.std == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("probabilities", "splits", "message"),
    [
        (np.full((3, 2), 0.5), 4, "at least one image for each split"),
        (np.ones((4, 2)), 1, "sums in 2.0..2.0"),
        (np.array([[1.5, -0.5]]), 1, "minimum of -0.5"),
    ],
)
def test_bad_arguments_are_named(probabilities, splits, message):
    with pytest.raises(ValueError, match=message):
        metrics.inception_score(probabilities, splits)


def test_logits_become_probabilities_without_overflow():
    logits = np.array([[1000.0, 1000.0, 0.0], [0.0, np.log(3.0), -1000.0]])
    probabilities = metrics.class_probabilities(logits.astype(np.float32))
    np.testing.assert_allclose(
        probabilities, [[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]], rtol=1e-6
    )
    assert probabilities.dtype == np.float64


def test_a_seed_mixes_the_images_before_they_are_split():
    # Sorted by class, every split has one class only and scores 1.
    sorted_by_class = np.repeat(np.eye(4), 25, axis=0)
    assert metrics.inception_score(sorted_by_class, 4).mean == pytest.approx(1)
    mixed = metrics.inception_score(sorted_by_class, 4, seed=0)
    assert mixed.mean > 3.5
    again = metrics.inception_score(sorted_by_class, 4, seed=0)
    np.testing.assert_array_equal(mixed.scores, again.scores)
