"""Bodies that are no JSON object are refused in one sentence each."""

import math

import pytest

from tfragan.local_server.errors import RequestError
from tfragan.local_server.request_json import read_json


def test_an_object_is_read():
    assert read_json(b' {"inputs": [1, -2.5e3, "\xc3\xa4", null]} ') == {
        "inputs": [1, -2500.0, "ä", None]
    }


def test_the_numbers_of_tensorflow_serving_that_json_lacks_are_read():
    values = read_json(b'{"inputs": [NaN, Infinity, -Infinity]}')["inputs"]

    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "expected JSON"),
        (b"{", "expected JSON"),
        (b'{"a": 1,}', "expected JSON"),
        (b'{"a": 1} {"a": 1}', "Extra data"),
        (b"{'a': 1}", "expected JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        (b'{"a": "\xff"}', "expected UTF-8, received another byte at 7"),
        (b'{"a": "\xed\xa0\x80"}', "expected UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "expected UTF-8"),
        (b'{"a": "\x00"}', "expected JSON"),
        (b"[1]", "expected a JSON object, received a list"),
        (b"null", "received null"),
        (b'"a"', "received a string"),
        (b'{"a": 1, "a": 2}', "the key 'a' is there twice"),
        (b'{"a": {"b": 1, "b": 1}}', "the key 'b' is there twice"),
        (b'{"a": 1e999}', "beyond all floats"),
        (b'{"a": ' + b"9" * 5000 + b"}", "fewer digits"),
        (b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}", "nested deeper"),
        (b'{"a": ' + b"[" * 10**6, "nested deeper"),
        (b'{"a":' * 10**5, "nested deeper"),
    ],
)
def test_others_are_refused(body, sentence):
    with pytest.raises(RequestError, match=sentence) as refusal:
        read_json(body)

    assert refusal.value.http == 400
    assert "\n" not in refusal.value.message
