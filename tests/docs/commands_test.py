"""Commands of pages and helps are ones that the command line takes.

Every `tfragan` command is parsed, with its config and the keys that it
changes; those of the README and of the pages of models run, in small sizes.
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

import tfragan
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
            assert words[0] not in cli.VERBS or _parse(words)


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
        assert ast.parse(block).body


def _photo(path, random):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = random.integers(0, 256, (72, 72, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def _photos(folder):
    """Photos that pages name: with captions, of two domains, and single."""
    random = np.random.default_rng(0)
    for name in ("photo.jpg", "other.jpg", "holiday.jpg"):
        _photo(folder / name, random)
    for captioned in ("captioned", "data/cub"):
        for number in range(48):
            path = folder / captioned / f"{number}.png"
            _photo(path, random)
            color = ("red", "blue", "black", "white")[number % 4]
            wings = ("black", "white", "red")[number % 3]
            text = f"a {color} bird with {wings} wings\n"
            path.with_suffix(".txt").write_text(text * 2, "utf-8")
    for domain in ("trainA", "trainB", "testA", "testB"):
        for number in range(4):
            _photo(folder / "domains" / domain / f"{number}.png", random)


def _small(verb, words, page):
    """A command in small sizes, or None with the reason why it is not run."""
    if verb in ("convert", "request", "serve"):
        # It needs a published file, needs a server, or does not end.
        return None
    kind = "domains" if page == "ugatit" else "captioned"
    words = [
        re.sub(r"^(--config=\w+)", r"\1:tiny", word)
        .replace("--data=photos", f"--data={kind}")
        .replace("--count=30000", "--count=4")
        for word in words
    ]
    if verb == "evaluate":
        words += [] if page == "ragan" else ["--nountrained"]
        words += ["--candidates=4"] if kind == "captioned" else []
    if verb == "report":
        # Beside runs of other pages.
        words = [word for word in words if pathlib.Path(word).is_dir()]
    return words


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["README", "attngan", "dmgan", "ssagan", "ugatit", "ragan"]
)
def test_the_commands_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _photos(tmp_path)
    path = _ROOT if page == "README" else _ROOT / "docs"
    run = []
    for block in _blocks(path / f"{page}.md", "sh"):
        for verb, *rest in _commands(block):
            words = _small(verb, rest, page)
            if words is not None:
                assert run_tfragan(verb, *words) == 0, (verb, words)
                run.append(verb)

    assert {"train", "evaluate", "export"} <= {*run}
    if page == "README":
        (block,) = _blocks(path / "README.md", "python")
        (tmp_path / "lines.py").write_text(block, "utf-8")
        found = runpy.run_path("lines.py")
        assert found["images"].dtype == np.uint8


def _in_small(block):
    """Python of a page with one step of few images instead of epochs."""
    block = re.sub(r"epochs=\d+", "epochs=1", block)
    block = re.sub(
        r"steps_per_epoch=[\w.]+(\(\d+\))?", "steps_per_epoch=1", block
    )
    block = re.sub(r"batches\(\d+", "batches(4", block)
    return block.replace("image_size=128", "image_size=64")


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["attngan", "dmgan", "presets", "ragan", "ssagan", "training"]
)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = _blocks(_ROOT / "docs" / f"{page}.md", "python")
    # What the page has made before.
    names = {
        "tfragan": tfragan,
        "damsm": tfragan.models.load("damsm_avatars"),
        "data": tfragan.data.avatars("train"),
        "photos": np.zeros((1, 64, 64, 3), np.uint8),
        "captions": ["a person with pink hair"],
    }
    if page == "training":
        names["model"] = tfragan.models.load("attngan_avatars")
    exec(compile(_in_small(block), f"docs/{page}.md", "exec"), names)
    made = {"ragan": "outputs", "training": "pictures"}.get(page, "images")
    pictures = names[made]["image"] if page == "ragan" else names[made]
    assert pictures.dtype == np.uint8
    assert pictures.shape == (1, 64, 64, 3)
