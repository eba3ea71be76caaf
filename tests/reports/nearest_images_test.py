import numpy as np
import pytest

from tests.reports.fake_studies import mean_features
from tests.reports.fake_studies import study_of
from tfragan.reports import nearest_images as module
from tfragan.reports.nearest_images import NeighborSearch
from tfragan.reports.nearest_images import compare_nearness
from tfragan.reports.nearest_images import nearest_images


def test_neighbors_are_those_of_all_distances(monkeypatch):
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 7)
    rng = np.random.default_rng(0)
    ours, others = rng.normal(size=(5, 6)), rng.normal(size=(40, 6))
    places, distances = nearest_images(ours, others, 3)
    all_distances = np.linalg.norm(ours[:, None] - others, axis=2)
    expected = np.argsort(all_distances, axis=1)[:, :3]
    np.testing.assert_array_equal(places, expected)
    np.testing.assert_allclose(
        distances, np.take_along_axis(all_distances, expected, 1)
    )


def test_a_copy_is_at_no_distance_however_large_features_are():
    others = np.random.default_rng(0).normal(1e4, 1.0, (9, 50))
    others = others.astype(np.float32)
    places, distances = nearest_images(others[4:5], others)
    assert places[0, 0] == 4
    assert distances[0, 0] == 0.0


def test_few_images_have_few_neighbors():
    places, distances = nearest_images([[0.0]], [[3.0], [1.0]], 3)
    assert places.tolist() == [[1, 0]]
    assert distances.tolist() == [[1.0, 3.0]]


@pytest.mark.parametrize(
    ("ours", "others"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4))),
        (np.zeros((2, 3)), np.zeros((0, 3))),
        (np.zeros(3), np.zeros((2, 3))),
    ],
)
def test_shapes_that_do_not_fit_are_named(ours, others):
    with pytest.raises(ValueError, match=r"Received: shapes \("):
        nearest_images(ours, others)


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        ([1.0, 2.0, 20.0], "as they are where a model memorizes"),
        ([9.5, 10.0, 10.5], "about as near to the training images"),
        ([10.0, 20.0, 30.0], "are further from the training images"),
    ],
)
def test_medians_say_whether_it_memorizes(made, verdict):
    text = compare_nearness(made, [8.0, 10.0, 12.0]).in_words("pictures")
    assert verdict in text
    assert ("look at the pairs" in text) == (made[1] < 9)
    assert f"is {np.median(made):.3g}, that of held-out real images 10," in text
    assert "near copies" not in text


def test_pictures_nearer_than_all_real_ones_are_counted():
    comparison = compare_nearness([1.0, 7.9, 8.0, 20.0], [8.0, 10.0, 12.0])
    assert (comparison.closer, comparison.count) == (2, 4)


def test_a_poor_scale_is_said():
    text = compare_nearness([9.0], [1.0, 10.0, 12.0]).in_words("pictures")
    assert "1 of 3 held-out images are nearer than half of" in text


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
