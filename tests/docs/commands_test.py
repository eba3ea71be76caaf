"""Commands of pages and helps are ones that the command line takes.

Every `tfragan` command is parsed, with its config and the keys that it
changes; those of the README are run, too, in small sizes.
"""

import ast
import importlib
import pathlib
import re
import runpy
import shlex
import textwrap

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import run_tfragan
from tfragan.cli import flags
from tfragan.cli import main as cli

_ROOT = pathlib.Path(__file__).parents[2]
_PAGES = [
    *sorted(_ROOT.glob("*.md")),
    *sorted((_ROOT / "docs").glob("*.md")),
    *sorted((_ROOT / "export").glob("*.md")),
    *sorted((_ROOT / "benchmarks").glob("*.md")),
]
# Configs of the reader's own; those of docs/extending.md run in its test.
_OWN_CONFIG = re.compile(r"--config=\S+\.py")


def _blocks(path, language):
    text = path.read_text("utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.M | re.S)
    return [textwrap.dedent(block) for _, block in found]


def _commands(text):
    """The words of every `tfragan` command of a shell's lines."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip().startswith("tfragan "):
            yield shlex.split(line, comments=True)[1:]


def _parse(words):
    verb, *rest = words
    rest = [_OWN_CONFIG.sub("--config=attngan_folder", word) for word in rest]
    names = importlib.import_module(f"tfragan.cli.{verb}").FLAGS
    return flags.parse(names, [verb, *rest])


@pytest.mark.parametrize("path", _PAGES, ids=lambda path: path.name)
def test_commands_of_a_page_parse(path):
    for block in _blocks(path, "sh"):
        for words in _commands(block):
            if words[0] in cli.VERBS:
                _parse(words)


@pytest.mark.parametrize("verb", cli.VERBS)
def test_examples_of_a_help_parse(verb):
    text = importlib.import_module(f"tfragan.cli.{verb}").__doc__
    commands = list(_commands(text[text.index("Examples:") :]))

    assert commands
    for words in commands:
        _parse(words)


@pytest.mark.parametrize("path", _PAGES, ids=lambda path: path.name)
def test_python_of_a_page_compiles(path):
    for block in _blocks(path, "python"):
        ast.parse(block)


def _photos(folder):
    """A folder of photos, each with a text file beside it."""
    random = np.random.default_rng(0)
    folder.mkdir()
    for number in range(24):
        pixels = random.integers(0, 256, (72, 72, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        text = f"a {('red', 'blue')[number % 2]} bird with black wings\n"
        (folder / f"{number}.txt").write_text(text * 2, "utf-8")


@pytest.mark.slow
def test_the_readme_runs_from_photos_to_a_deployment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _photos(tmp_path / "photos")
    run = []
    for block in _blocks(_ROOT / "README.md", "sh"):
        for verb, *rest in _commands(block):
            if verb == "serve":  # It does not end; its tests ask it.
                continue
            small = [re.sub(r"^(--config=\w+)", r"\1:tiny", r) for r in rest]
            if verb == "evaluate":
                small += ["--candidates=4", "--nountrained"]
            assert run_tfragan(verb, *small) == 0, (verb, small)
            run.append(verb)
    assert run[:2] == ["train", "train"]
    assert run[-1] == "deploy"

    (block,) = _blocks(_ROOT / "README.md", "python")
    (tmp_path / "lines.py").write_text(
        block.replace("quickstart/attngan", "runs/mine"), "utf-8"
    )
    found = runpy.run_path("lines.py")
    assert found["images"].dtype == np.uint8
