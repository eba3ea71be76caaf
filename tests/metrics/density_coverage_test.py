import importlib

import numpy as np
import pytest

from tfragan import metrics


def test_a_line_by_hand():
    real = np.array([[0.0], [1.0], [3.0], [10.0]])
    generated = np.array([[0.5], [0.6], [4.5], [30.0]])
    result = metrics.density_coverage(real, generated, neighbors=1)
    # Balls: -1 to 1, 0 to 2, 1 to 5 and 3 to 17, without their borders.
    assert result.density == (2 + 2 + 2 + 0) / 4
    assert result.coverage == 4 / 4
    counts = np.array([2, 2, 2, 0])
    assert result.density_error == pytest.approx(counts.std(ddof=1) / 2)
    twice = metrics.density_coverage(real, generated, neighbors=2)
    # To the second neighbor: 3, 2, 3 and 9.
    assert twice.density == (2 + 2 + 2 + 0 + 2) / (2 * 4)


@pytest.mark.parametrize("rows_at_once", [5, 1024])
def test_it_is_that_of_the_whole_matrix(rows_at_once, monkeypatch):
    module = importlib.import_module("tfragan.metrics.feature_blocks")
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", rows_at_once)
    rng = np.random.default_rng(0)
    real = rng.standard_normal((33, 4))
    generated = 0.6 * rng.standard_normal((28, 4)) + 0.5
    within = np.linalg.norm(real[:, None] - real, axis=2)
    reach = np.sort(within, axis=1)[:, 5]
    across = np.linalg.norm(real[:, None] - generated, axis=2)
    result = metrics.density_coverage(real, generated)
    hits = across < reach[:, None]
    assert result.density == pytest.approx(hits.sum() / (5 * 28))
    assert result.coverage == pytest.approx(hits.any(1).mean())
    assert result.neighbors == 5


def test_coverage_of_like_images_is_what_the_counts_let_expect():
    real_count, count, neighbors = 60, 40, 5
    expected = 1.0
    for step in range(1, neighbors + 1):
        expected *= (real_count - step) / (real_count + count - step)
    rng = np.random.default_rng(1)
    results = [
        metrics.density_coverage(
            rng.standard_normal((real_count, 2)),
            rng.standard_normal((count, 2)),
        )
        for _ in range(100)
    ]
    mean = np.mean([result.coverage for result in results])
    assert mean == pytest.approx(1.0 - expected, abs=0.01)
    density = np.mean([result.density for result in results])
    assert density == pytest.approx(1.0, abs=0.03)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="neighbors=5"):
        metrics.density_coverage(np.ones((5, 2)), np.ones((9, 2)))
