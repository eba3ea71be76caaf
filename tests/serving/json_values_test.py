"""Arrays become JSON and come back, and answers that lie are found out."""

import json

import numpy as np
import pytest

from tfragan.serving import json_values
from tfragan.serving.model_metadata import Signature
from tfragan.serving.model_metadata import tensor_info


def _objects(*values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


def test_names_that_end_with_bytes_are_base64_whatever_they_hold():
    assert json_values.to_json("image_bytes", _objects(b"abc")) == [
        {"b64": "YWJj"}
    ]
    assert json_values.to_json("caption", _objects(b"abc", b"\xfe")) == [
        "abc",
        {"b64": "/g=="},
    ]


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("DT_FLOAT", np.array([[0.1, np.inf], [np.nan, -1e-40]], np.float32)),
        ("DT_UINT8", np.zeros((1, 2, 2, 3), np.uint8)),
        ("DT_INT64", np.array(2**62)),
        ("DT_BOOL", np.array([True])),
        ("DT_STRING", _objects(b"\xff", "é".encode(), b"")),
    ],
)
def test_arrays_survive_the_way_there_and_back(dtype, values):
    info = tensor_info("x", dtype, None)
    text = json.dumps(json_values.to_json("x", values))

    found = json_values.from_json(info, json.loads(text))

    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)


def test_rows_of_text_become_an_array_of_bytes():
    info = tensor_info("words", "DT_STRING", [-1, 2])

    found = json_values.from_json(info, [["a", "b"], ["c", ""]])

    assert found.tolist() == [[b"a", b"b"], [b"c", b""]]


@pytest.mark.parametrize(
    ("dtype", "sizes", "value", "message"),
    [
        ("DT_FLOAT", [-1], ["a"], "expected x: float32"),
        ("DT_FLOAT", [-1], [[1.0]], "received shape"),
        ("DT_FLOAT", [-1, 2], [[1.0], [1.0, 2.0]], "expected x"),
        ("DT_UINT8", [-1], [256], "expected x: uint8"),
        ("DT_STRING", [-1], [3], "neither text nor base64 but int"),
        ("DT_STRING", [-1], [{"b64": "?"}], "base64 that is none"),
        ("DT_STRING", [-1, 2], [["a"], ["a", "b"]], "rows of"),
        ("DT_VARIANT", [-1], ["a"], "nothing to receive"),
    ],
)
def test_values_that_do_not_fit_are_an_error(dtype, sizes, value, message):
    with pytest.raises(ValueError, match=message):
        json_values.from_json(tensor_info("x", dtype, sizes), value)


def _signature(*names):
    return Signature(
        "one",
        {},
        {name: tensor_info(name, "DT_STRING", [-1]) for name in names},
    )


def test_one_output_may_be_bare_or_named():
    for outputs in (["a"], {"x": ["a"]}):
        found = json_values.outputs_of_json(_signature("x"), outputs)

        assert list(found) == ["x"]
        assert found["x"].tolist() == [b"a"]


@pytest.mark.parametrize("outputs", [["a"], {"x": ["a"]}, {}, None])
def test_several_outputs_are_all_named(outputs):
    with pytest.raises(ValueError, match="expected"):
        json_values.outputs_of_json(_signature("x", "y"), outputs)
