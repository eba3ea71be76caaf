import numpy as np
import pytest

from tfragan.visualization import image_grid
from tfragan.visualization.image_grid import tile
from tfragan.visualization.text_label import label_height


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


def test_tiles_need_not_be_square():
    tiled = tile(np.ones((3, 4, 6, 3), np.uint8), 2, 1, 0)
    assert tiled.shape == (11, 15, 3)
    assert tiled.sum() == 3 * 4 * 6 * 3
