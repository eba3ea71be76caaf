"""Sections of docstrings that Keras has and Griffe does not know."""

import re
import textwrap

import griffe

_ARGUMENTS = re.compile(r"^Call arguments:$", re.MULTILINE)
_EXAMPLE = re.compile(r"^Examples?:\n\n((?!\s).*)", re.MULTILINE | re.DOTALL)
_TEXT = re.compile(
    r"^(Output|References?|Returns|Yields):\n((?:(?: .*)?\n?)+)", re.MULTILINE
)


class KerasSections(griffe.Extension):
    """Makes sections of what follows `Call arguments:` and the like."""

    def on_instance(self, *, obj, **_):
        """Rewrites the docstring of an object that Griffe has read."""
        if obj.docstring is not None:
            obj.docstring.value = rewritten(obj.docstring.value)


def rewritten(text):
    """A docstring with headings that Griffe knows."""
    text = _ARGUMENTS.sub("Other Parameters: Call arguments:", text)
    text = _TEXT.sub(
        lambda found: f"**{found[1]}:**\n\n{textwrap.dedent(found[2])}", text
    )
    return _EXAMPLE.sub(
        lambda found: "Examples:\n" + textwrap.indent(found[1], "    "), text
    )
