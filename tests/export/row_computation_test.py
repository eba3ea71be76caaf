"""Requests are computed row by row or all at once."""

import numpy as np
import pytest
import tensorflow as tf

from tfragan.export.row_computation import RowComputation

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
