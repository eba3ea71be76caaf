"""Lists that come with data name files of its folder only."""

import json
import os

import pytest

from tests.data.fake_layouts import coco_json
from tests.data.fake_layouts import coco_lists_layout
from tests.data.fake_layouts import cub_layout
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data import image_folder
from tfragan.data import labelled_images
from tfragan.data import open_dataset
from tfragan.data.source_files import OUTSIDE

_NAMES = ["../secret.jpg", "sub/../../secret.jpg", "{parent}/secret.jpg"]


@pytest.fixture(params=_NAMES)
def name(request, tmp_path):
    """The name of a picture outside, as a list may give it."""
    write_image(tmp_path / "secret.jpg")
    write_text(tmp_path / "secret.txt", "a secret")
    return request.param.format(parent=tmp_path)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def _jsonl(folder, name):
    write_image(folder / "in.jpg")
    rows = [{"image": one, "caption": "a bird"} for one in ("in.jpg", name)]
    write_text(folder / "captions.jsonl", *map(json.dumps, rows))
    return image_folder(folder, "all")


def _csv(folder, name):
    write_image(folder / "train/in.jpg")
    inner = name if os.path.isabs(name) else f"../{name}"
    write_text(
        folder / "train/captions.csv",
        "image,caption",
        "in.jpg,a bird",
        f"{inner},a secret",
    )
    return image_folder(folder)


def _labels(folder, name):
    write_image(folder / "train/in.jpg")
    inner = name if os.path.isabs(name) else f"../{name}"
    write_text(
        folder / "train/labels.csv", "file,kind", "in.jpg,a", f"{inner},b"
    )
    return labelled_images(folder)


def _coco(folder, name):
    write_image(folder / "train2014/in.jpg")
    inner = name if os.path.isabs(name) else f"../{name}"
    content = coco_json(
        [(1, "in.jpg"), (2, inner)], [(1, "a bird"), (2, "a secret")]
    )
    (folder / "captions_train2014.json").write_text(json.dumps(content))
    return open_dataset(folder)


def _karpathy(folder, name):
    write_image(folder / "in.jpg")
    rows = [
        {"filename": one, "split": "train", "sentences": [{"raw": "a bird"}]}
        for one in ("in.jpg", name)
    ]
    content = json.dumps({"images": rows})
    (folder / "dataset_flickr8k.json").write_text(content)
    return open_dataset(folder)


def _names(folder, name):
    coco_lists_layout(folder)
    # Also captions beside images are not read from elsewhere.
    inner = name if os.path.isabs(name) else f"../{name}"
    os.remove(folder / "train/filenames.pickle")
    write_text(
        folder / "train/filenames.txt",
        "COCO_train2014_000000000009",
        inner.removesuffix(".jpg"),
    )
    return open_dataset(folder)


@pytest.mark.parametrize(
    "opened", [_jsonl, _csv, _labels, _coco, _karpathy, _names]
)
def test_images_outside_of_the_folder_are_bad_items(folder, name, opened):
    dataset = opened(folder, name)
    assert len(dataset) == 1
    assert "secret" not in dataset[0].path
    assert len(dataset.bad_items.skipped[OUTSIDE]) == 1


def test_birds_outside_of_the_folder_are_bad_items(folder, tmp_path):
    cub_layout(folder)
    write_image(tmp_path / "secret.jpg")
    names = ["001.Auk/Auk_0001_5", "../../../secret"]
    os.remove(folder / "train/filenames.pickle")
    os.remove(folder / "train/class_info.pickle")
    write_text(folder / "train/filenames.txt", *names)
    with open(folder / "CUB_200_2011/images.txt", "a") as file:
        file.write("99 ../../../secret.jpg\n")
    with open(folder / "CUB_200_2011/bounding_boxes.txt", "a") as file:
        file.write("99 1 1 9 9\n")
    dataset = open_dataset(folder)
    assert [item.key for item in dataset] == names[:1]
    assert dataset.bad_items.skipped[OUTSIDE] == names[1:]


def test_links_are_the_users_own(folder, tmp_path):
    write_image(tmp_path / "disk/1.jpg")
    folder.mkdir()
    os.symlink(tmp_path / "disk", folder / "photos")
    os.symlink(tmp_path / "disk/1.jpg", folder / "2.jpg")
    rows = [
        {"image": one, "caption": "a bird"}
        for one in ("photos/1.jpg", f"{folder}/2.jpg")
    ]
    write_text(folder / "captions.jsonl", *map(json.dumps, rows))
    dataset = image_folder(folder, "all")
    assert len(dataset) == 2
    assert OUTSIDE not in dataset.bad_items.skipped
