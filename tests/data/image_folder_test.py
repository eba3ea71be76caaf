import csv
import json
import os

import pytest

from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.image_folder import image_folder
from tfragan.data.open_dataset import open_dataset


def _table(folder, *rows, name="captions.jsonl"):
    write_text(folder / name, *map(json.dumps, rows))


@pytest.fixture
def folder(tmp_path):
    """Twenty captioned images that name no split."""
    for number in range(20):
        write_image(tmp_path / f"{number:02d}.jpg", seed=number)
    _table(
        tmp_path,
        *(
            {"image": f"{number:02d}.jpg", "caption": f"picture {number}"}
            for number in range(20)
        ),
    )
    return tmp_path


def test_jsonl_is_read_with_one_caption_or_several(tmp_path):
    write_image(tmp_path / "a.jpg")
    write_image(tmp_path / "sub/b.png", "PNG")
    _table(
        tmp_path,
        {"image": "a.jpg", "caption": "a  red\nbird"},
        {"file_name": "sub/b.png", "captions": ["blue", "a blue bird"]},
        {"image": "./a.jpg", "caption": "once more"},
    )
    dataset = image_folder(tmp_path, "all")
    assert {item.key: item.captions for item in dataset} == {
        "a.jpg": ("a red bird", "once more"),
        "sub/b.png": ("blue", "a blue bird"),
    }
    assert dataset[1].path == str(tmp_path / "sub/b.png")


def test_csv_joins_the_rows_of_an_image(tmp_path):
    write_image(tmp_path / "a.jpg")
    write_image(tmp_path / "b.jpg")
    with open(
        tmp_path / "captions.csv", "w", newline="", encoding="utf-8-sig"
    ) as file:
        rows = csv.writer(file)
        rows.writerow(["image", "caption", "class"])
        rows.writerow(["a.jpg", 'red, "so to say"', "red"])
        rows.writerow(["b.jpg", "blau und grün", ""])
        rows.writerow(["a.jpg", "again", "red"])
    dataset = image_folder(tmp_path, "all")
    assert dataset[0].captions == ('red, "so to say"', "again")
    assert dataset[1].captions == ("blau und grün",)
    assert dataset.class_names == ("red",)
    assert [item.class_id for item in dataset] == [0, 1]


def test_a_text_file_an_image_is_read_with_folders_as_classes(tmp_path):
    for name in ("cats/1", "cats/2", "dogs/1"):
        write_image(tmp_path / f"{name}.jpg")
        write_text(tmp_path / f"{name}.txt", f"see {name}", "", "  again ")
    dataset = image_folder(tmp_path, "all")
    assert [item.key for item in dataset] == [
        "cats/1.jpg",
        "cats/2.jpg",
        "dogs/1.jpg",
    ]
    assert dataset[0].captions == ("see cats/1", "again")
    assert dataset.class_names == ("cats", "dogs")
    assert [item.class_id for item in dataset] == [0, 0, 1]


@pytest.mark.parametrize(
    "folders",
    [("1", "2"), ("class_00001", "class_00002"), ("cats/part1", "dogs/part1")],
)
def test_several_folders_tell_classes(tmp_path, folders):
    _captioned(tmp_path, *(f"{folder}/a" for folder in folders))
    assert image_folder(tmp_path, "all").class_names == folders


def test_images_without_a_class_are_a_class_each(folder):
    dataset = image_folder(folder, "all")
    assert dataset.num_classes == 20
    assert dataset.class_names is None


def test_without_named_splits_images_are_divided_by_their_names(folder):
    train = image_folder(folder, "train", test_fraction=0.3)
    test = image_folder(folder, "test", test_fraction=0.3)
    assert 2 <= len(test) <= 11
    keys = {item.key for item in train} | {item.key for item in test}
    assert len(train) + len(test) == len(keys) == 20


def test_the_division_stays_when_images_are_added(folder):
    before = {item.key for item in image_folder(folder, "test", 0.3)}
    write_image(folder / "new.jpg")
    with open(folder / "captions.jsonl", "a") as file:
        file.write('{"image": "new.jpg", "caption": "new"}\n')
    after = {item.key for item in image_folder(folder, "test", 0.3)}
    assert after - {"new.jpg"} == before


def test_neither_side_of_a_small_folder_is_empty(tmp_path):
    for name in "ab":
        write_image(tmp_path / f"{name}.jpg")
        write_text(tmp_path / f"{name}.txt", name)
    for fraction in (0.01, 0.99):
        assert len(image_folder(tmp_path, "train", fraction)) == 1
        assert len(image_folder(tmp_path, "test", fraction)) == 1


def test_a_split_named_in_the_table_counts(tmp_path):
    rows = []
    for split in ("train", "train", "validation", "test"):
        write_image(tmp_path / f"{len(rows)}.jpg")
        image = f"{len(rows)}.jpg"
        rows.append({"image": image, "caption": "x", "split": split})
    _table(tmp_path, *rows)
    assert len(image_folder(tmp_path, "train")) == 2
    assert [item.key for item in image_folder(tmp_path, "val")] == ["2.jpg"]
    with pytest.raises(ValueError, match="splits test, train, val.*'dev'"):
        image_folder(tmp_path, "dev")


def test_a_split_may_be_the_first_folder_of_the_image(tmp_path):
    rows = []
    for image in ("train/a.jpg", "test/b.jpg", "c.jpg"):
        write_image(tmp_path / image)
        rows.append({"image": image, "caption": "x"})
    _table(tmp_path, *rows)
    keys = [item.key for item in image_folder(tmp_path, "train")]
    assert keys == ["train/a.jpg", "c.jpg"]
    assert len(image_folder(tmp_path, "test")) == 1


def test_split_folders_have_captions_of_their_own(tmp_path):
    write_image(tmp_path / "train/a.jpg")
    _table(tmp_path / "train", {"image": "a.jpg", "caption": "x"})
    write_image(tmp_path / "test/a.jpg")
    write_text(tmp_path / "test/a.txt", "y")
    assert image_folder(tmp_path, "train")[0].key == "train/a.jpg"
    assert image_folder(tmp_path, "test")[0].captions == ("y",)


def test_class_numbers_agree_between_splits(tmp_path):
    rows = []
    for split, kind in (("train", "b"), ("test", "a"), ("test", "b")):
        image = f"{len(rows)}.jpg"
        write_image(tmp_path / image)
        rows.append(
            {"image": image, "caption": "x", "class": kind, "split": split}
        )
    _table(tmp_path, *rows)
    train, test = (image_folder(tmp_path, s) for s in ("train", "test"))
    assert train.class_names == test.class_names == ("a", "b")
    assert [item.class_id for item in (*train, *test)] == [1, 0, 1]


def test_boxes_and_absolute_paths_are_understood(tmp_path):
    home = tmp_path / "home"
    write_image(home / "else/a.jpg")
    image = str(home / "else/a.jpg")
    row = {"image": image, "caption": "x", "bbox": [1.9, 2, 8, 9.5]}
    _table(home, row)
    item = image_folder(home, "all")[0]
    assert item.path == image
    assert item.box == (1, 2, 8, 9)


def test_names_in_one_list_only_are_reported(folder):
    write_image(folder / "mute.jpg")
    (folder / "03.jpg").unlink()
    with open(folder / "captions.jsonl", "a") as file:
        file.write('{"image": "04.jpg", "caption": " "}\n')
        file.write('{"image": "ghost.jpg"}\n')
    dataset = image_folder(folder, "all")
    assert dataset.bad_items.skipped == {
        "image without captions": ["mute.jpg"],
        "no caption": ["ghost.jpg"],
        "missing image": ["03.jpg"],
    }
    assert dataset.bad_items.remarked == {
        "empty caption, beside others": ["04.jpg"]
    }


def test_text_files_without_an_image_are_reported(tmp_path):
    write_image(tmp_path / "a.jpg")
    write_text(tmp_path / "a.txt", "a")
    write_text(tmp_path / "b.txt", "b")
    write_image(tmp_path / "c.jpg")
    (tmp_path / "d.txt").touch()
    write_image(tmp_path / "d.jpg")
    dataset = image_folder(tmp_path, "all")
    assert [item.key for item in dataset] == ["a.jpg"]
    assert dataset.bad_items.skipped == {
        "captions without an image": ["b.txt"],
        "no caption": ["c.jpg"],
        "empty caption": ["d.jpg"],
    }


def test_halves_of_surrogate_pairs_do_not_reach_the_captions(tmp_path):
    write_image(tmp_path / "a.jpg")
    write_text(
        tmp_path / "captions.jsonl",
        r'{"image": "a.jpg", "caption": "so \ud83d it \ud83d\ude00 is"}',
    )
    caption = image_folder(tmp_path, "all")[0].captions[0]
    assert caption.encode("utf-8").decode() == caption
    assert caption.endswith("it 😀 is")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1, is not JSON"),
        ("[1]", "line 1, has to be a JSON object"),
        ('{"caption": "x"}', "line 1, has to name the image"),
        ('{"image": "a.jpg", "caption": 5}', "captions as a string or a list"),
        ('{"image": "a.jpg", "caption": "x", "box": [1]}', "four numbers"),
    ],
)
def test_damaged_tables_are_named_with_the_line(tmp_path, line, message):
    write_text(tmp_path / "captions.jsonl", line)
    with pytest.raises(ValueError, match=message) as error:
        image_folder(tmp_path)
    assert "captions.jsonl" in str(error.value)


def test_a_csv_without_the_columns_is_named(tmp_path):
    write_text(tmp_path / "captions.csv", "picture;caption", "a.jpg;red")
    with pytest.raises(ValueError, match='"image" or "file_name"'):
        image_folder(tmp_path)


def test_a_folder_without_captions_is_refused(tmp_path):
    write_image(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match=r"captions.jsonl, .* None is in"):
        image_folder(tmp_path)
    write_text(tmp_path / "a.txt", "a")
    with pytest.raises(ValueError, match="test_fraction=1"):
        image_folder(tmp_path, test_fraction=1)


def _captioned(folder, *names):
    for name in names:
        write_image(folder / f"{name}.png", "PNG")
        write_text(folder / f"{name}.txt", f"see {name}")


@pytest.mark.parametrize(
    "names",
    [
        ["images/1", "images/2", "images/3"],
        ["a", "images/1", "images/2"],
        ["train/images/1", "train/images/2", "test/images/3"],
        ["train/images/1", "train/images/2", "test/photos/3"],
        ["00000/1", "00000/2", "00001/3", "00001/4"],
        ["data/shard-1/1", "data/shard-1/2", "data/shard-2/3"],
        [f"images/{number}" for number in range(40)] + ["more/1"],
    ],
)
def test_folders_that_tell_nothing_are_no_classes(tmp_path, names):
    _captioned(tmp_path, *names)
    dataset = image_folder(tmp_path, "all")
    assert dataset.num_classes == len(dataset) == len(names)
    assert dataset.class_names is None
    assert dataset.masked_share == 0
    assert "not taken for classes" in " ".join(dataset.bad_items.notes)


def test_classes_need_not_all_be_in_the_test_images(tmp_path):
    _captioned(tmp_path, "train/a/1", "train/a/2", "train/b/1", "test/a/3")
    assert image_folder(tmp_path, "train").class_names == ("a", "b")
    assert image_folder(tmp_path, "train").masked_share == pytest.approx(1 / 3)
    assert image_folder(tmp_path, "test")[0].class_id == 0


@pytest.mark.parametrize("named", [True, False])
def test_a_class_of_all_images_is_none(tmp_path, named):
    rows = []
    for split in ("train", "train", "test", "test"):
        image = f"{len(rows)}.jpg"
        write_image(tmp_path / image)
        rows.append({"image": image, "caption": "x", "class": "bird"})
        if named:
            rows[-1].update(split=split, **{"class": f"of {split}"})
    _table(tmp_path, *rows)
    dataset = image_folder(tmp_path, "all")
    assert dataset.num_classes == 4
    assert "tells none from another" in dataset.bad_items.notes[0]


def test_text_files_that_are_no_text_are_bad_items_by_name(tmp_path):
    _captioned(tmp_path, "a", "b", "c")
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    (tmp_path / "c.txt").write_bytes("naïf".encode("utf-16"))
    dataset = image_folder(tmp_path, "all")
    assert dataset.captions() == ["see a", "naïf"]
    assert dataset.bad_items.skipped == {
        "captions that are not UTF-8": ["b.png"]
    }


def test_what_is_named_like_a_text_and_is_none_is_a_bad_item(tmp_path):
    _captioned(tmp_path, "a", "b", "c")
    for name in "bc":
        (tmp_path / f"{name}.txt").unlink()
    (tmp_path / "b.txt").mkdir()
    os.mkfifo(tmp_path / "c.txt")
    dataset = image_folder(tmp_path, "all")
    assert dataset.captions() == ["see a"]
    assert dataset.bad_items.skipped == {
        "captions that are no file of text": ["b.png", "c.png"]
    }


def test_a_folder_named_like_a_table_is_none(tmp_path):
    _captioned(tmp_path, "a", "b")
    (tmp_path / "captions.csv").mkdir()
    os.mkfifo(tmp_path / "captions.jsonl")
    assert len(image_folder(tmp_path, "all")) == 2


def test_pictures_in_linked_folders_are_used(tmp_path):
    _captioned(tmp_path / "disk", "cats/1", "cats/2")
    _captioned(tmp_path / "photos", "dogs/1", "dogs/2")
    (tmp_path / "photos/cats").symlink_to(tmp_path / "disk/cats")
    dataset = image_folder(tmp_path / "photos", "all")
    assert [item.key for item in dataset] == [
        "cats/1.png",
        "cats/2.png",
        "dogs/1.png",
        "dogs/2.png",
    ]
    assert dataset.class_names == ("cats", "dogs")


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Train", "Test"),
        ("TRAIN", "testing"),
        ("Training", "VALIDATION"),
        ("images/train", "images/Test"),
    ],
)
@pytest.mark.parametrize("table", [True, False])
def test_splits_are_named_in_any_case(tmp_path, train, test, table):
    names = [f"{train}/a/1", f"{train}/b/2", f"{test}/b/3"]
    _captioned(tmp_path, *names)
    if table:
        rows = [{"image": f"{name}.png", "caption": name} for name in names]
        _table(tmp_path, *rows)
    keys = [f"{name}.png" for name in names]
    dataset = image_folder(tmp_path, "Train")
    assert [item.key for item in dataset] == keys[:2]
    assert table or len(dataset.class_names) == 2
    split = "val" if test == "VALIDATION" else "test"
    held_out = image_folder(tmp_path, split)
    assert [item.key for item in held_out] == keys[2:]
    if not table:
        assert held_out[0].class_id == dataset[1].class_id


def test_splits_within_classes_are_splits(tmp_path):
    _captioned(tmp_path, "a/train/1", "a/test/2", "b/train/3", "b/test/4")
    dataset = image_folder(tmp_path, "train")
    assert [item.key for item in dataset] == ["a/train/1.png", "b/train/3.png"]
    assert dataset.class_names == ("a", "b")


def test_splits_in_a_column_are_named_in_any_case(tmp_path):
    lines = ["image,caption,split"]
    for split in ("Train", " TRAIN ", "Testing"):
        write_image(tmp_path / f"{len(lines)}.jpg")
        lines.append(f"{len(lines)}.jpg,x,{split}")
    write_text(tmp_path / "captions.csv", *lines)
    assert len(image_folder(tmp_path, "train")) == 2
    assert len(image_folder(tmp_path, "test")) == 1


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        ("a.png", "a.jpg"),
        ("photos/x/a.jpg", "x/a.jpg"),
    ],
)
def test_names_in_another_form_are_matched_and_counted(tmp_path, named, file):
    write_image(tmp_path / file)
    write_image(tmp_path / "other.jpg")
    rows = [{"image": name, "caption": "x"} for name in (named, "other.jpg")]
    _table(tmp_path, *rows)
    dataset = image_folder(tmp_path, "all")
    assert [item.key for item in dataset] == [file, "other.jpg"]
    assert not dataset.bad_items.skipped
    assert list(dataset.bad_items.remarked.values()) == [[named]]


def test_a_name_that_fits_several_files_is_left_out(tmp_path):
    for name in ("a.jpg", "a.png", "b.jpg"):
        write_image(tmp_path / name)
    rows = [{"image": name, "caption": "x"} for name in ("a", "b.jpg")]
    _table(tmp_path, *rows)
    dataset = image_folder(tmp_path, "all")
    assert [item.key for item in dataset] == ["b.jpg"]
    kind = "missing image, of whose name several are other forms"
    assert dataset.bad_items.skipped[kind] == ["a"]


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("a.jpg", "A.txt"),
        ("caf\u00e9.jpg", "cafe\u0301.txt"),
        ("a.jpg", "a.jpg.txt"),
        ("images/a.jpg", "captions/a.txt"),
        ("images/x/a.jpg", "text/x/A.txt"),
        ("train/images/a.jpg", "train/captions/a.txt"),
        ("images/train/a.jpg", "captions/train/a.txt"),
        ("a.jpg", "captions/a.txt"),
    ],
)
def test_text_files_in_another_form_are_matched(tmp_path, image, text):
    write_image(tmp_path / image)
    write_text(tmp_path / text, "a bird")
    dataset = open_dataset(tmp_path, "all")
    assert [item.key for item in dataset] == [image]
    assert dataset.captions() == ["a bird"]
    assert not dataset.bad_items.skipped
    assert len(dataset.bad_items.remarked) == 1


def test_texts_of_splits_belong_to_images_in_one_folder(tmp_path):
    for name in ("1", "2", "3"):
        write_image(tmp_path / f"images/{name}.jpg")
    for name in ("train/1", "train/2", "test/3"):
        write_text(tmp_path / f"{name}.txt", f"a bird, {name}")
    splits = {
        split: open_dataset(tmp_path, split).captions()
        for split in ("train", "test")
    }
    assert splits == {
        "train": ["a bird, train/1", "a bird, train/2"],
        "test": ["a bird, test/3"],
    }


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("images/", ""),
        ("images/", "images/"),
        ("images/", "../images/"),
        ("", ""),
        ("photos/of/", ""),
    ],
)
def test_tables_of_splits_name_images_beside_them(tmp_path, place, named):
    for name in ("1", "2", "3"):
        write_image(tmp_path / f"{place}{name}.jpg")
    for split, name in (("train", "1"), ("test", "2")):
        write_text(
            tmp_path / split / "captions.csv",
            "image,caption",
            f"{named}{name}.jpg,a bird of {split}",
        )
    for split, name in (("train", "1"), ("test", "2")):
        dataset = open_dataset(tmp_path, split)
        assert [item.key for item in dataset] == [f"{place}{name}.jpg"]
        assert dataset.captions() == [f"a bird of {split}"]


def test_a_text_file_of_another_picture_is_not_taken(tmp_path):
    _captioned(tmp_path, "a")
    write_image(tmp_path / "b.jpg")
    write_text(tmp_path / "README.txt", "about")
    dataset = image_folder(tmp_path, "all")
    assert dataset.bad_items.skipped == {
        "captions without an image": ["README.txt"],
        "no caption": ["b.jpg"],
    }
