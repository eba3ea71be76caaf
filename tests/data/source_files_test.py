import os

import pytest

from tests.data.fake_layouts import write_text
from tfragan.data import source_files


def test_caption_files_are_read_line_by_line(tmp_path):
    path = tmp_path / "captions.txt"
    path.write_bytes(
        b"\xef\xbb\xbfa bird\r\n\r\n  red \nna\xc3\xafve \xe2\x80\xa8 line"
    )
    assert source_files.read_lines(path) == [
        "a bird",
        "red",
        "naïve \u2028 line",
    ]


def test_files_are_listed_with_folders_but_not_hidden_ones(tmp_path):
    for name in ("b.JPG", "a/c.jpg", ".hidden.jpg", ".git/d.jpg", "e.txt"):
        write_text(tmp_path / name)
    found = source_files.relative_files(tmp_path, (".jpg",))
    assert found == ["a/c.jpg", "b.JPG"]


def test_a_data_folder_has_to_exist(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert source_files.data_folder("here", "It") == str(tmp_path / "here")
    with pytest.raises(ValueError, match="It expects a folder. There is none"):
        source_files.data_folder("there", "It")


def test_captions_are_one_valid_line():
    text = source_files.caption_text(" a\nred \ud83d\tbird ")
    assert text.encode("utf-8").decode() == text
    assert text.startswith("a red ")
    assert text.endswith(" bird")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_honoured(tmp_path, encoding):
    path = tmp_path / "captions.txt"
    path.write_bytes("ein grüner Vogel\r\n鸟".encode(encoding))
    assert source_files.read_lines(path) == ["ein grüner Vogel", "鸟"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a bird\ncaf\xe9", r"captions.txt, line 2: .* UTF-8.* offset 10"),
        ("a bird".encode("utf-16-le"), "received NUL characters"),
        (b"\xff\xfea", "expected UTF-16-LE"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path, content, message):
    path = tmp_path / "captions.txt"
    path.write_bytes(content)
    with pytest.raises(source_files.UnreadableTextError, match=message):
        source_files.read_text(path)


def test_only_files_are_read_as_text(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    for name in ("pipe.txt", "folder.txt"):
        with pytest.raises(source_files.UnreadableTextError, match=name):
            source_files.read_text(tmp_path / name)


def test_deeply_nested_json_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "nested.json"
    path.write_text("[" * 200_000)
    with pytest.raises(
        ValueError, match=r"nested\.json is not JSON: it is nested too"
    ):
        source_files.read_json(path)


def test_folders_that_are_links_are_followed_once(tmp_path):
    write_text(tmp_path / "else/x/c.jpg")
    write_text(tmp_path / "here/a/b.jpg")
    for name, target in {
        "0": tmp_path / "else",
        "1": tmp_path / "else",
        "2": tmp_path / "here",
        "a/3": tmp_path / "here/a",
        "a/4": tmp_path,
        "5": "/",
        "6": "6",
    }.items():
        os.symlink(target, tmp_path / "here" / name)
    os.symlink(tmp_path / "else", tmp_path / "else/x/back")
    os.symlink("nowhere.jpg", tmp_path / "here/lost.jpg")
    os.symlink(tmp_path / "here/a/b.jpg", tmp_path / "here/again.jpg")
    found = source_files.relative_files(tmp_path / "here", (".jpg",))
    assert found == ["0/x/c.jpg", "a/b.jpg", "again.jpg", "lost.jpg"]


def test_pipes_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    assert source_files.relative_files(tmp_path, (".jpg",)) == []
