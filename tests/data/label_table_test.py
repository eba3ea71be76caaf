import pytest

from tests.data.fake_layouts import write_text
from tfragan.data.bad_items import BadItems
from tfragan.data.labelled_images import labels_of_folders
from tfragan.data.labelled_images import read_label_table

LINES = ("file, color ,size", "b/2.png,red,big", "./1.png, blue,", "3.png,red")


@pytest.fixture
def table(tmp_path):
    write_text(tmp_path / "labels.csv", *LINES)
    return read_label_table(tmp_path)


def test_a_table_gives_each_image_its_labels(table):
    assert table.attributes == ("color", "size")
    assert table.labels == {
        "b/2.png": ("red", "big"),
        "1.png": ("blue", ""),
        "3.png": ("red", ""),
    }
    assert table.known_labels().names == (("blue", "red"), ("big",))


@pytest.mark.parametrize("column", ["image", "file_name"])
def test_the_first_column_may_be_called_as_in_captions(column, tmp_path):
    write_text(tmp_path / "labels.csv", f"{column},color", "1.png,red")
    assert read_label_table(tmp_path).labels == {"1.png": ("red",)}


def test_images_without_a_label_are_reported(table):
    report = BadItems()
    ids = table.label_ids(table.known_labels(), report)
    assert ids == {"b/2.png": (1, 2)}
    assert report.skipped == {"missing label": ["1.png", "3.png"]}


def test_columns_may_stand_in_another_order(table, tmp_path):
    write_text(tmp_path / "labels.csv", "size,file,color", "big,9.png,red")
    other = read_label_table(tmp_path)
    ids = other.label_ids(table.known_labels(), BadItems())
    assert ids == {"9.png": (1, 2)}


def test_an_unknown_label_is_named_with_its_image(table, tmp_path):
    write_text(tmp_path / "labels.csv", "file,color,size", "9.png,rde,big")
    other = read_label_table(tmp_path)
    with pytest.raises(
        ValueError, match=r"labels\.csv, 9\.png: .* Received: 'rde'"
    ):
        other.label_ids(table.known_labels(), BadItems())


def test_other_attributes_are_refused(table, tmp_path):
    write_text(tmp_path / "labels.csv", "file,color", "9.png,red")
    other = read_label_table(tmp_path)
    with pytest.raises(ValueError, match="color, size. Received: color"):
        other.label_ids(table.known_labels(), BadItems())


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "Received: nothing"),
        (["1.png,red"], "Received: 1.png,red"),
        (["file"], "one or more attributes. Received: file"),
        (["file,color,color"], "Received: file,color,color"),
        (["file,color,"], "Received: file,color,"),
        (["file,color", "1.png,red,big"], "line 2, .* 2 columns"),
        (["file,color", ",red"], "line 2"),
        (["file,color", "1.png,red", "./1.png,red"], "line 3, names 1.png"),
        (["file,color", '"1.png,red'], "line 2, .*quote that is not closed"),
    ],
)
def test_damaged_tables_are_refused(lines, message, tmp_path):
    write_text(tmp_path / "labels.csv", *lines)
    with pytest.raises(ValueError, match=message):
        read_label_table(tmp_path)


def test_an_attribute_without_labels_is_named(tmp_path):
    write_text(tmp_path / "labels.csv", "file,color,size", "1.png,red,")
    with pytest.raises(ValueError, match="labels of 'size'"):
        read_label_table(tmp_path).known_labels()


def test_sub_folders_are_labels(tmp_path):
    for place in ("cat/1.png", "cat/old/2.png", "dog/1.png", "stray.png"):
        write_text(tmp_path / place, "picture")
    write_text(tmp_path / "dog/about.txt", "no picture")
    table = labels_of_folders(tmp_path)
    assert table.attributes == ("label",)
    assert table.labels == {
        "cat/1.png": ("cat",),
        "cat/old/2.png": ("cat",),
        "dog/1.png": ("dog",),
        "stray.png": ("",),
    }


def test_a_folder_without_labels_is_refused(tmp_path):
    write_text(tmp_path / "stray.png", "picture")
    with pytest.raises(ValueError, match=r"labels\.csv, or images in one"):
        labels_of_folders(tmp_path)
