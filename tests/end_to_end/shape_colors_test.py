import numpy as np

from tests.end_to_end.shape_colors import named_colors_found
from tfragan.data.shape_scenes import shape_scenes


def test_real_pictures_show_the_colors_of_their_captions():
    scenes = shape_scenes("test")[::20]
    found = [
        named_colors_found(np.array(scene.draw(32)), scene) for scene in scenes
    ]
    assert np.all(found)


def test_exchanged_shapes_and_blank_pictures_are_not_taken_for_right():
    for scene in shape_scenes("test")[::20]:
        picture = np.array(scene.draw(32))
        turned = (
            picture[::-1] if scene.relation == "above" else picture[:, ::-1]
        )
        assert not any(named_colors_found(turned, scene))
        blank = np.full_like(picture, 255)
        assert not any(named_colors_found(blank, scene))
