"""Values become arrays of the wanted type, or are refused."""

import numpy as np
import pytest

from tfragan.local_server.errors import RequestError
from tfragan.local_server.signatures import TensorSpec
from tfragan.local_server.tensor_values import to_array


@pytest.mark.parametrize(
    ("value", "dtype", "shape", "expected"),
    [
        ([1, 2], "int32", (None,), np.array([1, 2], np.int32)),
        (3, "int64", (), np.array(3, np.int64)),
        ([[0, 255]], "uint8", (None, 2), np.array([[0, 255]], np.uint8)),
        ([1, 0.5], "float32", (None,), np.array([1, 0.5], np.float32)),
        ([[1.5]], "float64", None, np.array([[1.5]])),
        ([True, False], "bool", (None,), np.array([True, False])),
        (
            ["ä", {"b64": "AP8="}, ""],
            "string",
            (None,),
            np.array(["ä".encode(), b"\x00\xff", b""], object),
        ),
        ("a", "string", (), np.array(b"a", object)),
        ([], "uint8", (None, 4, 3), np.zeros((0, 4, 3), np.uint8)),
        ([], "string", (None,), np.zeros((0,), object)),
        ([[], []], "int32", (None, None), np.zeros((2, 0), np.int32)),
    ],
)
def test_values_become_an_array(value, dtype, shape, expected):
    array = to_array(value, TensorSpec(dtype, shape), "x")

    assert array.dtype == expected.dtype
    assert array.shape == expected.shape
    assert array.tolist() == expected.tolist()


def test_numbers_that_are_none_are_floats_only():
    nan = float("nan")

    assert np.isnan(to_array([nan], TensorSpec("float32", (None,)), "x"))[0]
    with pytest.raises(RequestError, match="whole numbers"):
        to_array([nan], TensorSpec("int32", (None,)), "x")


@pytest.mark.parametrize(
    ("value", "dtype", "shape", "sentence"),
    [
        ([1.0], "int32", (None,), "received a number with a fraction"),
        ([0.5], "uint8", (None,), "received a number with a fraction"),
        ([1, True], "int32", (None,), "received true"),
        ([False], "float32", (None,), "received false"),
        ([1], "bool", (None,), "received a whole number"),
        (["1"], "int32", (None,), "received a string"),
        ([None], "float32", (None,), "received null"),
        ([1], "string", (None,), "received a whole number"),
        ([None], "string", (None,), "received null"),
        ([2**31], "int32", (None,), "to 2147483647 .int32., received '21474"),
        ([-1], "uint8", (None,), "from 0 to 255"),
        ([256], "uint8", (None,), "from 0 to 255"),
        ([2**63], "int64", (None,), "int64"),
        ([10**4000], "int64", (None,), "int64"),
        ([1e39], "float32", (None,), "beyond 1e38"),
        ([10**400], "float32", (None,), "beyond"),
        ([70000], "float16", (None,), "beyond 1e4"),
        ([1], "complex64", (None,), "gRPC can"),
        (1, "int32", (None,), "received a whole number at level 1"),
        ([[1]], "int32", (None,), "received more"),
        ([1, [2]], "int32", (None,), "received more"),
        ([[1], 2], "int32", (None, None), "received a whole number at lev"),
        ([[1], [2, 3]], "int32", (None, None), "lengths 1 and 2"),
        ([[1, 2]], "int32", (None, 3), r"expected shape \[\?, 3\]"),
        ([1, 2], "int32", (3,), r"expected shape \[3\], received \[2\]"),
        ([[]], "uint8", (None, 4, 3), r"received \[1, 0, 3\]"),
        ([{"b64": "AP8"}], "string", (None,), "base64"),
        ([{"b64": "A P8="}], "string", (None,), "base64"),
        ([{"b64": "ä"}], "string", (None,), "base64"),
        ([{"b64": 1}], "string", (None,), "received an object"),
        ([{"b64": "AA==", "a": 1}], "string", (None,), "an object"),
        ([{"B64": "AA=="}], "string", (None,), "received an object"),
        (["\ud800"], "string", (None,), "surrogate"),
        ({"a": [1]}, "int32", (None,), "received an object at level 1"),
    ],
)
def test_others_are_refused_by_name(value, dtype, shape, sentence):
    with pytest.raises(RequestError, match=sentence) as refusal:
        to_array(value, TensorSpec(dtype, shape), "seed")

    assert refusal.value.message.startswith("seed: ")
    assert len(refusal.value.message) < 200


def test_lists_deeper_than_tensors_are_refused():
    value: list = []
    for _ in range(40):
        value = [value]
    with pytest.raises(RequestError, match="too deep"):
        to_array(value, TensorSpec("int32", None), "x")
