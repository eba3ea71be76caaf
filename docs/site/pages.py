"""What the site has beside the files of docs/: a hook of MkDocs.

Pages that are read in the repository, too, stay where they are and become
pages of the site; the help of each verb of the command line becomes a page.
"""

import contextlib
import io
import pathlib
import posixpath
import re

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
_LINK = re.compile(r"(\]\()(?!\w+:|#|/)([^)#\s]+)")


def on_files(files, config):
    """Adds the pages to those of docs/."""
    for source, page in _OUTSIDE.items():
        text = _linked((_ROOT / source).read_text("utf-8"), source, page)
        files.append(File.generated(config, page, content=text))
    files.append(File.generated(config, _COMMAND_LINE, content=_command_line()))
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
        target = _OUTSIDE.get(target, target.removeprefix("docs/"))
        return link[1] + posixpath.relpath(
            target, posixpath.dirname(page) or "."
        )

    return _LINK.sub(moved, text)


def _command_line():
    blocks = ["# Command line", "What `tfragan <verb> --help` prints."]
    for verb in cli.VERBS:
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            cli.main(["tfragan", verb, "--help"])
        blocks += [f"## {verb}", f"```text\n{text.getvalue().strip()}\n```"]
    return "\n\n".join(blocks)
