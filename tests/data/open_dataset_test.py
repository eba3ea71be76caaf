import itertools
import json
import os

import pytest

import tfragan.data
from tests.data.fake_layouts import coco_json
from tests.data.fake_layouts import coco_lists_layout
from tests.data.fake_layouts import cub_layout
from tests.data.fake_layouts import flowers_layout
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data import image_domain
from tfragan.data import labelled_images
from tfragan.data import open_dataset
from tfragan.data import paired_images
from tfragan.data import unpaired_images


def _own_folder(folder):
    for number in range(4):
        write_image(folder / f"{number}.jpg")
        write_text(folder / f"{number}.txt", f"picture {number}")
    return folder


def _coco_folder(folder):
    write_image(folder / "train2014/a.jpg")
    content = coco_json([(1, "a.jpg")], [(1, "soup")])
    path = folder / "captions_train2014.json"
    path.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (cub_layout, "cub"),
        (coco_lists_layout, "coco"),
        (_coco_folder, "coco"),
        (flowers_layout, "oxford_flowers"),
    ],
)
def test_layouts_are_detected(tmp_path, build, name):
    # A table beside must not win over a known layout.
    build(tmp_path)
    write_text(tmp_path / "captions.jsonl", '{"image": "x", "caption": "y"}')
    assert open_dataset(tmp_path).name == name


def test_own_folders_are_detected(tmp_path):
    _own_folder(tmp_path / "mine")
    dataset = open_dataset(str(tmp_path / "mine"), "all")
    assert (dataset.name, len(dataset)) == ("mine", 4)


def test_prepared_folders_are_detected(tmp_path):
    dataset = open_dataset(_own_folder(tmp_path / "mine"), "all")
    tfragan.data.prepare(dataset, tmp_path / "out", image_size=16)
    prepared = open_dataset(tmp_path / "out", "all")
    assert prepared.record_image_size == 16
    assert prepared.captions() == dataset.captions()


def test_the_sets_of_the_package_open_by_name():
    assert open_dataset("emoji", "test").name == "emoji:noto"
    assert open_dataset("emoji:twemoji", "test").name == "emoji:twemoji"
    assert open_dataset("avatars", "test").name == "avatars"


def test_a_folder_may_be_called_emoji(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _own_folder(tmp_path / "emoji")
    path = open_dataset(os.path.join(".", "emoji"), "all")[0].path
    assert path == str(tmp_path / "emoji/0.jpg")


def test_a_layout_can_be_asked_for(tmp_path):
    cub_layout(tmp_path)
    write_image(tmp_path / "x.jpg")
    write_text(
        tmp_path / "captions.jsonl", '{"image": "x.jpg", "caption": "y"}'
    )
    dataset = open_dataset(tmp_path, "train", "image_folder", test_fraction=0)
    assert dataset.captions() == ["y"]
    with pytest.raises(ValueError, match="layout='birds'"):
        open_dataset(tmp_path, layout="birds")


def test_bad_items_are_skipped_or_refused(tmp_path):
    _own_folder(tmp_path)
    (tmp_path / "0.jpg").write_bytes(b"")
    dataset = open_dataset(tmp_path, "all")
    assert len(dataset) == 3
    assert str(dataset.bad_items) == ("1 item skipped: 1 empty file (0.jpg)")
    assert len(open_dataset(tmp_path, "all", images=None)) == 4
    with pytest.raises(ValueError, match=r"1 empty file \(0.jpg\)"):
        open_dataset(tmp_path, "all", on_bad_item="refuse")


def test_unknown_names_and_layouts_say_what_was_looked_for(tmp_path):
    with pytest.raises(ValueError, match="Received: 'emojis'"):
        open_dataset("emojis")
    with pytest.raises(ValueError, match=r"manifest.json \(records\); CUB_200"):
        open_dataset(tmp_path)
    cub_layout(tmp_path / "archive/birds")
    with pytest.raises(ValueError, match="archive/birds looks like cub"):
        open_dataset(tmp_path / "archive")


@pytest.mark.parametrize(
    ("source", "argument"),
    [
        *itertools.product(
            (labelled_images, paired_images, unpaired_images),
            ("split", "on_bad_item", "images"),
        ),
        (image_domain, "on_bad_item"),
        (image_domain, "images"),
        (paired_images, "direction"),
    ],
)
def test_unknown_choices_are_refused(tmp_path, source, argument):
    with pytest.raises(ValueError, match=f"{argument}='maybe'"):
        source(tmp_path, **{argument: "maybe"})


def test_every_public_name_is_there():
    for name in tfragan.data.__all__:
        assert callable(getattr(tfragan.data, name)), name
