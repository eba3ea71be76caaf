import pytest

from tests.data.fake_layouts import write_text
from tfragan.data import source_files


def test_caption_files_are_read_line_by_line(tmp_path):
    path = tmp_path / "captions.txt"
    path.write_bytes(
        b"\xef\xbb\xbfa bird\r\n\r\n  red \nna\xefve \xe2\x80\xa8 line"
    )
    assert source_files.read_lines(path) == [
        "a bird",
        "red",
        "na\ufffdve \u2028 line",
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
