"""The notebooks of docs/tutorials/ run, and show what is in their files."""

import base64
import re

import nbformat
import pytest

from tests.docs import notebooks

_PATHS = sorted(notebooks.FOLDER.glob("*.ipynb"))
_LARGEST = 150_000


@pytest.fixture(params=_PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


def _outputs(notebook):
    """What each cell shows, by its id: kinds of outputs."""
    return {
        cell.id: [
            next(iter(output.get("data", {output.output_type: ""})))
            for output in cell.outputs
        ]
        for cell in notebooks.code_cells(notebook)
        if notebooks.INSTALL not in cell.metadata.get("tags", ())
    }


def test_a_notebook_runs_and_shows_what_the_file_does(path, tmp_path):
    ran = notebooks.executed(path, tmp_path)

    assert _outputs(ran) == _outputs(nbformat.read(path, 4))


def test_a_reader_elsewhere_can_install_first(path):
    title, install = nbformat.read(path, 4).cells[:2]

    assert title.source.startswith("# ")
    assert "https://colab.research.google.com/" in title.source
    assert f"[a notebook]({path.name})" in title.source
    assert install.metadata.tags == [notebooks.INSTALL]
    assert install.source.startswith("%pip install ")


def test_a_file_is_small_and_does_not_change_by_itself(path):
    text = path.read_text("utf-8")
    pictures = re.findall(r'"image/png": "([^"]+)"', text)

    assert sum(len(base64.b64decode(png)) for png in pictures) <= _LARGEST
    assert set(re.findall(r'"execution_count": (\w+)', text)) == {"null"}
    assert '"stderr"' not in text
    # Paths of the machine on which it ran.
    assert not re.search(r"/(tmp|home|root|usr)/", text)
