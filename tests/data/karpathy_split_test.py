import json

import pytest

from tests.data.fake_layouts import coco_json
from tests.data.fake_layouts import write_image
from tfragan.data.open_dataset import open_dataset


def _layout(folder, **changes):
    rows = []
    for split in ("train", "restval", "val", "test"):
        file = f"COCO_{split}.jpg"
        write_image(folder / "images/val2014" / file)
        row = {
            "filepath": "val2014",
            "filename": file,
            "split": split,
            "sentences": [{"raw": f"of {split}"}, {"raw": "a  cup\n"}],
        }
        rows.append({**row, **changes})
    content = {"images": rows, "dataset": "coco"}
    (folder / "dataset_coco.json").write_text(json.dumps(content))


def test_karpathys_splits_are_read(tmp_path):
    _layout(tmp_path)
    splits = {
        split: [item.captions for item in open_dataset(tmp_path, split)]
        for split in ("train", "val", "test")
    }
    assert splits == {
        "train": [("of train", "a cup"), ("of restval", "a cup")],
        "val": [("of val", "a cup")],
        "test": [("of test", "a cup")],
    }
    assert open_dataset(tmp_path)[0].key == "val2014/COCO_train"


@pytest.mark.parametrize(
    "changes", [{"sentences": [{}]}, {"filename": 5}, {"split": None}]
)
def test_damaged_entries_are_named(tmp_path, changes):
    _layout(tmp_path, **changes)
    with pytest.raises(ValueError, match=r'dataset_coco\.json, "images" entry'):
        open_dataset(tmp_path)


def test_karpathys_file_can_be_named(tmp_path):
    _layout(tmp_path)
    (tmp_path / "dataset_coco.json").rename(tmp_path / "mine.json")
    named = {"layout": "coco", "annotations": "mine.json"}
    for split, count in (("train", 2), ("val", 1), ("test", 1)):
        assert len(open_dataset(tmp_path, split, **named)) == count


def test_the_lists_of_coco_go_before_karpathys(tmp_path):
    _layout(tmp_path)
    write_image(tmp_path / "train2014/a.jpg")
    content = coco_json([(9, "a.jpg")], [(9, "a spoon")])
    (tmp_path / "captions_train2014.json").write_text(json.dumps(content))
    assert open_dataset(tmp_path).captions() == ["a spoon"]
