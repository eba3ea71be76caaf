"""One process at a time in a folder that it writes."""

import contextlib
import errno
import json
import os
import pathlib
import socket

from tfragan.json_text import parse_json

# Locks of this process, by path.
_held: set[str] = set()
# What systems say where a file system has no locks.
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


class FolderInUseError(ValueError):
    """Another process writes the folder."""


@contextlib.contextmanager
def folder_lock(path, what, again=False):
    """Keeps other processes out of a folder meanwhile.

    The file says who holds the lock, by host and process id. The system
    frees the lock of a process that has died, however it died, and the next
    one takes it over. On a file system without locks the file alone decides:
    a process of this host has to be alive to hold it.

    Args:
        path: the lock's file, in the folder; removed in the end.
        what: what is being done to which folder, for the message, such as
            `"runs/birds is being trained in"`.
        again: whether this process may hold it already, where nothing is done
            then; it is refused otherwise, as another one would be.

    Raises:
        FolderInUseError: another process holds it, with its host and id.
    """
    path = pathlib.Path(os.path.abspath(path))
    if str(path) in _held:
        if not again:
            raise _in_use(path, what)
        yield
        return
    with _locked_file(path, what) as file:
        file.truncate(0)
        holder = {"host": socket.gethostname(), "process": os.getpid()}
        file.write(json.dumps(holder).encode() + b"\n")
        file.flush()
        _held.add(str(path))
        try:
            yield
        finally:
            _held.discard(str(path))
            # Before it is freed: nobody else has this file yet. The folder
            # may be gone meanwhile.
            with contextlib.suppress(OSError):
                path.unlink()


def is_held(path):
    """Whether this process holds a lock."""
    return os.path.abspath(path) in _held


def _locked_file(path, what):
    while True:
        file = path.open("ab")
        try:
            if not _lock(file):
                raise _in_use(path, what)
            # Its last holder may have removed the file since it was opened.
            if _is_at(file, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file):
    """Locks an open file; False where another process holds it."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except ImportError:
        return not _is_alive(_holder(file.name))
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return not _is_alive(_holder(file.name))
    return True


def _is_at(file, path):
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _holder(path):
    """What a lock's file says, {} where it says nothing."""
    try:
        found = parse_json(pathlib.Path(path).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_alive(holder):
    """Whether the process of a lock's file can be there still."""
    process = holder.get("process")
    if not isinstance(process, int):
        return False
    if holder.get("host") != socket.gethostname():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _in_use(path, what):
    holder = _holder(path)
    if not holder:
        return FolderInUseError(f"{what} by another process.")
    host = holder.get("host")
    text = f"{what} by another process: {holder.get('process')} on host {host}"
    if host != socket.gethostname():
        text += f"; if it is gone for sure, delete {path}"
    return FolderInUseError(f"{text}.")
