"""Convolution, normalization and activation in one layer."""

import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.test_case import TestCase
from tfragan.models.damsm.normalized_convolution import NormalizedConvolution


@pytest.mark.parametrize("depthwise", [False, True])
def test_folding_the_statistics_changes_nothing(depthwise):
    random = np.random.default_rng(0)
    images = random.normal(size=(2, 9, 8, 4)).astype("float32")
    layer = NormalizedConvolution(
        None if depthwise else 6, 3, depthwise=depthwise, epsilon=1e-3
    )
    layer.build(images.shape)
    normalization = layer.normalization
    shape = normalization.gamma.shape
    normalization.gamma.assign(random.uniform(0.5, 2, shape))
    normalization.beta.assign(random.normal(size=shape))
    normalization.moving_mean.assign(random.normal(size=shape))
    normalization.moving_variance.assign(random.uniform(0.5, 2, shape))
    outputs = layer._convolve(tf.constant(images), layer.kernel.value)
    expected = tf.nn.relu(normalization(outputs))
    assert_close(layer(images), expected, 1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2])
def test_the_output_shape_is_known_before(padding, strides):
    layer = NormalizedConvolution(6, (3, 2), strides, padding)
    shape = layer.compute_output_shape((2, 9, 8, 4))
    assert layer(np.zeros((2, 9, 8, 4), "float32")).shape == shape


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": None},
        {"filters": 3, "depthwise": True},
        {"filters": 3, "padding": "causal"},
    ],
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        NormalizedConvolution(kernel_size=3, **arguments)


class TestNormalizedConvolution(TestCase):
    def test_full_convolution_contract(self):
        self.run_layer_test(
            NormalizedConvolution,
            {"filters": 5, "kernel_size": (3, 2), "strides": 2},
            input_shapes=(4, 7, 6, 3),
            expected_output_shape=(4, 4, 3, 5),
            expected_trainable_weights=3,
            expected_non_trainable_weights=2,
        )

    def test_depthwise_convolution_contract(self):
        self.run_layer_test(
            NormalizedConvolution,
            {"filters": None, "kernel_size": 3, "depthwise": True},
            input_shapes=(4, 5, 5, 3),
            expected_output_shape=(4, 5, 5, 3),
            expected_trainable_weights=3,
            expected_non_trainable_weights=2,
        )

    def test_two_replicas_equal_one_device(self, mirrored):
        random = np.random.default_rng(0)
        images = random.normal(size=(6, 5, 5, 3)).astype("float32")
        self.run_layer_replica_test(
            lambda: NormalizedConvolution(
                4, 3, activation="leaky_relu", name="tested"
            ),
            images,
            mirrored,
            split=2,
        )
