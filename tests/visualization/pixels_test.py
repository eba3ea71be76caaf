import numpy as np
import pytest
from PIL import Image

from tfragan.visualization import to_pixels
from tfragan.visualization import to_unit_range
from tfragan.visualization import write_png


def test_levels_survive_the_way_to_networks_and_back():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_pixels(to_unit_range(levels)), levels)
    np.testing.assert_array_equal(to_pixels([-2.0, 0.5, 2.0]), [0, 191, 255])


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7)])
def test_pixels_survive(tmp_path, shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    path = write_png(tmp_path / "a" / "b.png", picture)
    np.testing.assert_array_equal(np.asarray(Image.open(path)), picture)


@pytest.mark.parametrize(
    "picture", [np.zeros((4, 4, 3)), np.zeros((4, 4, 1), np.uint8)]
)
def test_other_arrays_are_refused_by_name(tmp_path, picture):
    with pytest.raises(ValueError, match=r"b\.png: expected a uint8 picture"):
        write_png(tmp_path / "b.png", picture)
