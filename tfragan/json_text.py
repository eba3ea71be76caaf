"""JSON of others, which may be anything."""

import json


def parse_json(content):
    """What a JSON text says.

    Args:
        content: str, or bytes in UTF-8.

    Returns:
        Dicts, lists, strings, numbers, booleans, None.

    Raises:
        ValueError: the text is no JSON, no UTF-8, or nested so deep that
            nothing of this package has written it.
    """
    if isinstance(content, bytes):
        content = content.decode("utf-8")
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
