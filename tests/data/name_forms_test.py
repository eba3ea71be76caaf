import pytest

from tfragan.data.name_forms import EXTENSION
from tfragan.data.name_forms import FOLDER
from tfragan.data.name_forms import SPELLING
from tfragan.data.name_forms import match_names


@pytest.mark.parametrize(
    ("name", "file", "difference"),
    [
        ("a.JPG", "a.jpg", SPELLING),
        ("caf\u00e9.jpg", "cafe\u0301.jpg", SPELLING),
        ("x\\a.jpg", "x/a.jpg", SPELLING),
        ("a", "a.jpg", EXTENSION),
        ("a.png", "a.jpg", EXTENSION),
        ("A.v2", "a.v2.jpg", EXTENSION),
        ("images/a.jpg", "a.jpg", FOLDER),
        ("C:\\me\\X\\a.jpg", "x/a.jpg", FOLDER),
        ("a.jpg", "images/x/a.jpg", FOLDER),
        ("x/a", "images/x/a.jpg", FOLDER),
    ],
)
def test_a_name_of_another_form_is_matched(name, file, difference):
    matches, unclear = match_names([name, "z.jpg"], [file, "y.jpg"])
    assert matches == {name: (file, difference)}
    assert unclear == []


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["a"], ["a.jpg", "a.png"]),
        (["a.jpg"], ["A.jpg", "a.JPG"]),
        (["A.jpg", "a.JPG"], ["a.jpg"]),
        (["a.jpg"], ["x/a.jpg", "y/a.jpg"]),
        (["x/a.jpg", "y/a.jpg"], ["a.jpg"]),
    ],
)
def test_what_is_not_unique_is_no_match(names, files):
    assert match_names(names, files) == ({}, sorted(names))


@pytest.mark.parametrize(
    ("name", "file"),
    [("x/a.jpg", "y/a.jpg"), ("a1.jpg", "a2.jpg"), ("ba.jpg", "a.jpg")],
)
def test_other_names_are_no_match(name, file):
    assert match_names([name], [file]) == ({}, [])


def test_a_closer_match_goes_first():
    matches, _ = match_names(["a.PNG", "a"], ["a.png", "a.jpg"])
    assert matches == {"a.PNG": ("a.png", SPELLING), "a": ("a.jpg", EXTENSION)}


def test_many_names_are_matched_in_time():
    names = [f"data/x/{number}.JPG" for number in range(20_000)]
    files = [f"x/{number}.jpg" for number in range(20_000)]
    assert len(match_names(names, files)[0]) == 20_000
