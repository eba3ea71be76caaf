"""Answers have the form that TensorFlow Serving gives them."""

import json

import numpy as np
import pytest

from tfragan.local_server.errors import RequestError
from tfragan.local_server.rest_answer import write_answer

_WORDS = np.array([["a", ""], ["ä", "b"]], object)


def _encoded(words):
    found = np.empty(words.shape, object)
    for place, word in np.ndenumerate(words):
        found[place] = word.encode()
    return found


def _bytes(*values):
    found = np.empty(len(values), object)
    found[:] = values
    return found


def test_one_output_has_no_name():
    outputs = {"image_bytes": _bytes(b"\xff\x00", b"a")}
    files = [{"b64": "/wA="}, {"b64": "YQ=="}]

    assert json.loads(write_answer(outputs, True, 2)) == {"predictions": files}
    assert json.loads(write_answer(outputs, False)) == {"outputs": files}


def test_several_outputs_are_named_a_row_or_a_column():
    outputs = {
        "words": _encoded(_WORDS),
        "map": np.array([[0.5], [1.25]], np.float32),
    }

    assert json.loads(write_answer(outputs, True, 2))["predictions"] == [
        {"words": ["a", ""], "map": [0.5]},
        {"words": ["ä", "b"], "map": [1.25]},
    ]
    assert json.loads(write_answer(outputs, False))["outputs"] == {
        "words": [["a", ""], ["ä", "b"]],
        "map": [[0.5], [1.25]],
    }


def test_bytes_that_are_no_text_are_never_lost():
    answer = json.loads(write_answer({"word": _bytes(b"\xff")}, False))

    assert answer == {"outputs": [{"b64": "/w=="}]}


def test_floats_that_json_lacks_are_written_as_tensorflow_serving_does():
    outputs = {"x": np.array([np.nan, np.inf, -np.inf, 0.1], np.float32)}

    body = write_answer(outputs, False)
    assert body.startswith(b'{"outputs":[NaN,Infinity,-Infinity,0.1')
    assert np.float32(json.loads(body)["outputs"][3]) == np.float32(0.1)


@pytest.mark.parametrize("output", [np.float32(1.0), np.zeros(3)])
def test_what_has_no_row_for_each_instance_is_refused(output):
    with pytest.raises(RequestError, match="x has no row for each instance"):
        write_answer({"x": np.asarray(output)}, True, 2)


def test_a_type_that_json_lacks_is_refused():
    with pytest.raises(RequestError, match="complex64"):
        write_answer({"x": np.zeros(1, np.complex64)}, False)
