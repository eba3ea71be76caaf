"""The reference of the site has every public name, and each is explained."""

import importlib
import inspect
import pathlib
import re

import pytest

import tfragan

_REFERENCE = pathlib.Path(__file__).parents[2] / "docs" / "reference"
_PACKAGES = sorted({*tfragan.__all__} - {"__version__"})


def _paths(package):
    """The paths of the `:::` lines of a package's page."""
    page = _REFERENCE / f"{package}.md"
    return re.findall(r"^::: tfragan\.(\S+)$", page.read_text("utf-8"), re.M)


@pytest.mark.parametrize("package", _PACKAGES)
def test_every_public_name_is_in_the_reference(package):
    module = importlib.import_module(f"tfragan.{package}")
    listed = {path.rpartition(".")[2] for path in _paths(package)}

    assert not {*module.__all__} - listed


@pytest.mark.parametrize("package", _PACKAGES)
def test_a_public_name_stands_once_and_has_a_docstring(package):
    module = importlib.import_module(f"tfragan.{package}")
    names = [path.rpartition(".")[2] for path in _paths(package)]
    assert len(names) == len(set(names))

    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, name
