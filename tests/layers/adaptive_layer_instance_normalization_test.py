import numpy as np
import pytest
import tensorflow as tf

from tests.models.ugatit.published_networks import assert_layer_is_reproduced
from tests.test_case import TestCase
from tfragan.convert.ugatit_weights import norm_entries
from tfragan.layers.adaptive_layer_instance_normalization import (
    AdaptiveLayerInstanceNormalization,
)


def normal(*shape, seed=0):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype("float32")


def inputs(batch=2):
    return [
        normal(batch, 4, 5, 3),
        normal(batch, 3, seed=1),
        normal(batch, 3, seed=2),
    ]


class TestAdaptiveLayerInstanceNormalization(TestCase):
    @pytest.mark.parametrize("smoothing", [0.0, 0.1])
    def test_contract(self, smoothing):
        self.run_layer_test(
            AdaptiveLayerInstanceNormalization,
            {"unbiased": False, "smoothing": smoothing, "initial_rho": 0.5},
            input_data=dict(
                zip(("inputs", "gamma", "beta"), inputs(), strict=True)
            ),
            expected_output_shape=(2, 4, 5, 3),
            expected_trainable_weights=1,
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            AdaptiveLayerInstanceNormalization, inputs(5), mirrored, split=2
        )

    def test_smoothing_lowers_rho_and_stops_its_gradient_below(self):
        x, gamma, beta = inputs()
        smooth = AdaptiveLayerInstanceNormalization(smoothing=0.1)
        plain = AdaptiveLayerInstanceNormalization()
        for layer in (smooth, plain):
            layer.build(x.shape)
        smooth.rho.assign([1.0, 0.05, 0.5])
        plain.rho.assign([0.9, 0.0, 0.4])
        with tf.GradientTape() as tape:
            y = smooth(x, gamma, beta)
            target = tf.reduce_sum(y * normal(*y.shape, seed=3))
        np.testing.assert_allclose(y, plain(x, gamma, beta), atol=1e-6)
        gradient = tape.gradient(target, smooth.rho.value).numpy()
        np.testing.assert_array_equal(gradient != 0.0, [True, False, True])

    def test_each_sample_has_its_own_scale_and_shift(self):
        x, gamma, beta = inputs()
        layer = AdaptiveLayerInstanceNormalization()
        both = layer(x, gamma, beta)
        np.testing.assert_array_equal(
            both[1:], layer(x[1:], gamma[1:], beta[1:])
        )


@pytest.mark.golden
@pytest.mark.parametrize("file", ["adalin", "adalin_small_variance"])
def test_ugatit_adaptive_normalization_is_reproduced(file):
    assert_layer_is_reproduced(
        file,
        lambda channels: AdaptiveLayerInstanceNormalization(),
        norm_entries,
        styles=("gamma", "beta"),
    )
