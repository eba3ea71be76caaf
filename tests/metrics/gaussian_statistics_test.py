import numpy as np
import pytest

from tfragan import metrics


def _features(seed=0, images=2500, dim=7):
    rng = np.random.default_rng(seed)
    mixed = rng.standard_normal((images, dim)) @ rng.standard_normal((dim, dim))
    return (mixed + 3.0).astype(np.float32)


def _assert_those_of_numpy(statistics, features):
    features = features.astype(np.float64)
    assert statistics.count == len(features)
    np.testing.assert_allclose(statistics.mean, features.mean(0), rtol=1e-12)
    covariance = np.cov(features, rowvar=False)
    np.testing.assert_allclose(
        statistics.covariance(), covariance, rtol=1e-10, atol=1e-12
    )


def test_batches_give_the_statistics_of_all():
    features = _features()
    statistics = metrics.GaussianStatistics(7)
    for start in range(0, 2500, 300):
        statistics.update(features[start : start + 300])
    statistics.update(features[:0])
    _assert_those_of_numpy(statistics, features)
    _assert_those_of_numpy(metrics.GaussianStatistics.of(features), features)


def test_workers_are_merged():
    features = _features(1)
    first = metrics.GaussianStatistics.of(features[:1])
    second = metrics.GaussianStatistics.of(features[1:])
    empty = metrics.GaussianStatistics(7)
    first.merge(second)
    first.merge(empty)
    _assert_those_of_numpy(first, features)
    empty.merge(first)
    _assert_those_of_numpy(empty, features)
    assert second.count == 2499


def test_a_large_mean_costs_no_digits():
    features = np.random.default_rng(2).standard_normal((400, 3)) + 1e7
    statistics = metrics.GaussianStatistics(3)
    for row in features:
        statistics.update(row[np.newaxis])
    # Sums of squares would lose 14 of 16 digits, and be off by percents.
    np.testing.assert_allclose(
        statistics.covariance(),
        np.cov(features, rowvar=False),
        rtol=1e-7,
        atol=1e-8,
    )


def test_a_file_is_read_in_blocks(tmp_path):
    features = _features(3)
    np.save(tmp_path / "features.npy", features)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    _assert_those_of_numpy(metrics.GaussianStatistics.of(mapped), features)
    other = _features(4)
    expected = metrics.frechet_distance(features, other)
    assert metrics.frechet_distance(mapped, other) == expected
    streamed = metrics.frechet_distance(
        metrics.GaussianStatistics.of(features), other
    )
    assert streamed == pytest.approx(expected, rel=1e-12)


def test_bad_features_are_named():
    statistics = metrics.GaussianStatistics(3)
    with pytest.raises(ValueError, match="at least two images"):
        statistics.covariance()
    with pytest.raises(ValueError, match=r"images, 3\)"):
        statistics.update(np.ones((4, 2)))
    with pytest.raises(ValueError, match="finite"):
        statistics.update([[0.0, np.nan, 1.0]])
    with pytest.raises(ValueError, match="dimension 2"):
        statistics.merge(metrics.GaussianStatistics(2))
    assert statistics.count == 0
