import numpy as np
import pytest

from tests.golden import assert_close
from tests.golden import load
from tfragan import metrics
from tfragan.metrics.r_precision import mismatch_obstacle


def _normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.golden
def test_attngan_r_precision_of_given_candidates():
    arrays = load("attngan", "metrics")
    images, captions = arrays["in/cnn_code"], arrays["in/text_codes"]
    result = metrics.r_precision_of_candidates(images, captions)
    np.testing.assert_array_equal(result.hits, arrays["out/hits"])
    assert_close(result.rate, arrays["out/r_precision"], 1e-6)
    cosines = metrics.candidate_cosines(images, captions)
    assert_close(cosines, arrays["out/cosine"], 1e-6)


@pytest.mark.golden
def test_dmgan_r_precision_is_the_mean_of_whole_groups():
    arrays = load("dmgan", "metrics")
    hits = arrays["in/hits"]
    images = np.tile([1.0, 0.0], (len(hits), 1))
    # The true caption is nearer than the other, or farther.
    captions = np.where(
        hits[:, None, None], [[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]
    )
    result = metrics.r_precision_of_candidates(images, captions)
    np.testing.assert_array_equal(result.hits, hits)
    assert_close(result.rate, arrays["out/r_mean_whole_groups"], 1e-6)
    # The published slices leave out the last of each group.
    assert_close(result.rate, arrays["out/r_mean"], 1e-3)


def test_matching_embeddings_hit_and_random_ones_stay_at_chance():
    images = _normal(400, 16)
    perfect = metrics.r_precision(images, 3.0 * images, candidates=20)
    assert perfect.rate == 1.0
    assert perfect.std == 0.0
    assert perfect.chance == 0.05
    guess = metrics.r_precision(images, _normal(400, 16, seed=1), None, 20)
    assert abs(guess.rate - guess.chance) < 3 * np.sqrt(0.05 * 0.95 / 400)


def test_one_point_for_all_captions_scores_chance_and_not_one():
    collapsed = metrics.r_precision(
        _normal(50, 8), np.ones((50, 8)), candidates=10
    )
    np.testing.assert_allclose(collapsed.hits, 0.1)
    assert collapsed.rate == pytest.approx(collapsed.chance)


def test_zero_vector_has_cosine_zero():
    cosines = metrics.candidate_cosines(np.zeros((1, 4)), np.ones((1, 3, 4)))
    np.testing.assert_array_equal(cosines, np.zeros((1, 3)))


def test_true_caption_comes_first_and_never_again():
    true = np.array([4, 0, 9, 4])
    drawn = metrics.draw_candidates(true, 10, candidates=10, seed=3)
    np.testing.assert_array_equal(drawn[:, 0], true)
    for row in drawn:
        assert sorted(row) == list(range(10))


def test_captions_of_the_same_class_are_not_drawn():
    classes = np.array([2, 0, 1, 0, 2, 1, 0, 7])
    true = np.arange(8)
    drawn = metrics.draw_candidates(true, 8, 100, classes)
    assert drawn.shape == (8, 1 + 8 - 3)
    wrong = classes[drawn[:, 1:]]
    assert (wrong != classes[:, np.newaxis]).all()
    # The class of three leaves exactly five others: all are drawn.
    assert set(drawn[1, 1:]) == {0, 2, 4, 5, 7}


def test_every_mismatching_caption_is_drawn_about_equally_often():
    classes = np.array([5, 5, 1, 1, 1, 9])
    drawn = metrics.draw_candidates(np.full(3000, 3), 6, 2, classes)
    counts = np.bincount(drawn[:, 1], minlength=6)
    assert counts[[2, 3, 4]].sum() == 0
    assert np.abs(counts[[0, 1, 5]] / 3000 - 1 / 3).max() < 0.05


def test_captions_of_one_class_and_equal_ones_are_not_drawn():
    captions = ["red", "red", "blue", "green", "blue", "white", "black"]
    species = [0, 0, 0, 1, 1, 2, 2]
    classes = metrics.caption_classes(captions, species)
    drawn = metrics.draw_candidates(np.arange(7), 7, 100, classes, seed=1)
    # The poorest one, "blue" of class 0, has "green", "white" and "black".
    assert drawn.shape == (7, 4)
    np.testing.assert_array_equal(drawn[:, 0], np.arange(7))
    for true, *others in drawn:
        assert len(set(others)) == 3
        for other in others:
            assert species[other] != species[true]
            assert captions[other] != captions[true]


def test_classes_do_not_count_where_there_is_only_one():
    assert metrics.caption_classes(["a", "b"], [3, 3]).shape == (2, 1)
    assert mismatch_obstacle(["a", "b"], [3, 3]) is None
    assert "all 2 captions" in mismatch_obstacle(["a", "a"], [3, 4])
    assert "1 caption" in mismatch_obstacle(["a"])


def test_several_captions_an_image_with_image_ids_as_classes():
    images = np.eye(4)
    captions = np.repeat(images, 3, axis=0)
    result = metrics.r_precision(
        images,
        captions,
        true_index=np.arange(4) * 3,
        class_ids=np.arange(12) // 3,
    )
    assert result.candidates == 10
    assert result.rate == 1.0


def test_seed_decides_the_draw():
    images, captions = _normal(60, 4), _normal(60, 4, seed=1)
    first, again, other = (
        metrics.r_precision(images, captions, candidates=5, seed=seed).hits
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_spread_is_over_groups_of_images():
    images = np.ones((4, 2))
    hit, miss = [[1, 1], [1, -1]], [[1, -1], [1, 1]]
    result = metrics.r_precision_of_candidates(
        images, [hit, miss, hit, miss], groups=10
    )
    assert result.rate == 0.5
    assert result.std == 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sentence_embeddings": np.ones((5, 3))}, "Received: image_emb"),
        ({"true_index": [0, 1, 5]}, "name one of 5 captions"),
        ({"class_ids": [0, 0, 0, 0, 0]}, "no mismatching caption"),
        ({"class_ids": [0, 1]}, "one entry for each of 5"),
        ({"candidates": 1}, "at least 2"),
        ({"image_embeddings": np.full((3, 4), np.nan)}, "3 of 3 images"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    arguments = {
        "image_embeddings": np.ones((3, 4)),
        "sentence_embeddings": np.ones((5, 4)),
        **arguments,
    }
    with pytest.raises(ValueError, match=message):
        metrics.r_precision(**arguments)
