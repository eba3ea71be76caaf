"""Values of others in messages: a few words, however large they are."""

import reprlib

_MOST = 60
_NAMES = 5
_short = reprlib.Repr()
_short.maxlevel = 2
_short.maxlist = _short.maxtuple = _short.maxdict = 4
_short.maxstring = _short.maxother = _short.maxlong = _MOST


def shown(value):
    """A value as Python writes it, with `...` for most of a large one."""
    return _short.repr(value)


def shown_names(names):
    """Some names with commas between, and how many more there are."""
    names = list(names)
    text = ", ".join(map(shown, names[:_NAMES]))
    more = len(names) - _NAMES
    return f"{text} and {more:,} more" if more > 0 else text
