"""The row and the columnar format mean the same; errors name the input."""

import json

import pytest

from tfragan.local_server.errors import RequestError
from tfragan.local_server.errors import invalid
from tfragan.local_server.rest_request import parse_request
from tfragan.local_server.signatures import Signature
from tfragan.local_server.signatures import TensorSpec

_CAPTION = TensorSpec("string", (None,))
_SEED = TensorSpec("int32", (None,))
_SIGNATURES = {
    "serving_default": Signature(
        "serving_default", {"caption": _CAPTION, "seed": _SEED}, {}
    ),
    "one": Signature("one", {"file_bytes": _CAPTION}, {}),
    "scalar": Signature("scalar", {"x": TensorSpec("int32", ())}, {}),
}


def _parse(**content):
    def find(name):
        if name not in _SIGNATURES:
            raise invalid(f"no signature {name}")
        return _SIGNATURES[name]

    return parse_request(json.dumps(content).encode(), find)


@pytest.mark.parametrize(
    "content",
    [
        {
            "instances": [
                {"caption": "a", "seed": 1},
                {"seed": 2, "caption": "b"},
            ]
        },
        {"inputs": {"caption": ["a", "b"], "seed": [1, 2]}},
        {
            "signature_name": "",
            "inputs": {"seed": [1, 2], "caption": [{"b64": "YQ=="}, "b"]},
        },
    ],
)
def test_both_formats_give_the_same_arrays(content):
    request = _parse(**content)

    assert request.signature.name == "serving_default"
    assert request.by_rows == ("instances" in content)
    assert request.arrays["caption"].tolist() == [b"a", b"b"]
    assert request.arrays["seed"].tolist() == [1, 2]


@pytest.mark.parametrize(
    "content",
    [
        {"instances": [{"b64": "YQ=="}, "b"]},
        {"instances": [{"file_bytes": "a"}, {"file_bytes": {"b64": "Yg=="}}]},
        {"inputs": ["a", {"b64": "Yg=="}]},
        {"inputs": {"file_bytes": ["a", "b"]}},
    ],
)
def test_the_only_input_needs_no_name(content):
    request = _parse(signature_name="one", **content)

    assert request.arrays["file_bytes"].tolist() == [b"a", b"b"]


def test_a_scalar_comes_in_columns_only():
    assert _parse(signature_name="scalar", inputs=7).arrays["x"] == 7
    with pytest.raises(RequestError, match="x: expected 0 levels"):
        _parse(signature_name="scalar", instances=[7])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "received neither"),
        ({"inputs": {}, "instances": []}, "received both"),
        ({"instances": []}, "at least one"),
        ({"instances": {"caption": "a"}}, "expected a list"),
        ({"instances": ["a"]}, r"instances\[0\]: expected an object of cap"),
        ({"inputs": ["a"]}, "inputs: expected an object of caption, seed"),
        ({"inputs": None}, "received null"),
        ({"inputs": {"caption": ["a"]}}, "the input seed is missing"),
        (
            {"inputs": {"caption": ["a"], "seed": [1], "noise": [1]}},
            "no input 'noise'; the signature serving_default takes caption, s",
        ),
        (
            {"instances": [{"caption": "a", "seed": 1}, {"caption": "a"}]},
            r"instances\[1\]: the input seed is missing",
        ),
        ({"signature_name": 1, "inputs": {}}, "signature_name: expected a s"),
        ({"signature_name": None, "inputs": {}}, "received null"),
        ({"signature_name": "paint", "inputs": {}}, "no signature paint"),
        ({"signature": "one", "inputs": {}}, "received 'signature'"),
    ],
)
def test_others_are_refused(content, sentence):
    with pytest.raises(RequestError, match=sentence):
        _parse(**content)
