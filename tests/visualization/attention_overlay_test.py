import numpy as np
import pytest
import tensorflow as tf

from tfragan.visualization import attention_overlay as overlay


def _maps(words=6, size=8, seed=0, sharpness=3.0):
    scores = np.random.default_rng(seed).standard_normal((size, size, words))
    scores = np.exp(sharpness * scores)
    return scores / scores.sum(-1, keepdims=True)


def _gray(size=32, level=100):
    return np.full((size, size, 3), level, np.uint8)


@pytest.mark.parametrize("size", [32, (24, 40), 6])
def test_enlarging_is_tensorflows_bilinear_resize(size):
    maps = _maps()
    enlarged = overlay.enlarge_attention(maps, size, sigma=0)
    height, width = (size, size) if isinstance(size, int) else size
    expected = tf.image.resize(maps, (height, width)).numpy()
    np.testing.assert_allclose(enlarged, expected, atol=1e-6)


def test_smoothing_is_a_gaussian_of_the_given_width():
    point = np.zeros((65, 65, 1))
    point[32, 32] = 1.0
    smooth = overlay.enlarge_attention(point, 65, sigma=4.0)[..., 0]
    rows, columns = np.mgrid[-32:33, -32:33]
    expected = np.exp(-(rows**2 + columns**2) / (2 * 4.0**2))
    np.testing.assert_allclose(smooth, expected / expected.sum(), atol=2e-5)


def test_smoothing_keeps_constants_sums_and_words_apart():
    maps = np.zeros((8, 8, 3))
    maps[..., 1] = 0.5
    maps[2, 3, 2] = 1.0
    smooth = overlay.enlarge_attention(maps, 64)
    np.testing.assert_allclose(smooth[..., 0], 0.0)
    np.testing.assert_allclose(smooth[..., 1], 0.5)
    # One pixel of 8 x 8 covers 8 x 8 pixels of 64 x 64.
    assert smooth[..., 2].sum() == pytest.approx(64.0)


def test_default_width_of_smoothing_is_20_pixels_in_256():
    maps = _maps()
    np.testing.assert_allclose(
        overlay.enlarge_attention(maps, 256),
        overlay.enlarge_attention(maps, 256, sigma=20.0),
    )


def test_filter_wider_than_the_picture_still_sums_to_one():
    smooth = overlay.enlarge_attention(np.ones((2, 2, 1)), 5, sigma=30.0)
    np.testing.assert_allclose(smooth, 1.0)


def test_blending_mixes_image_and_map():
    blended = overlay.blend_attention(
        _gray(1), np.array([[0.5]]), alpha=180 / 255
    )
    expected = round(100 * 75 / 255 + 127.5 * 180 / 255)
    assert (blended == expected).all()


def test_words_share_one_scale():
    maps = np.zeros((8, 8, 2))
    maps[2, 2] = [1.0, 0.5]
    strong, weak = overlay.overlay_words(_gray(), maps)
    assert strong.max() == round(100 * 75 / 255 + 180)
    assert weak.max() == pytest.approx(round(100 * 75 / 255 + 180 / 2), abs=1)


def test_maps_without_contrast_are_drawn_as_no_attention():
    dim = round(100 * 75 / 255)
    for maps in (np.zeros((4, 4, 2)), np.full((4, 4, 2), 0.5)):
        assert (overlay.overlay_words(_gray(), maps) == dim).all()
    empty = overlay.WordAttention("bird", 0, 0.0, np.zeros((4, 4)))
    assert (overlay.overlay_strongest_word(_gray(), empty) == dim).all()


def test_strongest_words_follow_the_published_rule():
    maps, words = _maps(words=8), list("abcdefgh")
    found = overlay.strongest_words(maps, words, count=5)
    kept = np.where(maps > 2 / 8, maps, 0.0)
    confidence = np.where(maps > 4 / 8, maps, 0.0).sum((0, 1))
    order = np.argsort(-confidence)[:5]
    assert [one.word for one in found] == [words[place] for place in order]
    assert [one.position for one in found] == list(order)
    for one in found:
        assert one.confidence == pytest.approx(confidence[one.position])
        np.testing.assert_array_equal(
            one.attention_map, kept[..., one.position]
        )


def test_padding_beyond_the_words_is_ignored():
    maps = np.concatenate([_maps(3), np.ones((8, 8, 5))], axis=-1)
    found = overlay.strongest_words(maps, ["a", "b", "c"])
    assert {one.word for one in found} == {"a", "b", "c"}


def test_captions_of_two_words_show_attention_too():
    maps = np.zeros((2, 2, 2))
    maps[0, 0] = [0.9, 0.1]
    maps[1, 1] = [0.4, 0.6]
    first, second = overlay.strongest_words(maps, ["red", "heart"])
    assert first.word == "red"
    assert first.attention_map[0, 0] == 0.9
    assert second.attention_map.max() == 0.0


def test_no_words_have_no_strongest():
    assert overlay.strongest_words(_maps(), []) == []


def test_maps_of_another_rank_are_refused():
    with pytest.raises(ValueError, match=r"shape=\(8, 8\)"):
        overlay.enlarge_attention(np.ones((8, 8)), 16)
