import numpy as np
import pytest
import tensorflow as tf

from tests.layers.second_order import relative_penalty_errors
from tests.models.ugatit.published_networks import assert_layer_is_reproduced
from tests.test_case import TestCase
from tfragan.convert.ugatit_weights import norm_entries
from tfragan.layers.instance_layer_normalization import (
    InstanceLayerNormalization,
)


def images(*shape, seed=0, dtype="float32"):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype(dtype)


class TestInstanceLayerNormalization(TestCase):
    @pytest.mark.parametrize("unbiased", [True, False])
    def test_contract(self, unbiased):
        self.run_layer_test(
            InstanceLayerNormalization,
            {"unbiased": unbiased, "epsilon": 1e-3, "initial_rho": 0.25},
            input_shapes=(2, 4, 5, 3),
            expected_output_shape=(2, 4, 5, 3),
            expected_trainable_weights=3,
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            InstanceLayerNormalization,
            images(5, 4, 4, 3),
            mirrored,
            split=2,
        )

    def test_rho_one_is_instance_and_rho_zero_layer_normalization(self):
        x = 3.0 + images(2, 8, 8, 3) * np.array([1.0, 2.0, 3.0], "float32")
        for rho, axes in ((1.0, (1, 2)), (0.0, (1, 2, 3))):
            layer = InstanceLayerNormalization(initial_rho=rho, unbiased=False)
            y = layer(x).numpy()
            np.testing.assert_allclose(y.mean(axes), 0.0, atol=1e-5)
            np.testing.assert_allclose(y.std(axes), 1.0, atol=1e-4)

    def test_samples_do_not_depend_on_the_batch(self):
        x = images(4, 4, 4, 3)
        layer = InstanceLayerNormalization()
        # Kernels of some processors round by the size of the batch.
        np.testing.assert_allclose(layer(x)[1:2], layer(x[1:2]), 0.0, 1e-6)

    def test_statistics_of_float16_do_not_overflow(self):
        x = (1000.0 * images(1, 8, 8, 2)).astype("float16")
        y = InstanceLayerNormalization(dtype="mixed_float16")(x)
        assert y.dtype == tf.float16
        np.testing.assert_allclose(y.numpy().std((1, 2, 3)), 1.0, atol=0.01)

    def test_second_order_gradient_is_exact(self):
        layer = InstanceLayerNormalization(
            epsilon=1e-2, initial_rho=0.5, dtype="float64"
        )
        x = images(2, 4, 4, 3, dtype="float64")
        cotangent = images(2, 4, 4, 3, seed=1, dtype="float64")
        layer(x)
        errors = relative_penalty_errors(layer, x, cotangent)
        assert len(errors) == 4
        assert max(errors) < 1e-6, errors

    def test_a_map_without_a_variance_is_refused(self):
        with pytest.raises(ValueError, match="more than one position"):
            InstanceLayerNormalization().build((None, 1, 1, 3))
        with pytest.raises(ValueError, match="known last axis"):
            InstanceLayerNormalization().build((None, 4, 4, None))


@pytest.mark.golden
@pytest.mark.parametrize("file", ["iln", "iln_small_variance"])
def test_ugatit_layer_instance_normalization_is_reproduced(file):
    assert_layer_is_reproduced(
        file, lambda channels: InstanceLayerNormalization(), norm_entries
    )
