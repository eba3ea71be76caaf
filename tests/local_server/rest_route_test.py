"""Paths and methods mean what TensorFlow Serving's documentation says."""

import pytest

from tfragan.local_server.errors import RequestError
from tfragan.local_server.rest_route import Route
from tfragan.local_server.rest_route import allowed
from tfragan.local_server.rest_route import route_of


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/", Route("page")),
        ("GET", "/form.js", Route("page")),
        ("GET", "/v1/models", Route("list")),
        ("GET", "/v1/models/m", Route("status", "m")),
        ("GET", "/v1/models/m/versions/12", Route("status", "m", 12)),
        ("GET", "/v1/models/m/labels/a", Route("status", "m", None, "a")),
        ("GET", "/v1/models/m/metadata", Route("metadata", "m")),
        (
            "GET",
            "/v1/models/m/versions/1/metadata",
            Route("metadata", "m", 1),
        ),
        ("POST", "/v1/models/m:predict", Route("predict", "m")),
        (
            "POST",
            "/v1/models/m/labels/a:predict",
            Route("predict", "m", None, "a"),
        ),
    ],
)
def test_a_path_names_what_is_asked(method, path, route):
    assert route_of(method, path) == route


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/", 405),
        ("DELETE", "/v1/models", 405),
        ("POST", "/v1/models/m", 405),
        ("GET", "/v1/models/m:predict", 405),
        ("PUT", "/v1/models/m:predict", 405),
        ("POST", "/v1/models/m:classify", 501),
        ("POST", "/v1/models/m:explain", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/model/m", 404),
        ("GET", "/v1/models//versions/1", 404),
        ("GET", "/v1/models/m/", 404),
        ("GET", "/v1/models/m/versions/", 404),
        ("GET", "/v1/models/m/versions/1/labels/a", 404),
        ("GET", "/v1/models/m/versions/one", 400),
        ("GET", "/v1/models/m/versions/-1", 400),
        ("GET", "/v1/models/m/versions/" + "9" * 30, 400),
        ("POST", "/v1/models/m:predict\n", 404),
    ],
)
def test_others_have_their_code(method, path, code):
    with pytest.raises(RequestError) as refusal:
        route_of(method, path)
    assert refusal.value.http == code


def test_a_wrong_method_is_told_the_right_one():
    assert allowed("/v1/models/m:predict") == "POST"
    assert allowed("/v1/models/m") == "GET, HEAD"
