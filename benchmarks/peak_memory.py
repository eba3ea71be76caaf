"""Peak memory of this process."""

import pathlib
import re
import resource
import sys


def peak_memory():
    """The largest resident set of this process so far, in bytes.

    On Linux it is read from `/proc`: what `getrusage` tells begins with the
    size of the process that started this one.
    """
    try:
        status = pathlib.Path("/proc/self/status").read_text("ascii")
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024
    except (OSError, TypeError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
