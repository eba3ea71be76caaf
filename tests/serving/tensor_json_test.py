"""Inputs fit a signature or are refused; arrays survive JSON."""

import json

import numpy as np
import pytest

from tfragan.serving import tensor_json
from tfragan.serving.model_metadata import Signature
from tfragan.serving.model_metadata import tensor_info


def _objects(*values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


def test_names_that_end_with_bytes_are_base64_whatever_they_hold():
    assert tensor_json.to_json("image_bytes", _objects(b"abc")) == [
        {"b64": "YWJj"}
    ]
    assert tensor_json.to_json("caption", _objects(b"abc", b"\xfe")) == [
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
    text = json.dumps(tensor_json.to_json("x", values))

    found = tensor_json.from_json(info, json.loads(text))

    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)


def test_rows_of_text_become_an_array_of_bytes():
    info = tensor_info("words", "DT_STRING", [-1, 2])

    found = tensor_json.from_json(info, [["a", "b"], ["c", ""]])

    assert found.tolist() == [[b"a", b"b"], [b"c", b""]]


@pytest.mark.parametrize(
    ("dtype", "sizes", "value", "message"),
    [
        ("DT_FLOAT", [-1], ["a"], "expected x: float32"),
        ("DT_FLOAT", [-1], [[1.0]], "received shape"),
        ("DT_FLOAT", [-1, 2], [[1.0], [1.0, 2.0]], "expected x"),
        ("DT_UINT8", [-1], [256], "expected x: uint8"),
        ("DT_STRING", [-1], [3], "neither text nor base64 but int"),
        ("DT_STRING", [-1], [{"b64": "?"}], "expected x"),
        (
            "DT_STRING",
            [-1, 2],
            [["a"], ["a", "b"]],
            "base64 but list",
        ),
        ("DT_VARIANT", [-1], ["a"], "cannot be sent"),
    ],
)
def test_values_that_do_not_fit_are_an_error(dtype, sizes, value, message):
    with pytest.raises(ValueError, match=message):
        tensor_json.from_json(tensor_info("x", dtype, sizes), value)


def _signature(*names):
    return Signature(
        "one",
        {},
        {name: tensor_info(name, "DT_STRING", [-1]) for name in names},
    )


def test_one_output_may_be_bare_or_named():
    for outputs in (["a"], {"x": ["a"]}):
        found = tensor_json.outputs_of_json(_signature("x"), outputs)

        assert list(found) == ["x"]
        assert found["x"].tolist() == [b"a"]


@pytest.mark.parametrize("outputs", [["a"], {"x": ["a"]}, {}, None])
def test_several_outputs_are_all_named(outputs):
    with pytest.raises(ValueError, match="expected"):
        tensor_json.outputs_of_json(_signature("x", "y"), outputs)


def _one(dtype, sizes, value):
    info = tensor_info("x", dtype, sizes)
    return tensor_json.request_arrays(
        Signature("one", {"x": info}, {}), {"x": value}
    )["x"]


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("DT_INT32", [2**31]),
        ("DT_INT32", np.array([2**40])),
        ("DT_INT32", [0.0]),
        ("DT_INT32", ["1"]),
        ("DT_INT32", [True]),
        ("DT_UINT8", np.array([256])),
        ("DT_UINT8", [-1]),
        ("DT_FLOAT", ["1.0"]),
        ("DT_FLOAT", [1j]),
        ("DT_FLOAT", [[1.0], [1.0, 2.0]]),
        ("DT_FLOAT", [1e300]),
        ("DT_BOOL", [1]),
    ],
)
def test_numbers_that_a_dtype_does_not_hold_are_refused(dtype, value):
    with pytest.raises(ValueError, match="x: expected"):
        _one(dtype, None, value)


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("DT_INT32", np.array([3], np.int64), np.array([3], np.int32)),
        ("DT_FLOAT", [1, 2], np.array([1, 2], np.float32)),
        ("DT_FLOAT", np.array([0.1]), np.array([0.1], np.float32)),
        ("DT_BOOL", [True], np.array([True])),
        ("DT_INT32", [], np.array([], np.int32)),
    ],
)
def test_numbers_that_it_holds_are_converted(dtype, value, expected):
    found = _one(dtype, [-1], value)

    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "value",
    [
        ["é", b"\xff"],
        ("é", b"\xff"),
        np.array(["é", b"\xff"], object),
        (one for one in ["é", bytearray(b"\xff")]),
    ],
)
def test_text_becomes_utf8_and_bytes_stay(value):
    found = _one("DT_STRING", [-1], value)

    assert found.dtype == object
    assert found.tolist() == ["é".encode(), b"\xff"]


def test_text_of_numpy_becomes_bytes_without_padding():
    found = _one("DT_STRING", [-1], np.array(["a", "bcd"]))

    assert found.tolist() == [b"a", b"bcd"]


def test_rows_of_text_keep_their_shape():
    found = _one("DT_STRING", [-1, 2], [["ab", "cd"]])

    assert found.tolist() == [[b"ab", b"cd"]]


@pytest.mark.parametrize("value", ["ab", [["ab"]], 3])
def test_text_of_another_shape_is_refused(value):
    with pytest.raises(ValueError, match="expected"):
        _one("DT_STRING", [-1], value)


def test_shapes_are_compared_where_they_are_known():
    pixels = np.zeros((2, 4, 4, 3), np.uint8)

    assert _one("DT_UINT8", [-1, 4, 4, 3], pixels).shape == pixels.shape
    with pytest.raises(ValueError, match=r"\[\?, 8, 8, 3\], received shape"):
        _one("DT_UINT8", [-1, 8, 8, 3], pixels)


def test_what_cannot_travel_is_refused():
    with pytest.raises(ValueError, match="DT_VARIANT"):
        _one("DT_VARIANT", None, [1])
