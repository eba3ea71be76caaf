import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.second_order import relative_penalty_errors
from tests.test_case import TestCase
from tfragan.layers.instance_normalization import InstanceNormalization


def images(shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


class TestInstanceNormalization(TestCase):
    @pytest.mark.parametrize("shape", [(2, 5, 3), (2, 4, 5, 3)])
    def test_contract(self, shape):
        self.run_layer_test(
            InstanceNormalization,
            {"epsilon": 1e-3},
            input_shapes=shape,
            expected_output_shape=shape,
            expected_trainable_weights=2,
        )

    def test_contract_without_parameters(self):
        self.run_layer_test(
            InstanceNormalization,
            {"center": False, "scale": False},
            input_shapes=(2, 4, 4, 3),
            expected_output_shape=(2, 4, 4, 3),
            expected_trainable_weights=0,
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            InstanceNormalization, images((5, 4, 4, 3)), mirrored, split=2
        )

    def test_each_channel_of_each_sample_is_normalized(self):
        x = 3.0 + 2.0 * images((3, 16, 16, 2))
        y = InstanceNormalization()(x).numpy()
        np.testing.assert_allclose(y.mean((1, 2)), 0.0, atol=1e-5)
        np.testing.assert_allclose(y.std((1, 2)), 1.0, atol=1e-4)

    def test_a_large_mean_costs_no_digits(self):
        x = 100.0 + 0.01 * images((1, 64, 64, 1), dtype="float64")
        expected = (x - x.mean()) / np.sqrt(x.var() + 1e-5)
        y = InstanceNormalization()(x.astype("float32")).numpy()
        # The mean is a float32 sum of 4,096 numbers near 100. On processors
        # that add eight at once instead of sixteen it is off by 1e-4, which
        # is 0.01 of the standard deviation; E[x^2] - E[x]^2 would be off by
        # more than the standard deviation itself.
        np.testing.assert_allclose(y, expected, atol=0.02)

    def test_samples_do_not_depend_on_the_batch(self):
        x = images((4, 4, 4, 3))
        layer = InstanceNormalization()
        # Kernels of some processors round by the size of the batch.
        np.testing.assert_allclose(layer(x)[1:2], layer(x[1:2]), 0.0, 1e-6)

    def test_statistics_of_float16_do_not_overflow(self):
        x = (1000.0 * images((1, 8, 8, 2))).astype("float16")
        y = InstanceNormalization(dtype="mixed_float16")(x)
        assert y.dtype == tf.float16
        np.testing.assert_allclose(y.numpy().std((1, 2)), 1.0, atol=0.01)

    def test_second_order_gradient_is_exact(self):
        layer = InstanceNormalization(epsilon=1e-2, dtype="float64")
        x, cotangent = images((2, 2, 4, 4, 3), dtype="float64")
        layer(x)
        errors = relative_penalty_errors(layer, x, cotangent)
        assert len(errors) == 3
        assert max(errors) < 1e-6, errors

    def test_second_order_gradient_of_keras_is_not(self):
        layer = keras.layers.GroupNormalization(-1, dtype="float64")
        x, cotangent = images((2, 2, 4, 4, 3), dtype="float64")
        layer(x)
        assert max(relative_penalty_errors(layer, x, cotangent)) > 1e-4

    def test_flat_input_is_refused(self):
        with pytest.raises(ValueError, match="position axis"):
            InstanceNormalization().build((None, 3))
