import numpy as np
import pytest

from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.emoji import emoji
from tfragan.data.emoji import emoji_categories
from tfragan.data.labelled_images import labelled_images


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pets"
    for number, place in enumerate(
        (
            "train/cat/1.jpg",
            "train/cat/2.jpg",
            "train/dog/1.jpg",
            "test/dog/9.jpg",
        )
    ):
        write_image(folder / place, seed=number)
    return folder


@pytest.fixture
def table_folder(tmp_path):
    folder = tmp_path / "dots"
    for place in ("train/1.jpg", "train/2.jpg", "test/3.jpg"):
        write_image(folder / place)
    write_text(
        folder / "train/labels.csv", "file,color", "2.jpg,red", "1.jpg,blue"
    )
    write_text(folder / "test/labels.csv", "file,color", "3.jpg,red")
    return folder


def test_sub_folders_are_opened_as_labels(folder):
    train = labelled_images(folder)
    assert (train.name, train.split, len(train)) == ("pets", "train", 3)
    assert train.labels.attributes == ("label",)
    assert train.labels.names == (("cat", "dog"),)
    assert train.labels.num_labels == 2
    assert [(item.key, item.label_ids) for item in train.items] == [
        ("cat/1.jpg", (0,)),
        ("cat/2.jpg", (0,)),
        ("dog/1.jpg", (1,)),
    ]
    assert train.labels.ids_of("dog") == (1,)
    assert train.mirrored_fits
    assert "3 images, 'label' with 2>" in repr(train)


def test_labels_of_testing_are_those_of_training(folder):
    test = labelled_images(str(folder), "test")
    assert test.labels == labelled_images(folder).labels
    assert [item.label_ids for item in test.items] == [(1,)]
    write_image(folder / "test/dgo/1.jpg")
    with pytest.raises(ValueError, match="dgo/1.jpg: .* Received: 'dgo'"):
        labelled_images(folder, "test")


def test_tables_are_opened(table_folder):
    train = labelled_images(table_folder)
    assert train.labels.attributes == ("color",)
    assert [item.label_ids for item in train.items] == [(1,), (0,)]
    test = labelled_images(table_folder, "test")
    assert [item.label_ids for item in test.items] == [(1,)]


def test_bad_files_are_named(table_folder):
    write_image(table_folder / "train/unlisted.jpg")
    lines = ("1.jpg,blue", "2.jpg,", "gone.jpg,red")
    write_text(table_folder / "train/labels.csv", "file,color", *lines)
    train = labelled_images(table_folder)
    assert [item.key for item in train.items] == ["1.jpg"]
    assert train.bad_items.skipped == {
        "image without labels": ["unlisted.jpg"],
        "missing label": ["2.jpg"],
        "missing image": ["gone.jpg"],
    }
    with pytest.raises(ValueError, match=r"refused .*unlisted\.jpg"):
        labelled_images(table_folder, on_bad_item="refuse")
    (table_folder / "train/1.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match=r"no usable image: .*1\.jpg"):
        labelled_images(table_folder)


def test_a_missing_split_is_named(folder):
    with pytest.raises(ValueError, match="has to hold the folder train"):
        labelled_images(folder.parent)


def test_other_items_keep_their_labels(table_folder):
    data = labelled_images(table_folder)
    some = data.replace_items(data.items[1:])
    assert some.items == data.items[1:]
    assert some.labels == data.labels
    assert (some.name, some.split) == (data.name, data.split)


def test_the_fingerprint_follows_the_labels(table_folder):
    before = labelled_images(table_folder).fingerprint
    assert labelled_images(table_folder).fingerprint == before
    lines = ("file,color", "2.jpg,blue", "1.jpg,red")
    write_text(table_folder / "train/labels.csv", *lines)
    assert labelled_images(table_folder).fingerprint != before


def test_emoji_have_category_and_vendor():
    train, test = (labelled_images("emoji", s) for s in ("train", "test"))
    assert (len(train), len(test)) == (2 * 1586, 2 * 320)
    assert train.labels.attributes == ("category", "vendor")
    assert train.labels == test.labels
    assert list(map(len, train.labels.names)) == [9, 2]
    assert not train.mirrored_fits
    names = {
        item.key: train.labels.names_of(item.label_ids) for item in train.items
    }
    assert names["noto/2764-fe0f"] == ("Smileys & Emotion", "noto")
    assert names["twemoji/2764-fe0f"] == ("Smileys & Emotion", "twemoji")
    ids = np.array([item.label_ids for item in train.items])
    assert set(ids[:, 0]) == set(range(9))
    assert np.bincount(ids[:, 1])[9:].tolist() == [1586, 1586]


def test_every_emoji_has_a_category():
    assert list(emoji_categories("test")) == [i.key for i in emoji("test")]


def test_names_of_another_form_in_the_table_are_matched(tmp_path):
    for number in (1, 2):
        write_image(tmp_path / f"train/{number}.JPG")
    write_text(
        tmp_path / "train/labels.csv", "file;color", "1.jpg;red", "x/2;blue"
    )
    dataset = labelled_images(tmp_path)
    assert [item.key for item in dataset] == ["1.JPG", "2.JPG"]
    assert not dataset.bad_items.skipped
