import json
import shutil

import pytest

from tests.data.fake_layouts import coco_json
from tests.data.fake_layouts import coco_lists_layout
from tests.data.fake_layouts import write_image
from tfragan.data.published_layouts import coco


@pytest.fixture
def folder(tmp_path):
    """COCO's own layout: two training images and one of validation."""
    for split, images, captions in (
        (
            "train2014",
            [(9, "COCO_train_9.jpg"), (25, "COCO_train_25.jpg")],
            [(25, "a tall \n giraffe"), (9, "a meal"), (9, "some food")],
        ),
        ("val2014", [(42, "COCO_val_42.jpg")], [(42, "a surf board")]),
    ):
        path = tmp_path / f"annotations/captions_{split}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(coco_json(images, captions)))
        for _, file in images:
            write_image(tmp_path / split / file)
    return tmp_path


def test_the_attngan_lists_are_read(tmp_path):
    dataset = coco(coco_lists_layout(tmp_path), "train")
    assert [item.key[-2:] for item in dataset] == ["09", "25"]
    assert [item.class_id for item in dataset] == [0, 1]
    assert len(dataset[0].captions) == 5
    assert dataset[0].box is None
    assert coco(tmp_path, "test")[0].key == "COCO_val2014_000000000042"


def test_cocos_own_captions_are_read(folder):
    dataset = coco(folder, "train")
    assert [item.key for item in dataset] == ["COCO_train_9", "COCO_train_25"]
    assert dataset[0].captions == ("a meal", "some food")
    assert dataset[1].captions == ("a tall giraffe",)
    assert dataset[0].path == str(folder / "train2014/COCO_train_9.jpg")
    assert dataset.num_classes == 2


@pytest.mark.parametrize("split", ["test", "val"])
def test_validation_is_the_test_split(folder, split):
    assert coco(folder, split)[0].captions == ("a surf board",)


@pytest.mark.parametrize("place", ["images", "images/val2014", "."])
def test_images_are_found_in_the_usual_places(folder, place):
    (folder / place).mkdir(parents=True, exist_ok=True)
    file = "COCO_val_42.jpg"
    shutil.move(folder / "val2014" / file, folder / place / file)
    assert coco(folder, "test")[0].path == str(folder / place / file)


def test_a_named_json_is_read_instead(folder):
    path = folder / "mine.json"
    path.write_text(
        json.dumps(coco_json([(1, "COCO_train_9.jpg")], [(1, "soup")]))
    )
    write_image(folder / "COCO_train_9.jpg")
    assert coco(folder, annotations="mine.json")[0].captions == ("soup",)
    assert coco(folder, annotations=path)[0].captions == ("soup",)
    with pytest.raises(ValueError, match="no COCO captions json at"):
        coco(folder, annotations="other.json")


def test_entries_in_one_list_only_are_reported(folder):
    path = folder / "annotations/captions_val2014.json"
    images = [(42, "COCO_val_42.jpg"), (43, "gone.jpg"), (44, "mute.jpg")]
    captions = [(42, "a board"), (43, "a gap"), (99, "a ghost")]
    path.write_text(json.dumps(coco_json(images, captions)))
    dataset = coco(folder, "test")
    assert len(dataset) == 1
    assert dataset.bad_items.skipped == {
        "captions of no listed image": ["image 99"],
        "no caption": ["mute"],
        "missing image": ["gone"],
    }


def test_several_years_have_to_be_told_apart(folder):
    path = folder / "annotations/captions_train2014.json"
    shutil.copy(path, path.with_name("captions_train2017.json"))
    with pytest.raises(ValueError, match="captions_train2014.json, captions_"):
        coco(folder)


def test_missing_captions_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"filenames.pickle or captions_train"):
        coco(tmp_path)
    with pytest.raises(ValueError, match="split='dev'"):
        coco(tmp_path, "dev")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", 'list "images"'),
        ('{"images": [{"id": 1}], "annotations": []}', 'no valid "file_name"'),
        (
            '{"images": [], "annotations": [{"image_id": 1, "caption": 5}]}',
            'entry 0, has no valid "caption"',
        ),
    ],
)
def test_damaged_json_is_named(folder, content, message):
    path = folder / "annotations/captions_train2014.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=message) as error:
        coco(folder)
    assert str(path) in str(error.value)


def test_a_caption_that_is_not_utf8_is_a_bad_item_of_its_image(tmp_path):
    write_image(tmp_path / "train2014/a.jpg")
    content = coco_json([(1, "a.jpg")], [(1, "a cup"), (1, "a cafe")])
    raw = json.dumps(content).encode().replace(b"cafe", b"caf\xe9")
    (tmp_path / "captions_train2014.json").write_bytes(raw)
    dataset = coco(tmp_path)
    assert dataset.captions() == ["a cup"]
    assert dataset.bad_items.skipped == {"caption that is not UTF-8": ["a.jpg"]}


def test_ids_may_be_text_in_one_of_the_lists(tmp_path):
    write_image(tmp_path / "train2014/a.jpg")
    content = coco_json([(9, "a.jpg")], [("9", "a cup")])
    (tmp_path / "captions_train2014.json").write_text(json.dumps(content))
    assert coco(tmp_path).captions() == ["a cup"]
