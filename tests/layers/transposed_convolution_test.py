"""Borders of transposed convolutions can be cut in two ways."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from tfragan.layers.transposed_convolution import borders_cut_afterwards
from tfragan.layers.transposed_convolution import doubling_convolution


@pytest.mark.parametrize(
    ("taps", "cut", "size"), [(4, 1, (10, 8)), (3, 1, (10, 8)), (4, 3, (6, 4))]
)
@pytest.mark.parametrize("afterwards", [False, True])
def test_borders_are_cut(taps, cut, size, afterwards):
    draw = np.random.default_rng(0)
    inputs = draw.normal(size=(2, 5, 4, 3)).astype("float32")
    kernel = tf.constant(draw.normal(size=(taps, taps, 6, 3)), tf.float32)
    whole = tf.nn.conv2d_transpose(
        inputs, kernel, (2, 8 + taps, 6 + taps, 6), 2, "VALID"
    )
    expected = whole[:, cut:, cut:][:, : size[0], : size[1]]

    way = borders_cut_afterwards() if afterwards else contextlib.nullcontext()
    with way:
        found = doubling_convolution(inputs, kernel, size, cut)

    assert found.shape == (2, *size, 6)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_an_even_border_is_cut_in_the_form_that_onednn_computes():
    kernel = tf.zeros((4, 4, 2, 2))

    @tf.function
    def double(inputs):
        return doubling_convolution(inputs, kernel, (6, 6), 1)

    graph = double.get_concrete_function(tf.TensorSpec((1, 3, 3, 2))).graph
    (found,) = (
        op for op in graph.get_operations() if op.type == "Conv2DBackpropInput"
    )
    assert found.get_attr("padding") == b"SAME"


def test_only_bfloat16_and_the_context_cut_in_the_other_way():
    @tf.function
    def double(inputs):
        kernel = tf.zeros((3, 3, 1, 1), inputs.dtype)
        return doubling_convolution(inputs, kernel, (6, 6), 1)

    def trace(batch, dtype=tf.float32):
        return double.get_concrete_function(
            tf.TensorSpec((batch, 3, 3, 1), dtype)
        )

    with borders_cut_afterwards():
        traced = [trace(1)]
    traced += [trace(2), trace(2, tf.bfloat16)]
    paddings = [
        op.get_attr("padding")
        for function in traced
        for op in function.graph.get_operations()
        if op.type == "Conv2DBackpropInput"
    ]
    assert paddings == [b"VALID", b"EXPLICIT", b"VALID"]
