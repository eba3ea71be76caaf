import pytest

from tests.data.fake_layouts import CUB_NAMES
from tests.data.fake_layouts import cub_layout
from tests.data.fake_layouts import unpaired_layout
from tests.data.fake_layouts import write_image
from tfragan.data.labelled_images import labelled_images
from tfragan.data.paired_images import paired_images
from tfragan.data.published_layouts import cub
from tfragan.data.split_names import folder_named
from tfragan.data.split_names import known_split
from tfragan.data.split_names import split_of
from tfragan.data.unpaired_images import unpaired_images
from tfragan.data.unpaired_images import unpaired_splits


def test_splits_are_known_by_their_usual_names():
    assert [known_split(name) for name in ("Train", "VALID", "dev")] == [
        "train",
        "val",
        None,
    ]
    assert split_of("Dev") == "Dev"


def test_the_exact_name_goes_before_others(tmp_path):
    for name in ("train", "Train", "TEST", "Test"):
        (tmp_path / name).mkdir()
    assert folder_named(tmp_path, "train") == str(tmp_path / "train")
    with pytest.raises(ValueError, match="one folder test. .* TEST, Test"):
        folder_named(tmp_path, "test")
    assert folder_named(tmp_path, "val") == str(tmp_path / "val")


def test_all_layouts_find_their_splits_in_any_case(tmp_path):
    two = unpaired_layout(tmp_path / "two")
    for name in ("trainA", "testB"):
        (two / name).rename(two / name.capitalize())
    assert unpaired_splits(two) == ["train", "test"]
    assert len(unpaired_images(two).domain_a) == 3
    assert len(paired_images(two, "test")) == 2

    for name in ("Train/red/1", "Train/blue/2", "TEST/red/3"):
        write_image(tmp_path / f"labels/{name}.jpg")
    assert labelled_images(tmp_path / "labels", "test")[0].label_ids == (1,)

    birds = cub_layout(tmp_path / "birds")
    (birds / "train").rename(birds / "Train")
    assert [item.key for item in cub(birds)] == CUB_NAMES["train"]
