"""What is wrong with a request, in the words of both protocols."""

import re

# Name of a gRPC status code to the HTTP code of the same meaning.
HTTP_CODES = {
    "INVALID_ARGUMENT": 400,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}

_LONGEST = 500
_NOISE = r"Graph execution error:|Detected at node|<stack traces|\d+ root error"


class RequestError(Exception):
    """A request that gets no answer.

    Args:
        code: name of a gRPC status code, a key of `HTTP_CODES`.
        message: the sentence for the client.
        http: the HTTP code, where it is not the usual one of the code.
    """

    def __init__(self, code, message, http=None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.http = http or HTTP_CODES[code]


class ServerError(Exception):
    """What keeps the server from starting, in one sentence."""


def invalid(message):
    """The `RequestError` of a request that cannot be right."""
    return RequestError("INVALID_ARGUMENT", message)


def not_found(message):
    """The `RequestError` of a name that there is not."""
    return RequestError("NOT_FOUND", message)


def graph_message(text):
    """The part of a TensorFlow error that says what was wrong.

    The rest names nodes of the graph and lines of the program that made it,
    which are nobody's business outside.

    Args:
        text: the error as a string.

    Returns:
        One line.
    """
    kept = []
    for line in text.splitlines():
        first = re.match(r"\s+\(\d+\) \w+:\s*", line)
        if first:
            # One of several errors, of which one is enough.
            kept = [line[first.end() :]]
            break
        if not line[:1].isspace() and not re.match(_NOISE, line):
            kept.append(line)
    text = re.sub(r"\{\{.*?\}\}|\[\[.*?\]\]|\[Op:.*?\]", " ", " ".join(kept))
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "..."
    return text or "the model refused its inputs"
