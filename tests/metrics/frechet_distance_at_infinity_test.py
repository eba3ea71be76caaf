import numpy as np
import pytest

from tfragan import metrics


def _sets(count, seed=0, dim=12):
    rng = np.random.default_rng(seed)
    real = rng.standard_normal((40000, dim))
    generated = rng.standard_normal((count, dim))
    generated[:, 0] += 0.5
    return metrics.GaussianStatistics.of(real), generated


def test_most_of_the_bias_is_gone():
    # The distance of the distributions is 0.25; of so few it is larger.
    values, biased = [], []
    for seed in range(8):
        real, generated = _sets(2000, seed, dim=40)
        result = metrics.frechet_distance_at_infinity(real, generated)
        values.append(result.value)
        biased.append(result.distances[-1])
        assert result.slope > 0
    assert np.mean(biased) > 0.35
    assert np.mean(values) == pytest.approx(0.25, abs=0.025)


def test_points_are_distances_of_parts_up_to_all():
    real, generated = _sets(300)
    result = metrics.frechet_distance_at_infinity(
        real, generated, points=5, fewest=100, seed=3
    )
    assert result.counts.tolist() == [100, 150, 200, 250, 300]
    expected = metrics.frechet_distance(real, generated)
    assert result.distances[-1] == pytest.approx(expected, rel=1e-9)
    line = np.polyfit(1.0 / result.counts, result.distances, 1)
    assert [result.slope, result.value] == pytest.approx(list(line))
    fitted = np.polyval(line, 1.0 / result.counts)
    spread = np.sum((result.distances - fitted) ** 2) / 3
    design = np.stack([1.0 / result.counts, np.ones(5)], 1)
    covariance = spread * np.linalg.inv(design.T @ design)
    assert result.standard_error == pytest.approx(np.sqrt(covariance[1, 1]))


@pytest.mark.parametrize("options", [{"points": 2}, {"fewest": 299}])
def test_bad_arguments_are_named(options):
    real, generated = _sets(300)
    with pytest.raises(ValueError, match="three points"):
        metrics.frechet_distance_at_infinity(real, generated, **options)
