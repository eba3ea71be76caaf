import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
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
    arrays = load("ugatit", file)
    x = tf.constant(nhwc(arrays["in/x"]))
    gamma, beta = (
        tf.constant(arrays[f"in/{key}"]) for key in ("gamma", "beta")
    )
    layer = AdaptiveLayerInstanceNormalization()
    layer.build(x.shape)
    entries = norm_entries(layer, "")
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, gamma, beta])
        y = layer(x, gamma, beta)
        target = tf.reduce_sum(y * nhwc(arrays["in/cotangent"]))
    assert_close(nchw(y), arrays["out/y"], 1e-5)
    assert_close(target, arrays["out/scalar"], 1e-5)
    expected = group(arrays, "grad")
    assert_close(nchw(tape.gradient(target, x)), expected.pop("x"), 5e-5)
    for style, name in ((gamma, "gamma"), (beta, "beta")):
        gradient = tape.gradient(target, style)
        assert_close(gradient, expected.pop(name), 5e-5, name)
    assert_gradients(published_gradients(entries, tape, target), expected, 5e-5)
