"""What the site has beside the files of docs/: a hook of MkDocs.

Pages that are read in the repository, too, stay where they are and become
pages of the site; the help of each verb of the command line becomes a page,
and so does each notebook, with the pictures that it shows.
"""

import contextlib
import io
import pathlib
import posixpath
import re

import nbconvert
from mkdocs.structure.files import File

from tfragan.cli import main as cli

_ROOT = pathlib.Path(__file__).parents[2]
_OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "NOTICE": "NOTICE.txt",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
    "export/README.md": "export.md",
}
_COMMAND_LINE = "reference/command_line.md"
_NOTEBOOKS = _ROOT / "docs" / "tutorials"
_LINK = re.compile(r"(\]\()(?!\w+:|#|/)([^)#\s]+)")


def on_files(files, config):
    """Adds the pages to those of docs/."""
    for source, page in _OUTSIDE.items():
        text = _linked((_ROOT / source).read_text("utf-8"), source, page)
        files.append(File.generated(config, page, content=text))
    files.append(File.generated(config, _COMMAND_LINE, content=_command_line()))
    for notebook in sorted(_NOTEBOOKS.glob("*.ipynb")):
        for path, content in _pages_of(notebook).items():
            files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown, page, **_):
    """Lets pages of docs/ link to those from elsewhere."""
    if page.file.generated_by:
        return markdown
    path = page.file.src_uri
    return _linked(markdown, f"docs/{path}", path)


def _linked(text, source, page):
    """Text whose links between files of the repository lead to pages."""

    def moved(link):
        folder = posixpath.dirname(source)
        target = posixpath.normpath(posixpath.join(folder, link[2]))
        if target != source:
            # A notebook links to its own file, to be downloaded.
            target = re.sub(r"\.ipynb$", ".md", target)
        target = _OUTSIDE.get(target, target.removeprefix("docs/"))
        return link[1] + posixpath.relpath(
            target, posixpath.dirname(page) or "."
        )

    return _LINK.sub(moved, text)


def _pages_of(notebook):
    """The page of a notebook and its pictures, dict of path to content."""
    name = notebook.stem
    # The page is Markdown as all others, so that its links are checked, too.
    text, found = nbconvert.MarkdownExporter().from_filename(
        notebook, {"output_files_dir": f"{name}_files", "unique_key": name}
    )
    page = f"tutorials/{name}.md"
    text = text.replace("![png]", "![What the cell shows]")
    text = _linked(text, f"docs/tutorials/{name}.ipynb", page)
    pictures = {
        f"tutorials/{path}": content
        for path, content in found["outputs"].items()
    }
    return {page: text, **pictures}


def _command_line():
    blocks = ["# Command line", "What `tfragan <verb> --help` prints."]
    for verb in cli.VERBS:
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            cli.main(["tfragan", verb, "--help"])
        blocks += [f"## {verb}", f"```text\n{text.getvalue().strip()}\n```"]
    return "\n\n".join(blocks)
