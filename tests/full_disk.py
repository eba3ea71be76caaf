"""A disk that takes no more, for tests."""

import contextlib
import resource
import signal


@contextlib.contextmanager
def full_disk(room=0):
    """A context in which no file of this process can grow beyond a size.

    Args:
        room: the size in bytes.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
