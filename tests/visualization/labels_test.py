import numpy as np
import pytest

from tfragan.visualization import labels
from tfragan.visualization.labels import label_height


def test_long_lines_end_in_an_ellipsis_and_fit():
    text = "an unusually long caption without an end"
    short = labels.shorten(text, 80, 12)
    assert short.endswith("…")
    assert text.startswith(short[:-1].rstrip())
    assert labels.label_font(12).getlength(short) <= 80
    assert labels.shorten("red", 80, 12) == "red"


def test_wrapping_breaks_between_words_and_loses_none():
    text = "a small  red bird\nwith black wings"
    lines = labels.wrap(text, 90, 12, 9)
    assert len(lines) > 1
    assert " ".join(lines) == "a small red bird with black wings"
    assert max(map(labels.label_font(12).getlength, lines)) <= 90


def test_last_line_takes_what_is_left_and_shortens_it():
    lines = labels.wrap("one two three four five six", 60, 12, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert labels.wrap("", 60, 12, 2) == []


@pytest.mark.parametrize("text", ["", "bird", "日本語 עברית 🐦", "a\x00b"])
def test_label_has_its_size_whatever_the_text(text):
    label = labels.draw_label(text, 64, 12, lines=2)
    assert label.shape == (labels.label_height(12, 2), 64, 3)
    assert label.dtype == np.uint8


def test_letters_are_drawn_in_their_color():
    label = labels.draw_label("III", 64, 20, color=(255, 0, 0))
    assert (label == [255, 0, 0]).all(-1).any()
    assert (label[0] == 255).all()


@pytest.mark.parametrize(
    ("align", "lowest", "highest"),
    [("left", 2, 8), ("center", 95, 105), ("right", 190, 198)],
)
def test_lines_stand_where_they_are_told(align, lowest, highest):
    label = labels.draw_label("I", 200, 12, align=align)
    columns = np.flatnonzero((label < 200).any((0, 2)))
    assert lowest <= columns.min() <= columns.max() <= highest


def _picture(size=100):
    return np.full((size, size, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("size", "wish", "cell"), [(32, None, 96), (128, None, 128), (128, 50, 50)]
)
def test_small_images_are_enlarged_and_wishes_heard(size, wish, cell):
    fitted = labels.fit_image(_picture(size), wish)
    assert fitted.shape == (cell, cell, 3)
    assert (fitted == 90).all()


@pytest.mark.parametrize("function", [labels.labeled, labels.headed])
def test_texts_stand_above_the_picture(function):
    picture = function(_picture(), "bird")
    height = label_height(13)
    assert picture.shape == (height + 100, 100, 3)
    assert (picture[:height] < 150).any()
    assert (picture[height:] == 90).all()
