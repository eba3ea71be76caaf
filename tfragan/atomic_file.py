"""Files and folders that are there whole or not at all."""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil


@contextlib.contextmanager
def atomic_path(path):
    """A path beside a file, to write to, that then takes the file's place.

    A reader, or the next process after a kill, sees the old content or the
    new one, never a part. After an error the old file is as it was, and
    nothing lies beside it. Missing folders are made.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        yield beside
        os.replace(beside, path)
    except OSError as error:
        if error.errno and error.filename in (None, str(beside)):
            # A full disk does not say which file had no room.
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        beside.unlink(missing_ok=True)


# With the names that older versions gave.
_UNFINISHED = re.compile(r"\.[0-9a-f]{8}\..+|\..+\.\d+\.tmp")


def remove_unfinished(folder):
    """Removes what writes that were killed have left in a folder, if any.

    To be called where no other process writes to the folder.
    """
    folder = pathlib.Path(folder)
    for path in folder.glob(".*") if folder.is_dir() else ():
        if _UNFINISHED.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def write_atomically(path, content):
    """Writes a file beside its place and renames it.

    Args:
        path: where to write; missing folders are made.
        content: str (written as UTF-8) or bytes.

    Returns:
        The path, a `pathlib.Path`.
    """
    if isinstance(content, str):
        content = content.encode()
    with atomic_path(path) as beside, open(beside, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return pathlib.Path(path)


def write_json_lines(path, rows):
    """Writes a file with a JSON value a line, as `write_atomically`."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return write_atomically(path, "".join(lines))


_RETIRED = "-retired-"


def restore_folder(path):
    """Undoes what a kill within `replace_folder` has left of a folder, if any.

    The old folder comes back where the new one had not taken its place; all
    else that lies beside it is removed. To be called where no other process
    writes the folder.
    """
    path = pathlib.Path(path)
    for other in sorted(path.parent.glob(f".{path.name}-*")):
        if _RETIRED in other.name and not path.exists():
            os.replace(other, path)
        else:
            shutil.rmtree(other, ignore_errors=True)


def replace_folder(new, old):
    """Puts a finished folder, on the same disk, in the place of another.

    What is there is removed, and put back if the new folder cannot take its
    place.
    """
    new, old = pathlib.Path(new), pathlib.Path(old)
    if not old.exists():
        os.replace(new, old)
        return
    retired = old.parent / f".{old.name}{_RETIRED}{secrets.token_hex(4)}"
    os.replace(old, retired)
    try:
        os.replace(new, old)
    except OSError:
        os.replace(retired, old)
        raise
    shutil.rmtree(retired, ignore_errors=True)


@contextlib.contextmanager
def atomic_folder(path, publish=replace_folder):
    """A folder beside another, to fill, that then takes its place.

    Its mode, as that of what is made in it, follows the umask. After an error
    the old folder is as it was, and nothing lies beside it. `publish`, of the
    folder that was filled and the path, puts it there.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".{path.name}-{secrets.token_hex(4)}"
    beside.mkdir()
    try:
        yield beside
        publish(beside, path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
