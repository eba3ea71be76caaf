import numpy as np
import pytest

from tfragan.visualization import panel_cells
from tfragan.visualization.text_label import label_height


def _picture(size=100):
    return np.full((size, size, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("size", "wish", "cell"), [(32, None, 96), (128, None, 128), (128, 50, 50)]
)
def test_small_images_are_enlarged_and_wishes_heard(size, wish, cell):
    fitted = panel_cells.fit_image(_picture(size), wish)
    assert fitted.shape == (cell, cell, 3)
    assert (fitted == 90).all()


@pytest.mark.parametrize("function", [panel_cells.labeled, panel_cells.headed])
def test_texts_stand_above_the_picture(function):
    picture = function(_picture(), "bird")
    height = label_height(13)
    assert picture.shape == (height + 100, 100, 3)
    assert (picture[:height] < 150).any()
    assert (picture[height:] == 90).all()


def test_a_label_has_its_colors():
    picture = panel_cells.labeled(_picture(), "bird", (255, 0, 0), (0, 0, 9))
    assert picture[0, 0].tolist() == [0, 0, 9]
    assert (picture == [255, 0, 0]).all(-1).any()
