import numpy as np
import pytest
import tensorflow as tf

from tfragan.data.image_augmentation import NotFiniteError
from tfragan.visualization import attention_strip
from tfragan.visualization import caption_maps
from tfragan.visualization import mask_figure
from tfragan.visualization import mask_levels
from tfragan.visualization import shade_image
from tfragan.visualization.labels import label_height
from tfragan.visualization.translation_panel import heat_map_levels


def _maps(words=6, size=8, seed=0, sharpness=3.0):
    scores = np.random.default_rng(seed).standard_normal((size, size, words))
    scores = np.exp(sharpness * scores)
    return scores / scores.sum(-1, keepdims=True)


def _gray(size=32, level=100):
    return np.full((size, size, 3), level, np.uint8)


@pytest.mark.parametrize("size", [32, (24, 40), 6])
def test_enlarging_is_tensorflows_bilinear_resize(size):
    maps = _maps()
    enlarged = caption_maps.enlarge_attention(maps, size, sigma=0)
    height, width = (size, size) if isinstance(size, int) else size
    expected = tf.image.resize(maps, (height, width)).numpy()
    np.testing.assert_allclose(enlarged, expected, atol=1e-6)


def test_smoothing_is_a_gaussian_of_the_given_width():
    point = np.zeros((65, 65, 1))
    point[32, 32] = 1.0
    smooth = caption_maps.enlarge_attention(point, 65, sigma=4.0)[..., 0]
    rows, columns = np.mgrid[-32:33, -32:33]
    expected = np.exp(-(rows**2 + columns**2) / (2 * 4.0**2))
    np.testing.assert_allclose(smooth, expected / expected.sum(), atol=2e-5)


def test_smoothing_keeps_constants_sums_and_words_apart():
    maps = np.zeros((8, 8, 3))
    maps[..., 1] = 0.5
    maps[2, 3, 2] = 1.0
    smooth = caption_maps.enlarge_attention(maps, 64)
    np.testing.assert_allclose(smooth[..., 0], 0.0)
    np.testing.assert_allclose(smooth[..., 1], 0.5)
    # One pixel of 8 x 8 covers 8 x 8 pixels of 64 x 64.
    assert smooth[..., 2].sum() == pytest.approx(64.0)


def test_default_width_of_smoothing_is_20_pixels_in_256():
    maps = _maps()
    np.testing.assert_allclose(
        caption_maps.enlarge_attention(maps, 256),
        caption_maps.enlarge_attention(maps, 256, sigma=20.0),
    )


def test_blending_mixes_image_and_map():
    blended = caption_maps.blend_attention(
        _gray(1), np.array([[0.5]]), alpha=180 / 255
    )
    expected = round(100 * 75 / 255 + 127.5 * 180 / 255)
    assert (blended == expected).all()


def test_words_share_one_scale():
    maps = np.zeros((8, 8, 2))
    maps[2, 2] = [1.0, 0.5]
    strong, weak = caption_maps.overlay_words(_gray(), maps)
    assert strong.max() == round(100 * 75 / 255 + 180)
    assert weak.max() == pytest.approx(round(100 * 75 / 255 + 180 / 2), abs=1)


def test_maps_without_contrast_are_drawn_as_no_attention():
    dim = round(100 * 75 / 255)
    for maps in (np.zeros((4, 4, 2)), np.full((4, 4, 2), 0.5)):
        assert (caption_maps.overlay_words(_gray(), maps) == dim).all()
    empty = caption_maps.WordAttention("bird", 0, 0.0, np.zeros((4, 4)))
    assert (caption_maps.overlay_strongest_word(_gray(), empty) == dim).all()


def test_strongest_words_follow_the_published_rule():
    maps, words = _maps(words=8), list("abcdefgh")
    found = caption_maps.strongest_words(maps, words, count=5)
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
    found = caption_maps.strongest_words(maps, ["a", "b", "c"])
    assert {one.word for one in found} == {"a", "b", "c"}


def test_captions_of_two_words_show_attention_too():
    maps = np.zeros((2, 2, 2))
    maps[0, 0] = [0.9, 0.1]
    maps[1, 1] = [0.4, 0.6]
    first, second = caption_maps.strongest_words(maps, ["red", "heart"])
    assert first.word == "red"
    assert first.attention_map[0, 0] == 0.9
    assert second.attention_map.max() == 0.0


def test_maps_of_another_rank_are_refused():
    with pytest.raises(ValueError, match=r"shape=\(8, 8\)"):
        caption_maps.enlarge_attention(np.ones((8, 8)), 16)


_HEIGHT = 96 + label_height(13)


def _image(size=64):
    return np.full((size, size, 3), 90, np.uint8)


def _cell(picture, number):
    """Picture part of a cell in the first row, its label cut off."""
    left = 3 + number * 99
    return picture[3 + label_height(13) : 3 + _HEIGHT, left : left + 96]


def test_image_then_one_cell_a_word_in_caption_order():
    maps = np.zeros((16, 16, 18))
    maps[2:6, 2:6, 0] = 1.0
    maps[10:14, 10:14, 1] = 1.0
    picture = caption_maps.word_panel(_image(), maps, ["red", "heart"])
    assert picture.shape == (_HEIGHT + 6, 3 * 99 + 3, 3)
    assert (_cell(picture, 0) == 90).all()
    red, heart = _cell(picture, 1), _cell(picture, 2)
    assert red[:48, :48].mean() > 2 * red[48:, 48:].mean()
    assert heart[48:, 48:].mean() > 2 * heart[:48, :48].mean()


def test_colors_of_neighbors_differ_and_letters_can_be_read():
    colors = np.array([caption_maps.word_color(place) for place in range(20)])
    assert len({tuple(color) for color in colors}) == 20
    steps = np.abs(np.diff(colors, axis=0)).sum(axis=1)
    assert steps.min() > 90
    # White on the color, relative luminance as in WCAG 2, at least 3 : 1.
    linear = (colors / 255) ** 2.2
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    assert (1.05 / (luminance + 0.05)).min() > 3.0
    assert caption_maps.word_color(20) == caption_maps.word_color(0)


def test_more_words_than_maps_and_long_captions_in_rows():
    words = [str(number) for number in range(25)]
    picture = caption_maps.word_panel(
        _image(), np.ones((4, 4, 18)), words, columns=10
    )
    assert picture.shape == (2 * (_HEIGHT + 3) + 3, 10 * 99 + 3, 3)


def test_caption_without_words_shows_the_image():
    picture = caption_maps.word_panel(_image(), np.ones((4, 4, 18)), [])
    assert picture.shape[1] == 99 + 3
    strongest = caption_maps.strongest_words_panel(
        _image(), np.ones((4, 4, 18)), []
    )
    assert (_cell(strongest, 0) == 90).all()
    assert (_cell(strongest, 5) == 255).all()


def test_strongest_word_comes_first_in_its_caption_color():
    maps = np.full((8, 8, 6), 0.02)
    maps[..., 4] = 0.9
    picture = caption_maps.strongest_words_panel(_image(), maps, list("abcdef"))
    assert picture.shape[1] == 6 * 99 + 3
    np.testing.assert_array_equal(
        picture[3, 3 + 99], caption_maps.word_color(4)
    )


def test_figure_stacks_samples_and_stages():
    rng = np.random.default_rng(0)
    captions = ["red heart", "a small bird with a red crown"]
    words = [caption.split() for caption in captions]
    maps = [rng.random((2, size, size, 18)) for size in (16, 32)]
    images = np.stack([_image(), _image()])
    figure = caption_maps.attention_figure(images, maps, captions, words)
    # The short caption's stages stand side by side and have no panel of
    # strongest words, the long one's stand one under the other and have.
    rows = 1 + 4
    headings = 2 * label_height(15) + rows * label_height(13)
    assert figure.shape == (headings + rows * (_HEIGHT + 6), 10 * 99 + 6, 3)


def test_numbers_that_differ_are_named():
    with pytest.raises(ValueError, match="1 images.*2 captions"):
        caption_maps.attention_figure(
            _image()[np.newaxis], [np.ones((1, 4, 4, 2))], ["a", "b"], [["a"]]
        )


def test_float_images_are_refused():
    with pytest.raises(ValueError, match="float32"):
        caption_maps.word_panel(
            _image().astype("float32"), np.ones((4, 4, 1)), ["a"]
        )


def test_a_map_that_is_the_same_everywhere_is_black():
    maps = np.zeros((1, 2, 3, 2), "float32")
    maps[0, 1, 2, 0] = 0.5
    strip = attention_strip(maps)
    assert strip.shape == (1, 2, 9)
    np.testing.assert_array_equal(strip[0, :, 6:], -1.0)
    np.testing.assert_array_equal(strip[0, :, :3], strip[0, :, 3:6])
    assert strip[0, 1, 2] == 1.0


def test_each_sample_is_stretched_by_itself():
    maps = np.random.default_rng(0).uniform(size=(2, 4, 4, 3))
    together = attention_strip(
        maps * np.array([1.0, 0.01])[:, None, None, None]
    )
    alone = attention_strip(maps[1:])
    np.testing.assert_allclose(together[1:], alone, atol=1e-4)


_ROW = label_height(15) + 3 + label_height(13) + 96 + 3


def _images(count=1, size=32):
    return np.full((count, size, size, 3), 200, np.uint8)


def _masks(count=1, sizes=(4, 8, 32)):
    """The upper half is 1, the lower half 0.25."""
    masks = []
    for size in sizes:
        mask = np.full((count, size, size, 1), 0.25, np.float32)
        mask[:, : size // 2] = 1.0
        masks.append(mask)
    return masks


def _mask_cell(figure, number, row=0):
    """Picture part of a cell, its label cut off."""
    top = row * _ROW + label_height(15) + 3 + label_height(13)
    left = 3 + number * 99
    return figure[top : top + 96, left : left + 96]


def test_image_then_every_mask_then_the_image_under_the_last():
    figure = mask_figure(_images(), _masks(), ["a red bird"])
    assert figure.shape == (_ROW, 5 * 99 + 3, 3)
    assert (_mask_cell(figure, 0) == 200).all()
    for number in (1, 2, 3):
        assert (_mask_cell(figure, number)[:48] == 255).all()
        assert (_mask_cell(figure, number)[48:] == 64).all()
    assert (_mask_cell(figure, 4)[:48] == 200).all()
    assert (_mask_cell(figure, 4)[48:] == 50).all()


def test_masks_are_enlarged_without_blur():
    mask = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1) / 15
    cell = _mask_cell(mask_figure(_images(), [mask], [""]), 1)
    blocks = cell[..., 0].reshape(4, 24, 4, 24)
    assert (blocks == blocks[:, :1, :, :1]).all()
    np.testing.assert_array_equal(blocks[:, 0, :, 0], mask_levels(mask[0]))


def test_each_caption_has_a_row_of_its_own_pictures():
    images, masks = _images(2), _masks(2)
    images[1] = 90
    masks[0][1] = 0.0
    figure = mask_figure(images, masks, ["a red bird", "a blue bird"])
    assert len(figure) == 2 * _ROW
    assert (_mask_cell(figure, 0, row=1) == 90).all()
    assert (_mask_cell(figure, 1, row=1) == 0).all()
    assert (figure[: label_height(15)] < 100).any()
    assert (figure[_ROW : _ROW + label_height(15)] < 100).any()


def test_levels_are_those_of_the_mask_and_not_stretched():
    mask = np.array([[0.0, 0.5], [0.25, 1.0]])[..., np.newaxis]
    assert mask_levels(mask).tolist() == [[0, 128], [64, 255]]
    assert mask_levels([[0.0, 2.0, -1.0]]).tolist() == [[0, 255, 0]]


@pytest.mark.parametrize(
    "draw",
    [
        mask_levels,
        heat_map_levels,
        lambda values: caption_maps.blend_attention(_gray(2)[:1], values),
    ],
)
def test_maps_of_nan_are_refused_and_not_drawn_as_black(draw):
    with pytest.raises(NotFiniteError, match="holds NaN or infinity"):
        draw(np.array([[np.nan, 1.0]]))


def test_a_small_mask_shades_a_large_image():
    shaded = shade_image(_images()[0], np.array([[1.0, 0.0]]))
    assert (shaded[:, :16] == 200).all()
    assert (shaded[:, 16:] == 0).all()


def test_other_shapes_and_numbers_are_named():
    with pytest.raises(ValueError, match=r"mask.shape=\(2, 2, 3\)"):
        mask_levels(np.zeros((2, 2, 3)))
    with pytest.raises(ValueError, match=r"1 images, 2 captions, \[1, 1, 1\]"):
        mask_figure(_images(), _masks(), ["a", "b"])
    with pytest.raises(ValueError, match=r"1 captions, \[\] masks"):
        mask_figure(_images(), [], ["a"])
