"""docs/overview.md names what is there, and all of it."""

import pathlib
import re

_ROOT = pathlib.Path(__file__).parents[2]
_TEXT = (_ROOT / "docs" / "overview.md").read_text("utf-8")


def test_every_path_exists():
    roots = "|".join(("benchmarks", "configs", "export", "tests", "tfragan"))
    paths = re.findall(rf"`((?:{roots})/[\w/.]*)`", _TEXT)

    assert paths
    assert not [path for path in paths if not (_ROOT / path).exists()]


def test_every_folder_has_its_row():
    rows = set(re.findall(r"^\| `([\w/]+)/` \|", _TEXT, re.M))
    folders = {
        path.parent.relative_to(_ROOT).as_posix()
        for path in (_ROOT / "tfragan").glob("*/__init__.py")
    }

    assert folders <= rows


def test_every_step_names_a_method_that_is_there():
    for path, names in re.findall(
        r"`(tfragan/[\w/]+\.py)`:((?:\s+`\w+`,?)+)", _TEXT
    ):
        source = (_ROOT / path).read_text("utf-8")
        for name in re.findall(r"`(\w+)`", names):
            assert f"def {name}(" in source, (path, name)
