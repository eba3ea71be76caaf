import numpy as np
import pytest
import tensorflow as tf

from tests.layers.kept_tensors import kept_for_gradient
from tests.layers.second_order import relative_penalty_errors
from tests.test_case import TestCase
from tfragan.layers.upsample_convolution import UpsampleConvolution


def images(shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def doubled_and_convolved(x, kernel, edge="zeros"):
    x = tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)
    mode = {"zeros": "CONSTANT", "reflection": "REFLECT"}[edge]
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode)
    return tf.nn.conv2d(x, kernel, 1, "VALID")


class TestUpsampleConvolution(TestCase):
    def test_contract(self):
        self.run_layer_test(
            UpsampleConvolution,
            {"filters": 5, "kernel_initializer": "glorot_uniform"},
            input_shapes=(2, 4, 3, 2),
            expected_output_shape=(2, 8, 6, 5),
            expected_trainable_weights=1,
        )

    def test_contract_of_a_mirrored_edge_and_a_bias(self):
        self.run_layer_test(
            UpsampleConvolution,
            {
                "filters": 5,
                "edge": "reflection",
                "use_bias": True,
                "bias_initializer": "ones",
            },
            input_shapes=(2, 4, 3, 2),
            expected_output_shape=(2, 8, 6, 5),
            expected_trainable_weights=2,
        )

    def test_the_padded_image_is_not_kept_for_the_gradient(self):
        layer = UpsampleConvolution(2, edge="reflection")
        x = tf.constant(images((1, 6, 7, 3)))
        layer.build(x.shape)
        kept = kept_for_gradient(layer, [x], tf.ones((1, 12, 14, 2)))
        assert kept["input 0"] == x.shape
        assert (1, 8, 9, 3) not in kept.values()

    def test_an_unknown_edge_is_refused(self):
        with pytest.raises(ValueError, match="edge='wrap'"):
            UpsampleConvolution(4, edge="wrap")

    @pytest.mark.parametrize("edge", ["zeros", "reflection"])
    @pytest.mark.parametrize(
        ("height", "width"), [(1, 1), (1, 3), (4, 4), (5, 2)]
    )
    def test_it_equals_doubling_and_convolving(self, height, width, edge):
        x = tf.constant(images((2, height, width, 3)))
        cotangent = images((2, 2 * height, 2 * width, 4), 1)
        layer = UpsampleConvolution(4, edge=edge)
        layer.build(x.shape)
        kernel = layer.kernel.value
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            got = layer(x)
            expected = doubled_and_convolved(x, kernel, edge)
        np.testing.assert_allclose(got, expected, atol=1e-5)
        for source in (x, kernel):
            np.testing.assert_allclose(
                tape.gradient(got, source, cotangent),
                tape.gradient(expected, source, cotangent),
                atol=1e-4,
            )

    @pytest.mark.parametrize("edge", ["zeros", "reflection"])
    def test_second_order_gradient_is_exact(self, edge):
        layer = UpsampleConvolution(2, edge=edge, dtype="float64")
        x = images((1, 3, 3, 2), dtype="float64")
        cotangent = images(layer(x).shape, 1, "float64")
        errors = relative_penalty_errors(layer, x, cotangent)
        assert max(errors) < 1e-6, errors
