"""Suggestions for mistyped names."""

import difflib


def did_you_mean(name, known):
    """A sentence that suggests the closest known name, or nothing.

    Args:
        name: the name as typed.
        known: iterable of the names that exist.

    Returns:
        `" Did you mean '<name>'?"` or an empty string.
    """
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
