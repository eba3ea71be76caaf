"""What a path and a method of the REST protocol ask for."""

import dataclasses
import re

from .errors import RequestError
from .errors import invalid
from .errors import not_found
from .request_json import shorten

MODELS = "/v1/models"

_MODEL = re.compile(
    rf"{MODELS}/(?P<model>[^/:]+)"
    r"(?:/versions/(?P<version>[^/:]+)|/labels/(?P<label>[^/:]+))?"
    r"(?P<action>/metadata|:\w+)?"
)
_METHODS = {
    "list": ("GET", "HEAD"),
    "page": ("GET", "HEAD"),
    "status": ("GET", "HEAD"),
    "metadata": ("GET", "HEAD"),
    "predict": ("POST",),
}
# What TensorFlow Serving has as well.
_OTHER_ACTIONS = ("classify", "regress")


@dataclasses.dataclass(frozen=True)
class Route:
    """What is asked for.

    Attributes:
        action: `"list"`, `"page"`, `"status"`, `"metadata"` or `"predict"`.
        model: name of the model.
        version: the version, or None.
        label: the label, or None.
    """

    action: str
    model: str = ""
    version: int | None = None
    label: str | None = None


def route_of(method, path):
    """Reads a path.

    Args:
        method: such as `"GET"`.
        path: decoded, without the query.

    Returns:
        A `Route`.

    Raises:
        RequestError: there is no such path, or not with that method.
    """
    route = _route(path)
    if method not in _METHODS[route.action]:
        raise RequestError(
            "UNIMPLEMENTED",
            f"{shorten(path)}: expected {_METHODS[route.action][0]}, received "
            f"{shorten(method)}.",
            http=405,
        )
    return route


def allowed(path):
    """The methods of a path, for the header `Allow`."""
    return ", ".join(_METHODS[_route(path).action])


def _route(path):
    if path in (MODELS, f"{MODELS}/"):
        return Route("list")
    if not path.startswith("/v1"):
        return Route("page")
    match = _MODEL.fullmatch(path)
    if match is None:
        raise not_found(
            f"{shorten(path)}: expected {MODELS}/NAME[/versions/NUMBER|"
            "/labels/LABEL], then :predict, /metadata or nothing."
        )
    action = (match["action"] or "status").lstrip("/:")
    if action in _OTHER_ACTIONS:
        raise RequestError(
            "UNIMPLEMENTED", f":{action} is not offered; :predict is."
        )
    if action not in _METHODS:
        raise not_found(f"there is no :{shorten(action)}; :predict is.")
    return Route(
        action, match["model"], _version(match["version"]), match["label"]
    )


def _version(text):
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid(
            f"versions: expected a whole number, received {shorten(text)}."
        )
    return int(text)
