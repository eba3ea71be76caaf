import pytest

from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.open_dataset import open_dataset

_LISTS = {
    "Flickr_8k.trainImages.txt": ["1.jpg", "2.jpg"],
    "Flickr_8k.devImages.txt": ["3.jpg"],
    "Flickr_8k.testImages.txt": ["4.jpg"],
}


@pytest.mark.parametrize("place", ["", "Flickr8k_text/"])
@pytest.mark.parametrize("table", ["Flickr8k.token.txt", "captions.txt"])
def test_the_lists_of_flickr8k_split_it(tmp_path, place, table):
    for number in range(1, 6):
        write_image(tmp_path / f"Flicker8k_Dataset/{number}.jpg")
    lines = [f"{n}.jpg#{k}\tdog {n} {k}" for n in range(1, 6) for k in (0, 1)]
    if table == "captions.txt":
        lines = ["image,caption", *(f"{n}.jpg,dog {n}" for n in range(1, 6))]
    write_text(tmp_path / f"{place}{table}", *lines)
    for name, images in _LISTS.items():
        write_text(tmp_path / f"{place}{name}", *images)
    splits = {
        split: [item.key[-5:] for item in open_dataset(tmp_path, split)]
        for split in ("train", "val", "test")
    }
    assert splits == {
        "train": ["1.jpg", "2.jpg"],
        "val": ["3.jpg"],
        "test": ["4.jpg"],
    }
    notes = open_dataset(tmp_path).bad_items.notes
    assert any("which leave out 1 of them" in note for note in notes)


def test_without_the_lists_nothing_changes(tmp_path):
    for number in range(1, 6):
        write_image(tmp_path / f"{number}.jpg")
    lines = [f"{n}.jpg#0\tdog {n}" for n in range(1, 6)]
    write_text(tmp_path / "Flickr8k.token.txt", *lines)
    assert len(open_dataset(tmp_path, "all")) == 5
