import numpy as np
import pytest

from tfragan.visualization import attention_panel as panel
from tfragan.visualization.text_label import label_height

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
    picture = panel.word_panel(_image(), maps, ["red", "heart"])
    assert picture.shape == (_HEIGHT + 6, 3 * 99 + 3, 3)
    assert (_cell(picture, 0) == 90).all()
    red, heart = _cell(picture, 1), _cell(picture, 2)
    assert red[:48, :48].mean() > 2 * red[48:, 48:].mean()
    assert heart[48:, 48:].mean() > 2 * heart[:48, :48].mean()


def test_words_stand_on_their_own_colors():
    picture = panel.word_panel(_image(), np.ones((4, 4, 2)), ["a", "b"])
    for position in range(2):
        corner = picture[3, 3 + (position + 1) * 99]
        np.testing.assert_array_equal(corner, panel.word_color(position))


def test_colors_of_neighbors_differ_and_letters_can_be_read():
    colors = np.array([panel.word_color(place) for place in range(20)])
    assert len({tuple(color) for color in colors}) == 20
    steps = np.abs(np.diff(colors, axis=0)).sum(axis=1)
    assert steps.min() > 90
    # White on the color, relative luminance as in WCAG 2, at least 3 : 1.
    linear = (colors / 255) ** 2.2
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    assert (1.05 / (luminance + 0.05)).min() > 3.0
    assert panel.word_color(20) == panel.word_color(0)


def test_more_words_than_maps_and_long_captions_in_rows():
    words = [str(number) for number in range(25)]
    picture = panel.word_panel(_image(), np.ones((4, 4, 18)), words, columns=10)
    assert picture.shape == (2 * (_HEIGHT + 3) + 3, 10 * 99 + 3, 3)


def test_caption_without_words_shows_the_image():
    picture = panel.word_panel(_image(), np.ones((4, 4, 18)), [])
    assert picture.shape[1] == 99 + 3
    strongest = panel.strongest_words_panel(_image(), np.ones((4, 4, 18)), [])
    assert (_cell(strongest, 0) == 90).all()
    assert (_cell(strongest, 5) == 255).all()


def test_strongest_word_comes_first_in_its_caption_color():
    maps = np.full((8, 8, 6), 0.02)
    maps[..., 4] = 0.9
    picture = panel.strongest_words_panel(_image(), maps, list("abcdef"))
    assert picture.shape[1] == 6 * 99 + 3
    np.testing.assert_array_equal(picture[3, 3 + 99], panel.word_color(4))


def test_cells_follow_the_images_size_or_the_wish():
    maps = np.ones((4, 4, 1))
    assert panel.word_panel(_image(128), maps, ["a"]).shape[1] == 2 * 131 + 3
    wished = panel.word_panel(_image(128), maps, ["a"], cell_size=50)
    assert wished.shape[1] == 2 * 53 + 3


def test_figure_stacks_samples_and_stages():
    rng = np.random.default_rng(0)
    captions = ["red heart", "a small bird with a red crown"]
    words = [caption.split() for caption in captions]
    maps = [rng.random((2, size, size, 18)) for size in (16, 32)]
    images = np.stack([_image(), _image()])
    figure = panel.attention_figure(images, maps, captions, words)
    # The short caption's stages stand side by side and have no panel of
    # strongest words, the long one's stand one under the other and have.
    rows = 1 + 4
    headings = 2 * label_height(15) + rows * label_height(13)
    assert figure.shape == (headings + rows * (_HEIGHT + 6), 10 * 99 + 6, 3)


def test_numbers_that_differ_are_named():
    with pytest.raises(ValueError, match="1 images.*2 captions"):
        panel.attention_figure(
            _image()[np.newaxis], [np.ones((1, 4, 4, 2))], ["a", "b"], [["a"]]
        )


def test_float_images_are_refused():
    with pytest.raises(ValueError, match="float32"):
        panel.word_panel(_image().astype("float32"), np.ones((4, 4, 1)), ["a"])
