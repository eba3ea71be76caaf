import pytest

from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.caption_table import read_table
from tfragan.data.image_folder import image_folder
from tfragan.data.open_dataset import open_dataset


def _captions(path):
    return {row.image: row.captions for row in read_table(str(path)).rows}


@pytest.mark.parametrize(
    ("row", "caption"),
    [
        ("a.jpg,a red, small bird", "a red, small bird"),
        ('a.jpg,"a red, small bird"', "a red, small bird"),
        ('a.jpg, "a red, small bird"', "a red, small bird"),
        ('a.jpg,a 5" bird', 'a 5" bird'),
        ('a.jpg,a 5", red bird', 'a 5", red bird'),
        ('a.jpg,"big" bird', '"big" bird'),
        ('a.jpg,"big, red" bird', '"big, red" bird'),
        ('a.jpg,so ""to say"", red', 'so ""to say"", red'),
        ('"a.jpg","big" bird', '"big" bird'),
        ('a.jpg,"on two\nlines"', "on two lines"),
        ("a.jpg,a bird,,", "a bird"),
        (" a.jpg , a bird ", "a bird"),
        ("a.jpg,", ""),
    ],
)
def test_commas_and_quotes_stay_in_the_caption(tmp_path, row, caption):
    path = tmp_path / "captions.csv"
    write_text(path, "image,caption", row, "b.jpg,next")
    assert _captions(path) == {"a.jpg": [caption], "b.jpg": ["next"]}


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_what_parts_the_cells_is_found(tmp_path, delimiter, encoding):
    name = "captions.tsv" if delimiter == "\t" else "captions.csv"
    rows = [["File_Name", "Caption", "class"], ["ü.jpg", "ein Vogel", "x"]]
    text = "\r\n".join(map(delimiter.join, rows))
    (tmp_path / name).write_bytes(text.encode(encoding))
    table = read_table(str(tmp_path / name))
    assert [(row.image, row.captions) for row in table.rows] == [
        ("ü.jpg", ["ein Vogel"])
    ]
    assert "read as file_name, caption, class" in table.notes[0]


def test_the_line_of_excel_says_what_parts_the_cells(tmp_path):
    path = tmp_path / "captions.csv"
    write_text(path, "sep=;", "image;caption", "a.jpg;red, small")
    assert _captions(path) == {"a.jpg": ["red, small"]}


def test_a_table_may_have_no_header(tmp_path):
    path = tmp_path / "captions.csv"
    write_text(path, "a.jpg,a red, small bird", "b.PNG,blue")
    table = read_table(str(path))
    assert _captions(path)["a.jpg"] == ["a red, small bird"]
    assert "without a header" in table.notes[0]


def test_columns_of_one_name_are_all_read(tmp_path):
    path = tmp_path / "captions.csv"
    write_text(path, "image,caption,caption", "a.jpg,red,a bird", "b.jpg,blue")
    assert _captions(path) == {"a.jpg": ["red", "a bird"], "b.jpg": ["blue"]}


def test_columns_that_are_not_read_are_named(tmp_path):
    path = tmp_path / "captions.csv"
    write_text(path, "image,caption,title", "a.jpg,red,x")
    assert "without title" in read_table(str(path)).notes[0]


def test_rows_that_cannot_be_read_are_bad_items_with_their_line(tmp_path):
    for name in "abcd":
        write_image(tmp_path / f"{name}.jpg")
    (tmp_path / "captions.csv").write_bytes(
        b"image,caption,class\n"
        b"a.jpg,red,x\n"
        b"b.jpg,a red, small bird,y\n"
        b'c.jpg,"open,y\n'
        b"d.jpg,caf\xe9,y\n"
    )
    dataset = image_folder(tmp_path, "all")
    assert [item.key for item in dataset] == ["a.jpg"]
    assert dataset.bad_items.skipped == {
        "row with more cells than columns": ["captions.csv, line 3 (b.jpg)"],
        "row with a quote that is not closed": ["captions.csv, line 4 (c.jpg)"],
        "row that is not UTF-8": ["captions.csv, line 5 (d.jpg)"],
    }
    with pytest.raises(ValueError, match="line 3"):
        image_folder(tmp_path, "all", on_bad_item="refuse")


def test_a_quoted_caption_before_a_surplus_cell_is_not_guessed_at(tmp_path):
    path = tmp_path / "captions.csv"
    write_text(path, "image,caption", 'a.jpg,"red, small",x')
    table = read_table(str(path))
    assert not table.rows
    assert table.bad_rows[0][1:] == ("captions.csv, line 2", "a.jpg")


def test_lines_of_json_that_are_not_utf8_are_bad_items(tmp_path):
    write_image(tmp_path / "a.jpg")
    (tmp_path / "captions.jsonl").write_bytes(
        b'{"image": "a.jpg", "caption": "red"}\n'
        b'{"image": "a.jpg", "caption": "caf\xe9"}\n'
    )
    dataset = image_folder(tmp_path, "all")
    assert dataset.captions() == ["red"]
    assert dataset.bad_items.skipped == {
        "row that is not UTF-8": ["captions.jsonl, line 2"]
    }


def test_a_table_without_captions_is_named(tmp_path):
    write_text(tmp_path / "captions.csv", "image,words", "a.jpg,red")
    with pytest.raises(ValueError, match=r'"caption" or "text".*\'words\''):
        image_folder(tmp_path)
    (tmp_path / "captions.csv").write_bytes(
        "image,caption\na.jpg,red".encode("utf-16-le")
    )
    with pytest.raises(ValueError, match="captions.csv: .* NUL"):
        image_folder(tmp_path)


def test_many_open_quotes_are_read_in_time(tmp_path):
    path = tmp_path / "captions.csv"
    write_text(path, "image,caption", *['a.jpg,"open'] * 2001)
    table = read_table(str(path))
    assert len(table.rows) + len(table.bad_rows) > 40


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "captions.txt",
            ["image,caption", "1.jpg,a red, small dog", "1.jpg,x"],
        ),
        (
            "results.csv",
            [
                "image_name| comment_number| comment",
                "1.jpg| 0| a red, small dog",
                "1.jpg| 1| x",
            ],
        ),
        (
            "Flickr8k.token.txt",
            ["1.jpg#0\ta red, small dog", "1.jpg#1\tx"],
        ),
    ],
)
def test_flickr8k_and_flickr30k_are_read_as_they_are(tmp_path, name, lines):
    write_image(tmp_path / "Images/1.jpg")
    write_text(tmp_path / name, *lines)
    dataset = open_dataset(tmp_path, "all")
    assert [item.key for item in dataset] == ["Images/1.jpg"]
    assert dataset[0].captions == ("a red, small dog", "x")
    assert not dataset.bad_items.skipped


def test_the_text_of_an_image_named_captions_is_no_table(tmp_path):
    write_image(tmp_path / "captions.jpg")
    write_text(tmp_path / "captions.txt", "an image, a caption")
    assert image_folder(tmp_path, "all").captions() == ["an image, a caption"]
