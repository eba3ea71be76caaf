import numpy as np
import pytest

from tfragan.visualization import image_grid
from tfragan.visualization import interpolation_figure
from tfragan.visualization.labels import label_height


def _images(count=5, size=8):
    shape = (count, size, size, 3)
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def test_images_stand_in_rows_with_padding_between():
    images = _images()
    grid = image_grid(images, columns=3, padding=2, background=7)
    assert grid.shape == (2 * 10 + 2, 3 * 10 + 2, 3)
    np.testing.assert_array_equal(grid[2:10, 2:10], images[0])
    np.testing.assert_array_equal(grid[12:20, 12:20], images[4])
    assert (grid[:2] == 7).all()
    assert (grid[12:20, 22:] == 7).all()


def test_grid_is_about_square_and_never_wider_than_the_batch():
    assert image_grid(_images(9), padding=0).shape == (24, 24, 3)
    assert image_grid(_images(2), padding=0, columns=5).shape == (8, 16, 3)


def test_pixels_are_repeated_and_not_blurred():
    images = _images(1)
    grid = image_grid(images, enlarge=3, padding=0)
    np.testing.assert_array_equal(grid[1::3, 1::3], images[0])


def test_captions_stand_below_readable_images():
    images = np.zeros((2, 64, 64, 3), np.uint8)
    grid = image_grid(images, ["red heart", ""], columns=2, padding=0)
    height = label_height(11, 2)
    assert grid.shape == (128 + height, 256, 3)
    assert (grid[128:, :128] < 128).any()
    assert (grid[128:, 128:] == 255).all()


@pytest.mark.parametrize(
    ("images", "captions", "message"),
    [
        (np.zeros((2, 4, 4, 3)), None, "float64"),
        (np.zeros((0, 4, 4, 3), np.uint8), None, "at least one"),
        (np.zeros((4, 4, 3), np.uint8), None, r"shape \(4, 4, 3\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), ["a"], "1 captions for 2 images"),
    ],
)
def test_bad_arguments_are_named(images, captions, message):
    with pytest.raises(ValueError, match=message):
        image_grid(images, captions)


def _walk(rows=2, columns=3, size=96):
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
    figure = interpolation_figure(_walk(), ("red", "blue"))
    assert figure.shape == (label_height(13) + 2 * 99 + 3, 3 * 99 + 3, 3)
    assert _grays(figure, 2, 3) == [[10, 20, 30], [40, 50, 60]]


def test_ends_stand_above_the_first_and_the_last_column():
    figure = interpolation_figure(_walk(), ("red", "blue"))
    strip = (figure[: label_height(13)] < 150).any((0, 2))
    columns = np.flatnonzero(strip)
    assert columns.min() < 10
    assert columns.max() > figure.shape[1] - 10
    assert not strip[100:200].any()


def test_long_captions_take_more_lines():
    caption = "a small red bird with black wings and a long pointed beak"
    figure = interpolation_figure(_walk(), (caption, "blue"))
    assert len(figure) == label_height(13, 3) + 2 * 99 + 3


def test_row_labels_stand_beside_the_middle_of_their_rows():
    plain = interpolation_figure(_walk(), ("red", "blue"))
    figure = interpolation_figure(_walk(), ("red", "blue"), ["seed 7", ""])
    left = figure.shape[1] - plain.shape[1]
    assert 30 < left < 80
    np.testing.assert_array_equal(figure[:, left:], plain)
    rows = np.flatnonzero((figure[:, :left] < 150).any((1, 2)))
    middle = label_height(13) + 3 + 48
    assert abs(rows.mean() - middle) < 4
    assert np.ptp(rows) < 16


def test_a_title_is_put_above_all():
    plain = interpolation_figure(_walk(1), ("seed 1", "seed 9"))
    figure = interpolation_figure(
        _walk(1), ("seed 1", "seed 9"), title="a red bird"
    )
    height = label_height(15)
    np.testing.assert_array_equal(figure[height:], plain)
    assert (figure[:height] < 100).any()


def test_other_shapes_and_numbers_are_named():
    with pytest.raises(ValueError, match=r"images.shape=\(3, 96, 96, 3\)"):
        interpolation_figure(_walk()[0], ("a", "b"))
    with pytest.raises(ValueError, match="2 ends and 1 labels for 2 rows"):
        interpolation_figure(_walk(), ("a", "b"), ["seed 1"])
    with pytest.raises(ValueError, match="3 ends"):
        interpolation_figure(_walk(), ("a", "b", "c"))
