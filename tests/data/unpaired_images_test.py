import os
import shutil

import numpy as np
import pytest

from tests.data.fake_layouts import unpaired_layout
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.unpaired_images import unpaired_images
from tfragan.data.unpaired_images import unpaired_splits


@pytest.fixture
def folder(tmp_path):
    return unpaired_layout(tmp_path / "cat2dog")


def test_both_domains_of_a_split_are_opened(folder):
    train = unpaired_images(folder)
    assert (train.name, train.split) == ("cat2dog", "train")
    assert (len(train.domain_a), len(train.domain_b)) == (3, 5)
    assert train.domain_b.keys == tuple(f"{k}.jpg" for k in range(5))
    assert "3 images in A, 5 in B" in repr(train)
    test = unpaired_images(str(folder), "test")
    assert (len(test.domain_a), len(test.domain_b)) == (2, 2)


def test_an_epoch_shows_each_image_of_the_larger_domain(folder):
    train = unpaired_images(folder)
    assert len(train) == 5
    assert [train.steps_per_epoch(n) for n in (1, 2, 5, 9)] == [5, 3, 1, 1]
    with pytest.raises(ValueError, match="batch_size=0"):
        train.steps_per_epoch(0)


def test_only_the_folders_of_the_split_have_to_be_there(folder):
    shutil.rmtree(folder / "trainA")
    assert len(unpaired_images(folder, "test")) == 2
    with pytest.raises(ValueError, match=r"trainB. Missing: trainA\.$"):
        unpaired_images(folder)


def test_an_empty_folder_is_refused_by_its_name(folder):
    shutil.rmtree(folder / "testB")
    (folder / "testB").mkdir()
    with pytest.raises(ValueError, match="testB has to hold images"):
        unpaired_images(folder, "test")


def test_the_folder_one_below_is_named(folder):
    with pytest.raises(ValueError, match="cat2dog has them"):
        unpaired_images(folder.parent)


def test_splits_that_are_there_at_least_in_part_are_listed(folder):
    assert unpaired_splits("emoji") == ["train", "test"]
    assert unpaired_splits(folder) == ["train", "test"]
    shutil.rmtree(folder / "trainA")
    assert unpaired_splits(folder) == ["train", "test"]
    shutil.rmtree(folder / "trainB")
    assert unpaired_splits(folder) == ["test"]
    for other in (folder.parent, folder / "gone"):
        assert unpaired_splits(other) == []


def test_bad_files_are_named_with_their_folder(folder):
    write_text(folder / "trainA/read me.txt", "word")
    write_image(folder / "trainB/9.png", "PNG", mode="L")
    train = unpaired_images(folder)
    assert train.bad_items.skipped == {
        "undecodable image": ["trainA/read me.txt"]
    }
    assert (len(train.domain_a), len(train.domain_b)) == (3, 6)
    with pytest.raises(ValueError, match=r"refused .*trainA/read me\.txt"):
        unpaired_images(folder, on_bad_item="refuse")


def test_no_folder_and_no_name_is_refused():
    with pytest.raises(ValueError, match="Received: 'emojis'"):
        unpaired_images("emojis")


def test_the_fingerprint_tells_the_domains_apart(folder):
    before = unpaired_images(folder).fingerprint
    assert unpaired_images(folder).fingerprint == before
    os.rename(folder / "trainA", folder / "kept")
    os.rename(folder / "trainB", folder / "trainA")
    os.rename(folder / "kept", folder / "trainB")
    assert unpaired_images(folder).fingerprint != before


def test_emoji_are_two_vendors_of_the_same_split():
    train, test = (unpaired_images("emoji", split) for split in SPLITS)
    assert (len(train), len(test)) == (1586, 320)
    assert train.domain_a.keys == train.domain_b.keys
    assert not set(train.domain_a.keys) & set(test.domain_a.keys)
    heart = train.domain_a.keys.index("2764-fe0f")
    noto, twemoji = (
        domain.images([heart], 64)
        for domain in (train.domain_a, train.domain_b)
    )
    assert not np.array_equal(noto, twemoji)
    assert noto[0, 32, 32, 0] > 200 > noto[0, 32, 32, 1]


SPLITS = ("train", "test")
