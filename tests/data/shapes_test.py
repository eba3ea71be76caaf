import itertools
import os

import numpy as np
import PIL.Image
import pytest

from tfragan.data.image_folder import image_folder
from tfragan.data.shapes import BACKGROUND
from tfragan.data.shapes import COLORS
from tfragan.data.shapes import parse_shapes_name
from tfragan.data.shapes import shape_scenes
from tfragan.data.shapes import shapes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "shapes"
    shapes(folder=folder, image_size=32)
    return folder


def _pair(scene):
    return frozenset((shape.color, shape.shape) for shape in scene.shapes)


def test_scenes_cover_all_pairs_and_no_pair_is_in_both_splits():
    train, test = shape_scenes("train"), shape_scenes("test")
    assert (len(train), len(test)) == (1728, 432)
    train_pairs, test_pairs = set(map(_pair, train)), set(map(_pair, test))
    assert not train_pairs & test_pairs
    assert len(train_pairs | test_pairs) == 135
    singles = set(itertools.chain.from_iterable(train_pairs))
    assert singles == set(itertools.product(COLORS, _shape_names(train)))


def _shape_names(scenes):
    return {shape.shape for scene in scenes for shape in scene.shapes}


def test_another_seed_holds_out_other_pairs():
    pairs = {_pair(scene) for scene in shape_scenes("test")}
    assert pairs != {_pair(scene) for scene in shape_scenes("test", seed=1)}


def test_captions_say_what_is_where():
    scene = next(s for s in shape_scenes("train") if s.relation == "left of")
    left, right = scene.shapes
    a = f"a {left.size} {left.color} {left.shape}"
    b = f"a {right.size} {right.color} {right.shape}"
    assert scene.captions[:2] == (f"{a} left of {b}", f"{b} right of {a}")
    assert scene.captions[2] == (
        f"a {left.color} {left.shape} left of a {right.color} {right.shape}"
    )


@pytest.mark.parametrize("image_size", [32, 64])
def test_each_shape_has_its_color_in_its_box_and_none_outside(image_size):
    for scene in shape_scenes("test")[::7]:
        image = np.asarray(scene.draw(image_size), int)
        outside = np.ones(image.shape[:2], bool)
        for shape in scene.shapes:
            x, y, width, height = shape.pixel_box(image_size)
            assert x >= 0
            assert y >= 0
            inside = image[y : y + height, x : x + width]
            exact = (inside == shape.rgb).all(-1).mean()
            assert exact > 0.2, (scene.key, shape, exact)
            outside[
                max(y - 1, 0) : y + height + 1, max(x - 1, 0) : x + width + 1
            ] = False
        assert (image[outside] == BACKGROUND).all(), scene.key


def test_relations_are_true_of_the_places():
    for scene in shape_scenes("train"):
        axis = 1 if scene.relation == "above" else 0
        first, second = (shape.box for shape in scene.shapes)
        assert first[axis] + first[axis + 2] < second[axis] + 0.01


def test_pictures_lie_in_the_folder_in_the_order_of_the_scenes(folder):
    dataset = shapes("test", folder, image_size=32)
    scenes = shape_scenes("test")
    assert [item.key for item in dataset] == [scene.key for scene in scenes]
    drawn = np.asarray(scenes[5].draw(32))
    assert (np.asarray(PIL.Image.open(dataset[5].path)) == drawn).all()
    assert dataset[5].captions == scenes[5].captions


def test_scenes_that_differ_in_size_only_are_of_one_class(folder):
    dataset = shapes("test", folder, image_size=32)
    by_class = {}
    for item in dataset:
        by_class.setdefault(item.class_id, []).append(item)
    for items in by_class.values():
        assert len(items) == 4
        assert len({item.captions[2:] for item in items}) == 1


def test_the_folder_is_an_image_folder_too(folder):
    plain = image_folder(folder, "test")
    dataset = shapes("test", folder, image_size=32)
    assert [i.captions for i in plain] == [i.captions for i in dataset]
    assert [i.class_id for i in plain] == [i.class_id for i in dataset]


def test_the_cache_folder_is_the_default_place(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = shapes("test", image_size=16)[0].path
    assert path.startswith(str(tmp_path / "tfragan" / "shapes-16-seed0-v"))
    assert os.path.exists(path)


def test_a_folder_of_other_pictures_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match="shapes-64-seed0"):
        shapes(folder=folder, image_size=64)
    with pytest.raises(ValueError, match=r"no shapes\.txt"):
        shapes(folder=tmp_path)
    with pytest.raises(ValueError, match="image_size=8"):
        shapes(image_size=8)
    with pytest.raises(ValueError, match="split='val'"):
        shapes("val")


def test_names_give_the_image_size():
    sizes = map(parse_shapes_name, ("shapes", "shapes:32", "shape", "shapes:"))
    assert list(sizes) == [64, 32, None, None]
