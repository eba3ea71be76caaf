"""Heat maps have the same colors inside a graph as outside."""

import numpy as np
import pytest
import tensorflow as tf

from tfragan.export.heat_map_colors import color_heat_map
from tfragan.visualization.translation_panel import draw_heat_map


@pytest.mark.parametrize(("shape", "size"), [((8, 8), 32), ((5, 7), 20)])
def test_the_picture_is_that_of_draw_heat_map(shape, size):
    draw = np.random.default_rng(0)
    heat_map = draw.gamma(2.0, 30.0, shape).astype("float32")
    found = tf.function(color_heat_map)(tf.constant(heat_map), size)
    np.testing.assert_array_equal(found, draw_heat_map(heat_map, size))


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_a_map_without_contrast_is_dark_blue(value):
    heat_map = np.full((4, 4), value, "float32")
    found = color_heat_map(tf.constant(heat_map), 8).numpy()
    np.testing.assert_array_equal(found, draw_heat_map(heat_map, 8))
    assert (found == [0, 0, 128]).all()
