import pytest

from tests.data.fake_layouts import flowers_layout
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.published_layouts import oxford_flowers


@pytest.fixture
def folder(tmp_path):
    return flowers_layout(tmp_path)


def test_classes_of_the_split_are_opened(folder):
    dataset = oxford_flowers(folder, "train")
    assert [item.key for item in dataset] == [
        "class_00001/image_00010",
        "class_00001/image_00011",
        "class_00002/image_00020",
    ]
    assert [item.class_id for item in dataset] == [1, 1, 2]
    assert dataset[0].path == str(folder / "jpg/image_00010.jpg")
    assert len(dataset[0].captions) == 10
    assert dataset[0].captions[1] == "flower 10 petal 1"
    assert [item.class_id for item in oxford_flowers(folder, "test")] == [3]
    assert not dataset.bad_items


def test_training_and_validation_classes_can_be_parted(folder):
    write_text(folder / "trainclasses.txt", "class_00001")
    write_text(folder / "valclasses.txt", "class_00002")
    assert len(oxford_flowers(folder, "trainonly")) == 2
    assert len(oxford_flowers(folder, "val")) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("text_c10", "text"), ("jpg", "images"), ("jpg", "102flowers")],
)
def test_other_folder_names_are_found(folder, old, new):
    (folder / old).rename(folder / new)
    assert len(oxford_flowers(folder)) == 3


def test_names_in_one_list_only_are_reported(folder):
    write_image(folder / "jpg/image_00099.jpg")
    (folder / "jpg/image_00010.jpg").unlink()
    write_text(
        folder / "trainvalclasses.txt", *(f"class_0000{k}" for k in (1, 2, 7))
    )
    dataset = oxford_flowers(folder)
    assert dataset.bad_items.skipped == {
        "image without captions": ["image_00099.jpg"],
        "class without captions": ["class_00007"],
        "missing image": ["class_00001/image_00010"],
    }


def test_missing_parts_of_the_layout_are_named(folder):
    with pytest.raises(ValueError, match="split='valid'"):
        oxford_flowers(folder, "valid")
    write_text(folder / "testclasses.txt", "daisy")
    with pytest.raises(ValueError, match="look like class_00001.*'daisy'"):
        oxford_flowers(folder, "test")
    (folder / "testclasses.txt").unlink()
    with pytest.raises(ValueError, match="needs testclasses.txt"):
        oxford_flowers(folder, "test")
    (folder / "jpg").rename(folder / "pictures")
    with pytest.raises(ValueError, match="for the images"):
        oxford_flowers(folder, "train")
