"""The page's files are served, and nothing else of the disk."""

import pytest

from tfragan.local_server.page_files import page_file


@pytest.fixture
def page(tmp_path):
    folder = tmp_path / "page"
    (folder / "pictures").mkdir(parents=True)
    (folder / "index.html").write_text("<p>")
    (folder / "form.js").write_text("1")
    (folder / "pictures" / "bird.png").write_bytes(b"png")
    (folder / ".hidden").write_text("no")
    (tmp_path / "secret.txt").write_text("no")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", (b"<p>", "text/html; charset=utf-8")),
        ("/index.html", (b"<p>", "text/html; charset=utf-8")),
        ("/form.js", (b"1", "text/javascript; charset=utf-8")),
        ("/pictures/bird.png", (b"png", "image/png")),
    ],
)
def test_files_come_with_their_type(page, path, expected):
    assert page_file(path, page) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/pictures/../../secret.txt",
        "//secret.txt",
        "/..",
        "/pictures",
        "/pictures/",
        "/.hidden",
        "/link.txt",
        "/nothing.html",
        "/form.js/",
        "/form.js\x00",
        "/form.js\n",
        "/\\..\\secret.txt",
        "/" + "a" * 5000,
    ],
)
def test_others_are_not_found(page, path):
    assert page_file(path, page) is None


def test_a_page_that_is_not_there_has_no_files(tmp_path):
    assert page_file("/", tmp_path / "none") is None
