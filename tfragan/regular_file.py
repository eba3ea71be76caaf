"""Opening files of others: only regular ones, which have an end."""

import errno
import os
import stat


def open_regular(path):
    """Opens a file, or a link to one, to read its bytes.

    A pipe would wait for whoever writes into it, a device may never end: what
    is no regular file is an `OSError`.
    """
    mode = os.stat(path).st_mode
    # Folders raise when they are opened.
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "No regular file", os.fspath(path))
    return open(path, "rb")


def read_regular(path):
    """The bytes of a file, see `open_regular`."""
    with open_regular(path) as file:
        return file.read()
