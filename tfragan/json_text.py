"""JSON of others, which may be anything."""

import json

# Nothing of this package, and no data set, nests deeper; what reads the values
# may call itself once a level.
_MOST_LEVELS = 100


def parse_json(content):
    """What a JSON text says, str or bytes in UTF-8.

    A `ValueError` where it is no JSON, no UTF-8, or nested so deep that nothing
    of this package has written it.
    """
    if isinstance(content, bytes):
        content = content.decode("utf-8")
    try:
        value = json.loads(content)
        if not _is_deeper(value, _MOST_LEVELS):
            return value
    except RecursionError:
        pass
    raise ValueError("it is nested too deep")


def _is_deeper(value, levels):
    """Whether containers are in one another beyond a number of levels."""
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)
