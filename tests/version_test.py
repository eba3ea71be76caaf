"""All files that name the version name the same one."""

import pathlib
import re

import yaml

from tfragan.version import __version__

_ROOT = pathlib.Path(__file__).parents[1]


def test_the_citation_and_the_changelog_are_of_this_version():
    citation = yaml.safe_load((_ROOT / "CITATION.cff").read_text("utf-8"))
    changelog = (_ROOT / "CHANGELOG.md").read_text("utf-8")

    assert citation["version"] == __version__
    assert re.findall(r"^## (\S+)", changelog, re.M)[0] == __version__
