"""Inputs become what a signature takes, exactly or not at all."""

import numpy as np
import pytest

from tfragan.serving.model_metadata import Signature
from tfragan.serving.model_metadata import tensor_info
from tfragan.serving.request_arrays import request_arrays


def _one(dtype, sizes, value):
    info = tensor_info("x", dtype, sizes)
    return request_arrays(Signature("one", {"x": info}, {}), {"x": value})["x"]


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
