"""Files that are there whole or not at all."""

import os
import pathlib


def write_atomically(path, content):
    """Writes a file beside its place and renames it.

    A reader, or the next process after a kill, sees the old content or the
    new one, never a part.

    Args:
        path: where to write; missing folders are made.
        content: str (written as UTF-8) or bytes.

    Returns:
        The path, a `pathlib.Path`.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = content.encode()
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path
