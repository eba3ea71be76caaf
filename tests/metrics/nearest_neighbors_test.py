import importlib

import numpy as np
import pytest

from tfragan.metrics import nearest_neighbors


def _matrix(first, second, rows_at_once, monkeypatch):
    module = importlib.import_module("tfragan.metrics.feature_blocks")
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", rows_at_once)
    matrix = np.full((len(first), len(second)), np.nan)
    for rows, columns, block in nearest_neighbors.squared_distance_blocks(
        first, second
    ):
        matrix[rows, columns] = block
    return matrix


@pytest.mark.parametrize("rows_at_once", [3, 100])
def test_blocks_make_the_matrix_of_distances(rows_at_once, monkeypatch):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(7, 4)), rng.normal(size=(10, 4))
    matrix = _matrix(first, second, rows_at_once, monkeypatch)
    expected = np.sum((first[:, None] - second) ** 2, axis=-1)
    np.testing.assert_allclose(matrix, expected, rtol=1e-12)


def test_copies_are_at_distance_zero_and_near_images_are_not(monkeypatch):
    features = np.random.default_rng(1).normal(size=(20, 50)) + 100.0
    matrix = _matrix(features, features[::-1], 8, monkeypatch)
    np.testing.assert_array_equal(np.diag(matrix[:, ::-1]), 0.0)
    near = features.copy()
    near[:, 0] += 1e-3
    matrix = _matrix(features, near, 8, monkeypatch)
    np.testing.assert_allclose(np.diag(matrix), 1e-6, rtol=1e-2)


@pytest.mark.parametrize("rows_at_once", [2, 100])
def test_a_row_is_no_neighbor_of_itself(rows_at_once, monkeypatch):
    module = importlib.import_module("tfragan.metrics.feature_blocks")
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", rows_at_once)
    features = np.array([[0.0], [1.0], [3.0], [7.0], [7.0]])
    nearest = nearest_neighbors.squared_radii(features, 1)
    assert nearest.tolist() == [1.0, 1.0, 4.0, 0.0, 0.0]
    third = nearest_neighbors.squared_radii(features, 3)
    assert third.tolist() == [49.0, 36.0, 16.0, 36.0, 36.0]


def test_the_error_is_that_of_a_mean():
    mean, error = nearest_neighbors.mean_and_error(np.array([0, 1, 1, 0]))
    assert mean == 0.5
    assert error == pytest.approx(np.sqrt(1 / 3) / 2)
