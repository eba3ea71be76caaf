import numpy as np
import pytest

from tfragan.visualization import interpolation_figure
from tfragan.visualization.text_label import label_height


def _images(rows=2, columns=3, size=96):
    """Each image has a gray of its own."""
    grays = 10 * np.arange(1, rows * columns + 1, dtype=np.uint8)
    grays = grays.reshape(rows, columns, 1, 1, 1)
    return np.broadcast_to(grays, (rows, columns, size, size, 3))


def _grays(figure, rows, columns, left=0):
    """The grays in the middle of each cell; the grid stands at the bottom."""
    top = len(figure) - rows * 99
    return [
        [
            figure[top + row * 99 + 48, left + 3 + column * 99 + 48, 0]
            for column in range(columns)
        ]
        for row in range(rows)
    ]


def test_rows_and_columns_keep_their_order():
    figure = interpolation_figure(_images(), ("red", "blue"))
    assert figure.shape == (label_height(13) + 2 * 99 + 3, 3 * 99 + 3, 3)
    assert _grays(figure, 2, 3) == [[10, 20, 30], [40, 50, 60]]


def test_ends_stand_above_the_first_and_the_last_column():
    figure = interpolation_figure(_images(), ("red", "blue"))
    strip = (figure[: label_height(13)] < 150).any((0, 2))
    columns = np.flatnonzero(strip)
    assert columns.min() < 10
    assert columns.max() > figure.shape[1] - 10
    assert not strip[100:200].any()


def test_long_captions_take_more_lines():
    caption = "a small red bird with black wings and a long pointed beak"
    figure = interpolation_figure(_images(), (caption, "blue"))
    assert len(figure) == label_height(13, 3) + 2 * 99 + 3


def test_row_labels_stand_beside_the_middle_of_their_rows():
    plain = interpolation_figure(_images(), ("red", "blue"))
    figure = interpolation_figure(_images(), ("red", "blue"), ["seed 7", ""])
    left = figure.shape[1] - plain.shape[1]
    assert 30 < left < 80
    np.testing.assert_array_equal(figure[:, left:], plain)
    rows = np.flatnonzero((figure[:, :left] < 150).any((1, 2)))
    middle = label_height(13) + 3 + 48
    assert abs(rows.mean() - middle) < 4
    assert np.ptp(rows) < 16


def test_a_title_is_put_above_all():
    plain = interpolation_figure(_images(1), ("seed 1", "seed 9"))
    figure = interpolation_figure(
        _images(1), ("seed 1", "seed 9"), title="a red bird"
    )
    height = label_height(15)
    np.testing.assert_array_equal(figure[height:], plain)
    assert (figure[:height] < 100).any()


def test_small_images_are_enlarged():
    figure = interpolation_figure(_images(size=32), ("red", "blue"))
    assert figure.shape[1] == 3 * 99 + 3


def test_other_shapes_and_numbers_are_named():
    with pytest.raises(ValueError, match=r"images.shape=\(3, 96, 96, 3\)"):
        interpolation_figure(_images()[0], ("a", "b"))
    with pytest.raises(ValueError, match="2 ends and 1 labels for 2 rows"):
        interpolation_figure(_images(), ("a", "b"), ["seed 1"])
    with pytest.raises(ValueError, match="3 ends"):
        interpolation_figure(_images(), ("a", "b", "c"))
