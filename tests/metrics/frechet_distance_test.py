import numpy as np
import pytest

from tests.golden import assert_close
from tests.golden import load
from tfragan import metrics


def _features(seed, images=200, dim=6):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((images, dim)) @ rng.standard_normal((dim, dim))


@pytest.mark.golden
def test_dmgan_frechet_distance_of_given_features():
    arrays = load("dmgan", "metrics")
    both = [arrays[f"in/activations{number}"] for number in (1, 2)]
    for number, features in enumerate(both, 1):
        mean, covariance = metrics.gaussian_statistics(features)
        assert_close(mean, arrays[f"out/mu{number}"], 1e-6)
        assert_close(covariance, arrays[f"out/sigma{number}"], 1e-6)
    distance = metrics.frechet_distance(*both)
    assert_close(distance, arrays["out/fid"], 1e-6)


def test_equal_sets_are_at_distance_zero():
    features = _features(0)
    assert metrics.frechet_distance(features, features) < 1e-9


def test_shift_counts_with_its_squared_length():
    features = _features(0)
    shift = np.array([3.0, 0, 0, 0, 4.0, 0])
    distance = metrics.frechet_distance(features, features + shift)
    assert distance == pytest.approx(25.0)


def test_diagonal_covariances_have_the_closed_form():
    variances, others = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 0.25])
    zero = np.zeros(3)
    distance = metrics.frechet_distance_of_gaussians(
        zero, np.diag(variances), zero, np.diag(others)
    )
    expected = np.sum((np.sqrt(variances) - np.sqrt(others)) ** 2)
    assert distance == pytest.approx(expected)


def test_agrees_with_the_eigenvalues_of_the_plain_product():
    first, second = _features(1), _features(2)
    mean, covariance = metrics.gaussian_statistics(first)
    other_mean, other_covariance = metrics.gaussian_statistics(second)
    roots = np.sqrt(np.linalg.eigvals(covariance @ other_covariance).real)
    expected = np.sum((mean - other_mean) ** 2) - 2 * roots.sum()
    expected += np.trace(covariance + other_covariance)
    distance = metrics.frechet_distance(first, second)
    assert distance == pytest.approx(expected, rel=1e-9)
    assert distance == pytest.approx(metrics.frechet_distance(second, first))


def test_fewer_images_than_dimensions_give_a_finite_distance():
    distance = metrics.frechet_distance(
        _features(3, images=3), _features(4, images=4)
    )
    assert np.isfinite(distance)
    assert distance > 0


@pytest.mark.parametrize(("images", "others"), [(9, 14), (14, 60), (60, 14)])
def test_few_images_of_many_dimensions_have_the_same_distance(images, others):
    first, second = _features(6, images, 20), _features(7, others, 20)
    expected = metrics.frechet_distance_of_gaussians(
        *metrics.gaussian_statistics(first),
        *metrics.gaussian_statistics(second),
    )
    distance = metrics.frechet_distance(first, second)
    assert distance == pytest.approx(expected, rel=1e-6)
    assert metrics.frechet_distance(first, first) < 1e-9


def test_statistics_are_those_of_numpy():
    features = _features(5)
    mean, covariance = metrics.gaussian_statistics(features)
    np.testing.assert_allclose(mean, features.mean(axis=0))
    np.testing.assert_allclose(covariance, np.cov(features, rowvar=False))


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.ones((1, 6)), "at least two images"),
        (np.ones(6), "at least two images"),
        (np.ones((5, 3)), "one dimension"),
        (np.full((5, 6), np.inf), "finite features"),
    ],
)
def test_bad_features_are_named(features, message):
    with pytest.raises(ValueError, match=message):
        metrics.frechet_distance(features, _features(0))
