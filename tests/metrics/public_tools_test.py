"""Numbers that public tools gave for two small sets.

torch-fidelity 0.4.0, clean-fid 0.1.35 and prdc 0.2, called on the float64
arrays below: `fid_statistics_to_metric`, `fid_from_feats`,
`kid_features_to_metric` and `kernel_distance` with one subset of all 40,
`prc_features_to_metric` with 3 neighbors, `compute_prdc` with 5, and
`isc_features_to_metric` of four times the second set in 4 splits, not mixed.
The tools themselves are beside ours in tests/parity.
"""

import numpy as np
import pytest

from tfragan import metrics

_PLACES = np.arange(240.0).reshape(40, 6)
REAL = np.sin(_PLACES**1.5)
GENERATED = 0.9 * np.sin(_PLACES**1.5 + 1.0) + 0.2 * np.cos(_PLACES)


def test_frechet_distance():
    value = metrics.frechet_distance(REAL, GENERATED)
    assert value == pytest.approx(0.37314068138284, rel=1e-10)


def test_kernel_distance():
    value = metrics.kernel_distance(REAL, GENERATED).value
    assert value == pytest.approx(-0.0170115715209978, rel=1e-10)


def test_precision_and_recall():
    found = metrics.precision_recall(REAL, GENERATED)
    assert (found.precision, found.recall) == pytest.approx((0.95, 0.9))
    found = metrics.precision_recall(REAL, GENERATED, neighbors=5)
    assert (found.precision, found.recall) == pytest.approx((0.975, 0.925))


def test_density_and_coverage():
    found = metrics.density_coverage(REAL, GENERATED)
    assert (found.density, found.coverage) == pytest.approx((1.265, 1.0))


def test_inception_score():
    probabilities = metrics.class_probabilities(4.0 * GENERATED)
    score = metrics.inception_score(probabilities, splits=4)
    assert score.mean == pytest.approx(2.22942846127473, rel=1e-10)
    assert score.std == pytest.approx(0.16529162358230967, rel=1e-10)
