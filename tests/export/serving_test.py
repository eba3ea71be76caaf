"""Requests are computed row by row or all at once."""

import numpy as np
import pytest
import tensorflow as tf

from tfragan.export.caption_serving import CaptionServing
from tfragan.export.serving import ExportError
from tfragan.export.serving import RowComputation
from tfragan.export.serving import serving_class
from tfragan.models import DAMSM
from tfragan.models import TextToImageModel

SPECS = {"total": tf.TensorSpec((2,), tf.float32)}


@pytest.mark.parametrize("row_by_row", [True, False])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_rows_come_back_in_order(row_by_row, rows):
    sizes = []
    computation = RowComputation([], row_by_row)

    def function(left, right):
        sizes.append(left.shape[0])
        return {"total": left + right[:, tf.newaxis], "unwanted": left}

    left = np.arange(2.0 * rows, dtype="float32").reshape(rows, 2)
    right = np.arange(rows, dtype="float32")

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, 2), tf.float32),
            tf.TensorSpec((None,), tf.float32),
        ]
    )
    def compute(left, right):
        return computation(function, [left, right], SPECS)

    found = compute(left, right)

    assert list(found) == ["total"]
    np.testing.assert_array_equal(found["total"], left + right[:, np.newaxis])
    assert sizes == [1 if row_by_row else None]


def test_rows_are_compiled_when_asked():
    computation = RowComputation([], jit_compile=True)
    spec = tf.TensorSpec((None, 2), tf.float32)

    @tf.function(input_signature=[spec])
    def compute(rows):
        return computation(lambda row: {"total": row + row}, [rows], SPECS)

    library = compute.get_concrete_function().graph.as_graph_def().library
    compiled = [
        function
        for function in library.function
        if function.attr["_XlaMustCompile"].b
    ]
    assert len(compiled) == 1
    np.testing.assert_array_equal(
        compute(np.ones((3, 2), "float32"))["total"], 2 * np.ones((3, 2))
    )


def test_whole_batches_are_not_compiled():
    with pytest.raises(ValueError, match="expected row_by_row=True"):
        RowComputation([], row_by_row=False, jit_compile=True)


def test_a_class_of_another_package_exports_as_its_base_declares():
    class MyGAN(TextToImageModel):
        pass

    class MyServing(CaptionServing):
        pass

    assert serving_class(MyGAN) is CaptionServing
    MyGAN.serving = f"{__name__}:MyServing"
    globals()["MyServing"] = MyServing
    assert serving_class(MyGAN) is MyServing


def test_a_class_that_declares_nothing_is_not_exported():
    with pytest.raises(ExportError, match="received DAMSM"):
        serving_class(DAMSM)
