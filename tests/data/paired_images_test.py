import os

import pytest

from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.captioned_images import with_known_words
from tfragan.data.paired_images import PairedImages
from tfragan.data.paired_images import paired_images
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary


@pytest.fixture
def folder(tmp_path):
    """Two folders; the targets are larger, and PNG files."""
    folder = tmp_path / "maps"
    for split, count in (("train", 3), ("test", 2)):
        for number in range(count):
            write_image(folder / f"{split}A/{number}.jpg", seed=number)
            target = folder / f"{split}B/{number}.png"
            write_image(target, "PNG", size=(48, 40), seed=number)
    return folder


@pytest.fixture
def halves(tmp_path):
    folder = tmp_path / "facades"
    for number in range(2):
        write_image(folder / f"train/{number}.jpg", size=(48, 20), seed=number)
    return folder


def test_files_of_the_same_name_are_pairs(folder):
    train = paired_images(folder)
    assert (train.name, train.split, len(train)) == ("maps", "train", 3)
    assert [(item.input.key, item.key) for item in train.items] == [
        (f"{number}.jpg", f"{number}.png") for number in range(3)
    ]
    for item in train.items:
        places = [
            os.path.dirname(path) for path in (item.input.path, item.path)
        ]
        assert [os.path.basename(place) for place in places] == [
            "trainA",
            "trainB",
        ]
    assert train.target_half is None
    assert not train.bad_items
    assert repr(train) == "<PairedImages 'maps', split 'train': 3 pairs>"
    assert len(paired_images(str(folder), "test")) == 2


def test_the_other_direction_swaps_inputs_and_targets(folder, halves):
    swapped = paired_images(folder, direction="ba")
    assert [(i.input.key, i.key) for i in swapped.items][:1] == [
        ("0.png", "0.jpg")
    ]
    assert paired_images(halves).target_half == "right"
    assert paired_images(halves, direction="ba").target_half == "left"


def test_images_side_by_side_are_pairs(halves):
    write_image(halves / "train/odd.jpg", size=(47, 20))
    train = paired_images(halves)
    assert [item.key for item in train.items] == ["0.jpg", "1.jpg"]
    assert train.bad_items.skipped == {
        "side-by-side image of odd width": ["odd.jpg"]
    }


def test_images_that_make_no_pair_are_named(folder):
    write_image(folder / "trainA/lonely.jpg")
    write_image(folder / "trainA/0.png", "PNG")
    write_image(folder / "trainB/1.png", "PNG", size=(40, 48))
    write_text(folder / "trainB/2.png", "word")
    train = paired_images(folder)
    assert [item.key for item in train.items] == ["0.png"]
    assert train.bad_items.skipped == {
        "image without its pair": ["trainA/lonely.jpg"],
        "second image of one name": ["trainA/0.png"],
        "pair of different proportions": ["1.png"],
        "undecodable image": ["trainB/2.png"],
    }
    with pytest.raises(ValueError, match=r"refused .*trainA/lonely\.jpg"):
        paired_images(folder, on_bad_item="refuse")


def test_rounded_sides_keep_their_proportions(folder):
    # Of 24 x 20, as 7 / 24 of it and as much smaller.
    write_image(folder / "trainB/1.png", "PNG", size=(7, 5))
    assert len(paired_images(folder)) == 3


def test_no_usable_pair_is_refused(folder):
    for number in range(3):
        (folder / f"trainA/{number}.jpg").rename(folder / f"trainA/x{number}")
    with pytest.raises(ValueError, match="no usable pair: 6 items"):
        paired_images(folder)


@pytest.mark.parametrize("place", ["trainA", "trainB"])
def test_captions_stand_beside_either_image(folder, place):
    write_text(
        folder / place / "captions.csv",
        "image,caption",
        "0.jpg,a red roof",
        "2.jpg,a blue river",
        "2.jpg,water",
        "9.jpg,nothing",
    )
    train = paired_images(folder)
    assert train.has_captions
    assert train.captions() == ["a red roof", "a blue river", "water"]
    assert train.bad_items.skipped == {
        "captions without an image": ["9"],
        "no caption": ["1.png"],
    }
    assert "2 pairs with captions>" in repr(train)


def test_text_files_are_captions(halves):
    write_text(halves / "train/0.txt", "a house", "a door")
    write_text(halves / "train/1.txt", "a wall")
    assert paired_images(halves).captions() == ["a house", "a door", "a wall"]


def test_pairs_without_known_words_can_be_left_out(halves):
    write_text(halves / "train/0.txt", "a house", "xyz")
    write_text(halves / "train/1.txt", "xyz")
    tokenizer = CaptionTokenizer(Vocabulary(["<end>", "house"]), 3)
    train = with_known_words(paired_images(halves), tokenizer)
    assert isinstance(train, PairedImages)
    assert train.captions() == ["a house"]
    assert train.target_half == "right"


def test_labels_stand_in_a_table(folder):
    lines = ("0.png,map,b", "1.png,photo,b", "2.png,map,")
    table = folder / "trainB/labels.csv"
    write_text(table, "file,kind,size", *lines, "9.png,map,b")
    train = paired_images(folder)
    assert train.labels.names == (("map", "photo"), ("b",))
    assert [item.label_ids for item in train.items] == [(0, 2), (1, 2)]
    assert train.bad_items.skipped == {
        "missing label": ["2"],
        "labels without an image": ["9"],
        "pair without labels": ["2.png"],
    }


def test_labels_of_testing_are_those_of_training(folder):
    test_table = folder / "testA/labels.csv"
    write_text(test_table, "file,kind", "0.jpg,photo", "1.jpg,photo")
    with pytest.raises(ValueError, match="such a table for training"):
        paired_images(folder, "test")
    lines = ("0.jpg,photo", "1.jpg,map", "2.jpg,map")
    write_text(folder / "trainA/labels.csv", "file,kind", *lines)
    test = paired_images(folder, "test")
    assert [item.label_ids for item in test.items] == [(1,), (1,)]
    write_text(test_table, "file,kind", "0.jpg,photo", "1.jpg,mpa")
    with pytest.raises(ValueError, match="testA/labels.csv, 1: .*'mpa'"):
        paired_images(folder, "test")


def test_pairs_without_labels_have_no_ids(halves):
    dataset = paired_images(halves)
    assert dataset.labels is None
    assert {item.label_ids for item in dataset} == {()}


def test_missing_folders_are_named(folder):
    with pytest.raises(ValueError, match="trainA and trainB, or train with"):
        paired_images(folder.parent)


def test_the_fingerprint_tells_directions_apart(folder, halves):
    for place in (folder, halves):
        fingerprint = paired_images(place).fingerprint
        assert paired_images(place).fingerprint == fingerprint
        swapped = paired_images(place, direction="ba")
        assert swapped.fingerprint != fingerprint


def test_emoji_of_two_vendors_are_pairs():
    train = paired_images("emoji")
    swapped = paired_images("emoji", direction="ba")
    assert len(train) == 1586
    assert "with captions and labels" in repr(train)
    assert train.labels.num_labels == 9
    assert not train.mirrored_fits
    first, other = train.items[0], swapped.items[0]
    assert "noto" in first.input.path
    assert "twemoji" in first.path
    assert (first.path, first.input.path) == (other.input.path, other.path)
    assert first.captions[0] == "grinning face"
    assert train.labels.names_of(first.label_ids) == ("Smileys & Emotion",)


def test_pairs_and_captions_of_another_form_are_matched(tmp_path):
    write_image(tmp_path / "trainA/caf\u00e9_1.JPG")
    write_image(tmp_path / "trainB/Cafe\u0301_1.png", "PNG")
    write_text(tmp_path / "trainA/caf\u00e9_1.txt", "a cup")
    dataset = paired_images(tmp_path)
    assert dataset.captions() == ["a cup"]
    assert not dataset.bad_items.skipped
