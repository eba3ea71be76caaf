import keras
import numpy as np
import pytest

from tests.models import small_models
from tfragan.models.text_to_image import linear_steps
from tfragan.models.text_to_image import spherical_steps


def _noise(seed):
    return np.random.default_rng(seed).standard_normal(100)


@pytest.mark.parametrize("steps", [linear_steps, spherical_steps])
def test_both_ends_are_reached(steps):
    points = steps(_noise(0), _noise(1), 5)
    assert points.shape == (5, 100)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points[0], _noise(0), rtol=1e-6)
    np.testing.assert_allclose(points[-1], _noise(1), rtol=1e-6)


def test_lines_are_walked_evenly():
    points = linear_steps([0.0, 2.0], [4.0, 0.0], 5)
    assert points.tolist() == [[0, 2], [1, 1.5], [2, 1], [3, 0.5], [4, 0]]


def test_arcs_are_walked_evenly_and_keep_their_length():
    points = spherical_steps([3.0, 0.0], [0.0, 3.0], 4)
    angles = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    np.testing.assert_allclose(angles, [0, 30, 60, 90], atol=1e-4)
    np.testing.assert_allclose(np.hypot(*points.T), 3.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("first", "last", "middle"),
    [
        ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0]),
        ([1.0, 0.0], [3.0, 0.0], [2.0, 0.0]),
        ([1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]),
        ([0.0, 0.0], [2.0, 0.0], [1.0, 0.0]),
    ],
)
def test_without_an_arc_the_walk_is_straight(first, last, middle):
    points = spherical_steps(first, last, 3)
    np.testing.assert_allclose(points, [first, middle, last])


def test_ends_of_a_walk_are_the_pictures_of_the_captions():
    keras.utils.set_random_seed(0)
    model = small_models.awake(small_models.dfgan())
    # Untrained, all captions mean nearly the same, and show as little.
    for factor, part in (
        (10.0, model.damsm.text_encoder),
        (1.4, model.generator),
    ):
        for weight in part.weights:
            weight.assign(factor * weight)
    captions = ["a red bird", "a blue fish"]
    sentences = linear_steps(*model.damsm.encode_captions(captions), 3)
    noise = np.repeat(model.noise_of(4, truncation=0.5), 3, axis=0)
    walked = model.generate_between(sentences, noise)["image"].numpy()
    images = model.generate(captions, seed=[4, 4], truncation=0.5)
    assert np.abs(walked[[0, -1]].astype(int) - images).max() <= 1
    changes = np.abs(np.diff(walked.astype(int), axis=0)).max((1, 2, 3))
    assert changes.min() > 9
