"""Names of pictures lead back to captions, and never meet."""

import pytest

from tfragan.cli import captions_in
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages


@pytest.fixture
def birds():
    captions = {"a/crow": ("black", "dark", "sad"), "b/wren": ("small", "tiny")}
    items = [
        CaptionedImage(key, f"{key}.png", each)
        for key, each in captions.items()
    ]
    return CaptionedImages(items, "birds", "test")


def _pairs(captions):
    return [(named.name, named.caption) for named in captions]


def test_the_first_caption_of_each_image(birds):
    captions = captions_in.captions_of_dataset(birds)
    assert _pairs(captions) == [("a/crow_c0", "black"), ("b/wren_c0", "small")]
    assert [named.key for named in captions] == ["a/crow", "b/wren"]


def test_every_caption_the_first_ones_first(birds):
    captions = captions_in.captions_of_dataset(birds, "every")
    assert _pairs(captions) == [
        ("a/crow_c0", "black"),
        ("b/wren_c0", "small"),
        ("a/crow_c1", "dark"),
        ("b/wren_c1", "tiny"),
        ("a/crow_c2", "sad"),
    ]
    assert captions_in.captions_of_dataset(birds, "every", 3) == captions[:3]


def test_drawn_captions_come_once(birds):
    drawn = captions_in.captions_of_dataset(birds, "drawn", 99, seed=3)
    every = captions_in.captions_of_dataset(birds, "every")
    assert sorted(_pairs(drawn)) == sorted(_pairs(every))
    few = captions_in.captions_of_dataset(birds, "drawn", seed=3)
    assert few == drawn[:2]


def test_keys_that_look_alike_as_files_get_numbers():
    items = [
        CaptionedImage(key, "x.png", ("a bird",))
        for key in ("my bird", "my?bird", "My bird", "../my bird")
    ]
    birds = CaptionedImages(items, "birds", "test")
    names = [each.name for each in captions_in.captions_of_dataset(birds)]
    assert names == [
        "my_bird_c0",
        "my_bird_2_c0",
        "My_bird_3_c0",
        "my_bird_4_c0",
    ]
