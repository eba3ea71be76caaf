"""The user's cache folder, and what is made in it only once."""

import contextlib
import os
import secrets
import shutil
import time

from tfragan.atomic_file import atomic_path

_ABANDONED_AFTER_SECONDS = 24 * 3600


def cache_folder():
    """`$XDG_CACHE_HOME/tfragan`, or `~/.cache/tfragan` without the variable.

    Reference: XDG Base Directory Specification.
    """
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    # The specification has relative paths ignored.
    base = os.path.expanduser(base)
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    return os.path.join(base, "tfragan")


def build_once(folder, build):
    """Builds a folder unless it exists, never leaving it half-built.

    `build` fills a temporary folder beside, which is then renamed. When several
    processes do so at once, the first to finish wins and the others use its
    folder.
    """
    if os.path.isdir(folder):
        return folder
    parent, name = os.path.split(folder)
    with _writable(parent):
        _remove_abandoned(parent, name)
        temporary = os.path.join(parent, f".{name}.{secrets.token_hex(4)}")
        os.mkdir(temporary)
    try:
        build(temporary)
        _publish(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def write_once(path, write):
    """As `build_once`, for a file: `write` takes a binary file."""
    if os.path.exists(path):
        return path
    parent, name = os.path.split(path)
    with _writable(parent):
        with atomic_path(path) as beside, open(beside, "wb") as file:
            write(file)
    return path


@contextlib.contextmanager
def _writable(folder):
    try:
        os.makedirs(folder, exist_ok=True)
        yield
    except OSError as error:
        raise ValueError(
            f"{folder} has to be a folder that can be written to, but "
            f"{error.strerror}; set XDG_CACHE_HOME to another one."
        ) from error


def _publish(temporary, folder):
    try:
        os.replace(temporary, folder)
    except OSError:
        # Another process was faster.
        if not os.path.isdir(folder):
            raise


def _remove_abandoned(parent, name):
    """Removes what builds that were killed have left behind."""
    limit = time.time() - _ABANDONED_AFTER_SECONDS
    for entry in os.scandir(parent):
        if not entry.name.startswith(f".{name}."):
            continue
        try:
            if entry.stat().st_mtime < limit:
                shutil.rmtree(entry.path, ignore_errors=True)
        except FileNotFoundError:
            # Its builder has just finished.
            continue
