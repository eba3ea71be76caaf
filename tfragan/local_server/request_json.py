"""Reading JSON that a stranger wrote."""

import json
import math

from .errors import invalid

# Values have the rank of a tensor at most, and a few levels around them.
_DEEPEST = 48


def read_json(body):
    """The object in a request's body.

    As with TensorFlow Serving, `NaN`, `Infinity` and `-Infinity` are numbers.

    Args:
        body: bytes.

    Returns:
        A dict.

    Raises:
        RequestError: it is not UTF-8, not JSON, not an object, nested too
            deep, names a key twice, or holds a number beyond all floats.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid(
            f"body: expected UTF-8, received another byte at {error.start}."
        ) from None
    if text.startswith("\ufeff"):
        raise invalid("body: expected JSON, received a byte order mark.")
    try:
        found = json.loads(
            text, object_pairs_hook=_object, parse_float=_finite_float
        )
    except json.JSONDecodeError as error:
        raise invalid(
            f"body: expected JSON, received {error.msg} at {error.pos}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise invalid("body: expected numbers of fewer digits.") from None
    if not isinstance(found, dict):
        raise invalid(
            f"body: expected a JSON object, received {kind_of(found)}."
        )
    _check_depth(found)
    return found


def kind_of(value):
    """What JSON calls a value, for sentences."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, name in _KINDS.items():
        if isinstance(value, kind):
            return name
    return type(value).__name__


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a whole number",
    float: "a number with a fraction",
}


def _object(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise invalid(f"body: the key {shorten(twice)} is there twice.")
    return found


def _finite_float(text):
    value = float(text)
    if math.isinf(value):
        raise invalid(f"body: {shorten(text)} is beyond all floats.")
    return value


def _check_depth(value):
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep():
    return invalid(f"body: nested deeper than {_DEEPEST} levels.")


def shorten(text, longest=60):
    """A client's text as part of a sentence: printable and not too long."""
    text = repr(str(text))
    return text if len(text) <= longest else text[: longest - 3] + "..."
