"""Runs the notebooks of docs/tutorials/.

    python -m tests.docs.notebooks [NAME ...]

runs all, or those of the names, and writes what they show into the files. It
is the only way in which their outputs change, so that a difference in git is
one of what a reader sees: counts of executions, times and what TensorFlow
tells of the machine are left out.
"""

import base64
import io
import os
import pathlib
import re
import sys
import tempfile

import nbclient
import nbformat
from PIL import Image

FOLDER = pathlib.Path(__file__).parents[2] / "docs" / "tutorials"
# The tag of cells that install the package where it is not.
INSTALL = "install"
# Of a cell, in seconds, for machines with other work on them.
_TIMEOUT = 1800
# What Jupyter shows of outputs in several forms.
_FORMS = ("image/png", "text/html", "text/plain")
_METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def executed(path, folder):
    """The notebook without its cells that install, run from top to bottom.

    Args:
        path: of the notebook.
        folder: the working folder of its kernel.

    Returns:
        A `nbformat.NotebookNode` with the outputs of this run.

    Raises:
        CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, 4)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if INSTALL not in cell.metadata.get("tags", ())
    ]
    # As in an activated environment: cells call `tfragan`.
    programs = [os.path.dirname(sys.executable), os.environ["PATH"]]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(programs),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    client = nbclient.NotebookClient(
        notebook,
        timeout=_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=environment)
    for cell in code_cells(notebook):
        cell.outputs = _shown(cell.outputs)
    return notebook


def code_cells(notebook):
    """The cells of a notebook that hold code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _shown(outputs):
    """Outputs without what differs by run."""
    shown = []
    for output in outputs:
        if output.get("name") == "stderr":
            continue
        if "text" in output:
            # In notebooks TensorFlow's log goes to standard output.
            output.text = re.sub(r"(?m)^INFO:tensorflow:.*\n", "", output.text)
        if shown and output.get("name") == shown[-1].get("name") == "stdout":
            # Where a program's output is cut is chance.
            shown[-1].text += output.text
        else:
            shown.append(_in_best_form(output))
    return shown


def _in_best_form(output):
    """An output in one form, a picture or else text."""
    if "data" in output:
        form = next(form for form in _FORMS if form in output.data)
        value = output.data[form]
        output.data = {form: _small(value) if form == "image/png" else value}
        output.metadata = {}
    if "execution_count" in output:
        output.execution_count = None
    return output


def _small(png):
    """A picture in base64 with a palette: half as large."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    file = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(
        file, "png", optimize=True
    )
    return base64.b64encode(file.getvalue()).decode()


def write(path):
    """Runs a notebook and writes its outputs into the file."""
    with tempfile.TemporaryDirectory() as folder:
        ran = {cell.id: cell for cell in executed(path, folder).cells}
    notebook = nbformat.read(path, 4)
    notebook.metadata = _METADATA
    for cell in code_cells(notebook):
        cell.execution_count = None
        cell.outputs = ran[cell.id].outputs if cell.id in ran else []
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    names = sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    for name in names:
        write(FOLDER / f"{name}.ipynb")
        print(name)
