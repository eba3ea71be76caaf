import numpy as np
import pytest

from tests import golden
from tfragan.visualization import draw_heat_map
from tfragan.visualization import heat_map


def _cases(arrays):
    count = sum(key.startswith("in/heatmap") for key in arrays)
    for number in range(count):
        yield (
            arrays[f"in/heatmap{number}"],
            int(arrays[f"in/size{number}"]),
            {
                name: arrays[f"out/{name}{number}"]
                for name in ("gray", "gray_resized", "bgr")
            },
        )


@pytest.mark.golden
def test_ugatit_gray_levels_are_the_published_ones():
    for values, _, expected in _cases(golden.load("ugatit", "heatmap")):
        levels = heat_map.heat_map_levels(values)
        np.testing.assert_array_equal(levels, expected["gray"])


@pytest.mark.golden
def test_ugatit_resized_levels_are_off_by_one_at_most():
    for _, size, expected in _cases(golden.load("ugatit", "heatmap")):
        levels = expected["gray"].astype(np.uint8)
        resized = heat_map.resize_levels(levels, size).astype(int)
        assert np.abs(resized - expected["gray_resized"]).max() <= 1


@pytest.mark.golden
def test_ugatit_colors_of_given_levels_are_exact():
    arrays = golden.load("ugatit", "heatmap")
    bgr = heat_map.jet_colors()[:, ::-1]
    np.testing.assert_array_equal(bgr, arrays["out/jet_lut_bgr"])
    for _, _, expected in _cases(arrays):
        levels = expected["gray_resized"].astype(int)
        np.testing.assert_array_equal(
            (bgr[levels] / np.float32(255)).astype(np.float32), expected["bgr"]
        )


@pytest.mark.golden
def test_ugatit_pictures_are_rgb_and_off_by_a_level_at_most():
    for values, size, expected in _cases(golden.load("ugatit", "heatmap")):
        picture = draw_heat_map(values, size).astype(int)
        difference = np.abs(picture - 255 * expected["bgr"][..., ::-1])
        steps = np.abs(np.diff(heat_map.jet_colors().astype(int), axis=0))
        assert difference.max() <= steps.max()


def test_the_colors_go_from_blue_to_red():
    colors = heat_map.jet_colors()
    assert colors[0].tolist() == [0, 0, 128]
    assert colors[64].tolist() == [0, 128, 255]
    assert colors[255].tolist() == [128, 0, 0]


@pytest.mark.parametrize("value", [0.0, -3.5, 1e30, np.nan])
def test_a_map_without_contrast_is_all_dark_blue(value):
    picture = draw_heat_map(np.full((4, 4, 1), value), 8)
    assert np.unique(picture.reshape(-1, 3), axis=0).tolist() == [[0, 0, 128]]


def test_maps_and_pictures_need_not_be_square():
    values = np.arange(6.0).reshape(2, 3)
    picture = draw_heat_map(values, (8, 12))
    assert picture.shape == (8, 12, 3)
    assert picture[0, 0].tolist() == [0, 0, 128]
    assert picture[-1, -1].tolist() == [128, 0, 0]


def test_anything_else_is_refused():
    with pytest.raises(ValueError, match=r"heat_map.shape=\(2, 2, 3\)"):
        draw_heat_map(np.zeros((2, 2, 3)), 8)
