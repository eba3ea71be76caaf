import numpy as np
import pytest

from tfragan.visualization import Guidance
from tfragan.visualization import color_figure
from tfragan.visualization import edit_figure
from tfragan.visualization import guidance_figure
from tfragan.visualization import guided_attention_figure
from tfragan.visualization import translate_each

_CELL = 96 + 3


def _gray(*levels, size=8):
    return np.stack([np.full((size, size, 3), one, np.uint8) for one in levels])


def _guidances(*captions, **kwargs):
    return [
        Guidance(text, {"captions": [text]}, text.split(), **kwargs)
        for text in captions
    ]


class _Translator:
    """Adds the length of the caption, the seed, and the reference's gray."""

    def __init__(self):
        self.calls = []

    def __call__(self, images, captions, references=None, **options):
        self.calls.append(options)
        shifts = np.array([len(text) for text in captions])
        if references is None:
            shifts = shifts + np.array(options["seed"])
        else:
            shifts = shifts + np.asarray(references)[:, 0, 0, 0]
        shifts = shifts.astype(np.uint8)
        return {
            "image": images + shifts[:, None, None, None],
            "attention_maps": [
                np.full((len(images), 2, 2, 3), shift_size, np.float32)
                for shift_size in (1, 2)
            ],
        }


def _middles(figure, rows, columns, left=0):
    """The grays in the middle of each cell; the cells stand at the bottom."""
    top = len(figure) - rows * _CELL
    return [
        [
            int(
                figure[
                    top + row * _CELL + 48, left + 3 + column * _CELL + 48, 0
                ]
            )
            for column in range(columns)
        ]
        for row in range(rows)
    ]


def test_every_image_is_translated_by_every_guidance():
    translator = _Translator()
    outputs = translate_each(
        translator, _gray(10, 20, 30), _guidances("a", "abc"), seed=100
    )
    assert outputs["image"][:, :, 0, 0, 0].tolist() == [
        [111, 114],
        [121, 124],
        [131, 134],
    ]
    assert [maps.shape for maps in outputs["attention_maps"]] == [
        (3, 2, 2, 2, 3)
    ] * 2
    assert translator.calls[0]["direction"] == "ab"


def test_references_belong_to_the_rows():
    outputs = translate_each(
        _Translator(), _gray(0, 0), _guidances("a", "abc"), _gray(50, 60)
    )
    assert outputs["image"][:, :, 0, 0, 0].tolist() == [[51, 53], [61, 63]]


def test_an_edit_figure_has_a_row_an_image():
    results = _gray(40, 50, 60, 70).reshape(2, 2, 8, 8, 3)
    guidances = _guidances("a red bird", "a blue bird")
    figure = edit_figure(_gray(10, 20), results, guidances)
    assert figure.shape[1] == 3 * _CELL + 3
    assert _middles(figure, 2, 3) == [[10, 40, 50], [20, 60, 70]]
    with_truths = edit_figure(_gray(10, 20), results, guidances, _gray(80, 90))
    assert _middles(with_truths, 2, 4) == [[10, 40, 50, 80], [20, 60, 70, 90]]


def test_a_color_figure_has_two_rows_an_image():
    at_random = _gray(40, 50).reshape(2, 1, 8, 8, 3)
    encoded = _gray(60, 70).reshape(2, 1, 8, 8, 3)
    figure = color_figure(
        _gray(10, 20), _gray(80, 90), at_random, encoded, _guidances("red")
    )
    left = figure.shape[1] - (2 * _CELL + 3)
    assert left > 20
    assert _middles(figure, 4, 2, left) == [
        [10, 40],
        [80, 60],
        [20, 50],
        [90, 70],
    ]


def test_images_that_guide_stand_above_their_columns():
    results = _gray(40).reshape(1, 1, 8, 8, 3)
    guidances = _guidances("reference", picture=_gray(77)[0])
    figure = edit_figure(_gray(10), results, guidances)
    assert _middles(figure[: -_CELL - 3], 1, 2) == [[255, 77]]


def test_long_captions_take_more_lines_and_none_is_beside_its_column():
    images = _gray(10, 20).reshape(1, 2, 8, 8, 3)
    short = guidance_figure(images, ["", "red"])
    long = guidance_figure(images, ["", "a bird " * 6])
    assert len(long) > len(short)
    # The first column has no text.
    assert (long[: len(long) - _CELL - 3, :_CELL] == 255).all()


def test_attention_is_that_of_the_images_of_the_first_row():
    guidances = _guidances("a red bird", "a blue bird")
    outputs = translate_each(_Translator(), _gray(10, 200), guidances)
    arguments = (outputs["image"], outputs["attention_maps"])
    one = guided_attention_figure(*arguments, guidances, most=1)
    two = guided_attention_figure(*arguments, guidances)
    np.testing.assert_array_equal(two[: len(one)], one)
    assert len(two) > len(one)


def test_other_numbers_of_labels_are_named():
    with pytest.raises(ValueError, match="1 labels"):
        guidance_figure(_gray(1, 2).reshape(1, 2, 8, 8, 3), ["a"])
