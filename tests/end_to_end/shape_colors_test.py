import numpy as np
import pytest

from tests.end_to_end.shape_colors import named_colors_found
from tests.end_to_end.shape_colors import named_colors_in_place
from tfragan.data.shapes import COLORS
from tfragan.data.shapes import shape_scenes


@pytest.mark.parametrize("judge", [named_colors_found, named_colors_in_place])
def test_real_pictures_show_the_colors_of_their_captions(judge):
    for scene in shape_scenes("test")[::5]:
        assert all(judge(np.array(scene.draw(32)), scene)), scene.key


def test_exchanged_shapes_are_not_in_place():
    for scene in shape_scenes("test")[::20]:
        picture = np.array(scene.draw(32))
        axis = 0 if scene.relation == "above" else 1
        turned = np.flip(picture, axis)
        assert not any(named_colors_in_place(turned, scene))


def test_pictures_of_other_colors_and_blank_ones_are_not_taken_for_right():
    scenes = shape_scenes("test")[::20]
    for scene in scenes:
        named = {shape.color for shape in scene.shapes}
        assert named < set(COLORS)
        picture = np.array(scene.draw(32))
        assert not any(named_colors_found(np.full_like(picture, 255), scene))
    wrongly_found = []
    for scene in scenes:
        for other in scenes:
            drawn = {shape.color for shape in other.shapes}
            found = named_colors_found(np.array(other.draw(32)), scene)
            for shape, is_found in zip(scene.shapes, found, strict=True):
                if shape.color not in drawn:
                    wrongly_found.append(is_found)
    # Blurred edges look like a third color now and then.
    assert np.mean(wrongly_found) < 0.1
