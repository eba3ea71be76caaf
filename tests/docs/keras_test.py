"""The notebook of docs/keras.md runs as it is written."""

import importlib
import pathlib
import re

import pytest

import tfragan

_DOCS = pathlib.Path(__file__).parents[2] / "docs"


def _blocks():
    text = (_DOCS / "keras.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)


def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = {"__name__": "notebook"}
    for block in _blocks():
        exec(compile(block, "docs/keras.md", "exec"), notebook)

    assert notebook["images"].shape == (1, 32, 32, 3)
    assert len(notebook["history"].history["val_r_precision"]) == 2
    assert int(notebook["same"].global_step.value) == 6
    assert notebook["png"].numpy()[0].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "page", sorted(_DOCS.glob("*.md")), ids=lambda p: p.name
)
def test_every_name_that_a_page_mentions_imports(page):
    text = page.read_text("utf-8")
    # Dotted names of the package in code, not paths such as tfragan/models.
    for name in set(re.findall(r"\btfragan((?:\.[A-Za-z_]\w*)+)", text)):
        found = tfragan
        *parents, last = name[1:].split(".")
        for part in parents:
            found = getattr(found, part, None) or importlib.import_module(
                f"{found.__name__}.{part}"
            )
        module = f"{found.__name__}.{last}"
        assert hasattr(found, last) or importlib.import_module(module)
