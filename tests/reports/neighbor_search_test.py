"""Training images are read once, and as many as asked for."""

import numpy as np

from tests.reports.fake_studies import mean_features
from tests.reports.fake_studies import study_of
from tfragan.reports import neighbor_search as module
from tfragan.reports.neighbor_search import NeighborSearch


def test_neighbors_of_made_and_of_real_images():
    found = NeighborSearch(mean_features).search(study_of([12, 41], [70]))
    assert found.made.places.tolist() == [[0, 1, 2], [3, 2, 1]]
    np.testing.assert_allclose(
        found.made.distances[:, 0], np.sqrt(3) * np.array([2, 1])
    )
    assert found.real.places.tolist() == [[3, 2, 1]]
    assert found.comparison.count == 2
    assert found.comparison.closer == 2


def test_features_of_training_images_are_computed_once(monkeypatch):
    monkeypatch.setattr(module, "_READ_AT_ONCE", 3)
    counts = []

    def features(images):
        counts.append(len(images))
        return mean_features(images)

    search = NeighborSearch(features)
    for level in (12, 30):
        search.search(study_of([level]))
    assert counts == [3, 1, 1, 2, 1, 2]
    search.search(study_of([12], training=(5, 6)))
    assert counts[6:] == [2, 1, 2]


def test_some_training_images_are_spread_over_all():
    training = tuple(range(0, 200, 10))
    found = NeighborSearch(mean_features, 4).search(
        study_of([101], training=training)
    )
    assert found.searched == [0, 5, 10, 15]
    assert found.made.places[0, 0] == 2
