import shutil

import pytest

from tests.data.fake_layouts import CUB_NAMES
from tests.data.fake_layouts import cub_layout
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_pickle
from tests.data.fake_layouts import write_text
from tfragan.data.open_dataset import open_dataset
from tfragan.data.published_layouts import cub


@pytest.fixture
def folder(tmp_path):
    return cub_layout(tmp_path / "birds")


def test_names_classes_captions_and_boxes_come_together(folder):
    dataset = cub(folder, "train")
    assert [item.key for item in dataset] == CUB_NAMES["train"]
    assert [item.class_id for item in dataset] == [1, 1, 3]
    assert dataset[1].captions == tuple(
        f"bird 2 caption {k}." for k in range(10)
    )
    assert dataset[1].path == str(
        folder / "CUB_200_2011/images/001.Auk/Auk_0002_7.jpg"
    )
    # Cut off, not rounded: 3.0 2.7 15.9 11.2.
    assert dataset[1].box == (3, 2, 15, 11)
    assert dataset.class_names[3] == "003.Jay"
    assert not dataset.bad_items


def test_the_test_split_is_the_other_list(folder):
    dataset = cub(folder, "test")
    assert [item.key for item in dataset] == CUB_NAMES["test"]
    assert dataset[0].class_id == 2


def test_text_lists_stand_in_for_pickles(folder):
    (folder / "train/filenames.pickle").unlink()
    (folder / "train/class_info.pickle").unlink()
    write_text(folder / "train/filenames.txt", *CUB_NAMES["train"])
    dataset = cub(folder, "train")
    assert [item.key for item in dataset] == CUB_NAMES["train"]
    assert [item.class_id for item in dataset] == [1, 1, 3]


def test_only_the_first_captions_are_taken(folder):
    assert cub(folder, captions_per_image=2)[0].captions == (
        "bird 1 caption 0.",
        "bird 1 caption 1.",
    )


def test_blank_lines_of_captions_do_not_count(folder):
    name = CUB_NAMES["train"][0]
    write_text(folder / f"text/{name}.txt", "", "one", " ", "...", "two")
    dataset = cub(folder, captions_per_image=2)
    assert dataset[0].captions == ("one", "two")


def test_names_in_one_list_only_are_reported(folder):
    auk, auk2, jay = CUB_NAMES["train"]
    (folder / f"text/{auk}.txt").unlink()
    (folder / f"CUB_200_2011/images/{auk2}.jpg").unlink()
    write_text(folder / "text/009.Owl/Owl_1.txt", "an owl")
    write_text(folder / f"text/{jay}.txt", "one", "two")
    dataset = cub(folder, "train")
    assert [item.key for item in dataset] == [jay]
    assert dataset.bad_items.skipped == {
        "captions of no listed image": ["009.Owl/Owl_1.txt"],
        "no caption": [auk],
        "missing image": [auk2],
    }
    assert dataset.bad_items.remarked == {
        "image with fewer than 10 captions": [jay]
    }
    with pytest.raises(ValueError, match="3 items refused"):
        cub(folder, "train", on_bad_item="refuse")


def test_an_image_without_a_box_is_reported(folder):
    path = folder / "CUB_200_2011/bounding_boxes.txt"
    write_text(path, *path.read_text().splitlines()[1:])
    dataset = cub(folder, "train")
    assert dataset.bad_items.skipped == {
        "image without a bounding box": [CUB_NAMES["train"][0]]
    }


def _tokenize(folder, train, test):
    """Puts captions.pickle in the place of text/."""
    shutil.rmtree(folder / "text")
    words = {0: "<end>", 1: "a", 2: "black", 3: "bird"}
    ids = {word: number for number, word in words.items()}
    write_pickle(folder / "captions.pickle", [train, test, words, ids])


def test_captions_pickle_stands_in_for_text(folder):
    train = [[1, 3], [2, 3], [1, 2, 3], [3], [1, 3], [2]]
    _tokenize(folder, train, [[3], [2]])
    dataset = cub(folder, "train", captions_per_image=2)
    assert [item.captions for item in dataset] == [
        ("a bird", "black bird"),
        ("a black bird", "bird"),
        ("a bird", "black"),
    ]
    assert cub(folder, "test")[0].captions == ("bird", "black")


@pytest.mark.parametrize(("count", "told"), [(7, "7"), (0, "no")])
def test_captions_that_do_not_divide_among_the_names_are_refused(
    folder, count, told
):
    _tokenize(folder, [[1]] * count, [[1]])
    with pytest.raises(ValueError, match=rf"\.pickle holds {told} train capt"):
        cub(folder, "train")


def test_missing_parts_of_the_layout_are_named(folder):
    with pytest.raises(ValueError, match="split='val'"):
        cub(folder, "val")
    with pytest.raises(ValueError, match="There is none at"):
        cub(folder / "no")
    shutil.rmtree(folder / "text")
    with pytest.raises(ValueError, match=r"text/<name>.txt or captions.pickle"):
        cub(folder)
    (folder / "CUB_200_2011/images.txt").unlink()
    with pytest.raises(ValueError, match="needs CUB_200_2011/images.txt"):
        cub(folder)
    (folder / "train/filenames.pickle").unlink()
    with pytest.raises(ValueError, match=r"train/filenames.pickle or"):
        cub(folder)


def test_damaged_lists_are_named(folder):
    write_pickle(folder / "train/class_info.pickle", [1, 2])
    with pytest.raises(ValueError, match="class_info.pickle .* list of 3"):
        cub(folder)
    write_pickle(folder / "train/filenames.pickle", {"a": 1})
    with pytest.raises(ValueError, match="filenames.pickle .* a dict"):
        cub(folder)


def test_damaged_boxes_are_named(folder):
    write_text(folder / "CUB_200_2011/bounding_boxes.txt", "1 0 0 wide high")
    with pytest.raises(ValueError, match="four numbers for image 1"):
        cub(folder)
    write_text(folder / "CUB_200_2011/bounding_boxes.txt", "1 0 0 9")
    with pytest.raises(ValueError, match="has to hold 5 columns"):
        cub(folder)


def test_pickles_that_would_run_code_are_refused(folder):
    path = folder / "train/filenames.pickle"
    path.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ValueError, match="filenames.pickle"):
        cub(folder)


def test_captions_that_are_not_utf8_are_a_bad_item(tmp_path):
    folder = cub_layout(tmp_path)
    name = CUB_NAMES["train"][0]
    (folder / f"text/{name}.txt").write_bytes(b"a caf\xe9\n")
    dataset = cub(folder)
    assert len(dataset) == 2
    assert dataset.bad_items.skipped == {"captions that are not UTF-8": [name]}


def test_names_with_extensions_and_files_of_another_one_are_matched(tmp_path):
    folder = cub_layout(tmp_path)
    names = CUB_NAMES["train"]
    write_pickle(
        folder / "train/filenames.pickle",
        [names[0] + ".jpg", names[1].replace("/", "\\"), names[2]],
    )
    images = folder / "CUB_200_2011/images"
    (images / f"{names[1]}.jpg").rename(images / f"{names[1]}.JPG")
    write_image(images / f"{names[2]}.png", "PNG")
    (images / f"{names[2]}.jpg").unlink()
    dataset = cub(folder)
    assert [item.key for item in dataset] == names
    assert not dataset.bad_items.skipped
    assert sum(map(len, dataset.bad_items.remarked.values())) == 2


def test_the_download_without_lists_has_its_own_split(tmp_path):
    folder = cub_layout(tmp_path)
    for split in ("train", "test"):
        shutil.rmtree(folder / split)
    (folder / "text").rename(folder / "CUB_200_2011/text_c10")
    write_text(
        folder / "CUB_200_2011/train_test_split.txt", "1 1", "2 0", "3 1", "4 0"
    )
    names = CUB_NAMES["train"] + CUB_NAMES["test"]
    train, test = (open_dataset(folder, split) for split in ("train", "test"))
    assert [item.key for item in train] == names[::2]
    assert [item.key for item in test] == names[1::2]
    assert [item.class_id for item in train] == [1, 3]
    assert not train.bad_items.skipped
    assert "train_test_split.txt" in train.bad_items.notes[0]
