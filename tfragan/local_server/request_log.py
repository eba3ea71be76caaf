"""One line on standard error for each request."""

import datetime
import sys
import time


class RequestLine:
    """What is said of one request when it has ended.

    Args:
        peer: address of the client.
        route: what was asked for.

    Attributes:
        rows: rows of the request, or None before they are known.
    """

    def __init__(self, peer, route):
        self._peer = peer
        self._route = route
        self._start = time.monotonic()
        self.rows = None

    def write(self, code):
        """Writes the line.

        Args:
            code: the HTTP code, or the name of the gRPC status code.
        """
        now = datetime.datetime.now().isoformat(timespec="milliseconds")
        passed = 1000 * (time.monotonic() - self._start)
        rows = "-" if self.rows is None else self.rows
        print(
            f"{now} {_plain(self._peer)} {_plain(self._route)} rows={rows} "
            f"{code} {passed:.1f} ms",
            file=sys.stderr,
            flush=True,
        )


def _plain(text):
    """The text without what could forge a line of the log."""
    text = str(text)[:200]
    return text if text.isprintable() else ascii(text)
