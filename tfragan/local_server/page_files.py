"""The demo page's files."""

import pathlib
import re

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_TEXT = ("text/", "application/json", "image/svg")
_INDEX = "index.html"
_LONGEST_NAME = 200
# Nothing that begins with a dot, so no way up and nothing hidden.
_NAME = re.compile(r"(\w[\w.-]*/)*\w[\w.-]*", re.ASCII)

PAGE_FOLDER = pathlib.Path(__file__).resolve().parent / "page"


def page_file(path, folder=PAGE_FOLDER):
    """The file that a path of the page stands for.

    Args:
        path: of the request, decoded, such as `"/"`.
        folder: folder of the page.

    Returns:
        Tuple of the file's bytes and its content type; None where there is
        no such file.
    """
    name = path.removeprefix("/") or _INDEX
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        return None
    folder = pathlib.Path(folder).resolve()
    file = (folder / name).resolve()
    # A link may lead out.
    if not file.is_relative_to(folder) or not file.is_file():
        return None
    kind = _TYPES.get(file.suffix.lower(), "application/octet-stream")
    if kind.startswith(_TEXT):
        kind += "; charset=utf-8"
    return file.read_bytes(), kind
