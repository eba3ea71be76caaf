import numpy as np
import pytest

from tfragan.visualization import text_label


def test_long_lines_end_in_an_ellipsis_and_fit():
    text = "an unusually long caption without an end"
    short = text_label.shorten(text, 80, 12)
    assert short.endswith("…")
    assert text.startswith(short[:-1].rstrip())
    assert text_label.label_font(12).getlength(short) <= 80
    assert text_label.shorten("red", 80, 12) == "red"


def test_wrapping_breaks_between_words_and_loses_none():
    text = "a small  red bird\nwith black wings"
    lines = text_label.wrap(text, 90, 12, 9)
    assert len(lines) > 1
    assert " ".join(lines) == "a small red bird with black wings"
    assert max(map(text_label.label_font(12).getlength, lines)) <= 90


def test_last_line_takes_what_is_left_and_shortens_it():
    lines = text_label.wrap("one two three four five six", 60, 12, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert text_label.wrap("", 60, 12, 2) == []


def test_word_wider_than_the_line_is_cut():
    lines = text_label.wrap("internationalization is", 40, 12, 3)
    assert lines[0].endswith("…")
    assert lines[1] == "is"


@pytest.mark.parametrize("text", ["", "bird", "日本語 עברית 🐦", "a\x00b"])
def test_label_has_its_size_whatever_the_text(text):
    label = text_label.draw_label(text, 64, 12, lines=2)
    assert label.shape == (text_label.label_height(12, 2), 64, 3)
    assert label.dtype == np.uint8


def test_letters_are_drawn_in_their_color():
    label = text_label.draw_label("III", 64, 20, color=(255, 0, 0))
    assert (label == [255, 0, 0]).all(-1).any()
    assert (label[0] == 255).all()


@pytest.mark.parametrize(
    ("align", "lowest", "highest"),
    [("left", 2, 8), ("center", 95, 105), ("right", 190, 198)],
)
def test_lines_stand_where_they_are_told(align, lowest, highest):
    label = text_label.draw_label("I", 200, 12, align=align)
    columns = np.flatnonzero((label < 200).any((0, 2)))
    assert lowest <= columns.min() <= columns.max() <= highest
