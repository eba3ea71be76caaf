import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.layers.second_order import penalty
from tests.layers.second_order import relative_penalty_errors
from tests.replica_contract import replica_values
from tests.test_case import TestCase
from tfragan.layers.batch_normalization import BatchNormalization


def images(shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def normalized(x, epsilon=1e-5):
    axes = tuple(range(x.ndim - 1))
    return (x - x.mean(axes)) / np.sqrt(x.var(axes) + epsilon)


class TestBatchNormalization(TestCase):
    @pytest.mark.parametrize("shape", [(4, 3), (2, 5, 3), (2, 4, 5, 3)])
    def test_contract(self, shape):
        self.run_layer_test(
            BatchNormalization,
            {"momentum": 0.8, "epsilon": 1e-3},
            input_shapes=shape,
            expected_output_shape=shape,
            expected_trainable_weights=2,
            expected_non_trainable_weights=2,
        )

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_training_normalizes_by_the_batch(self, dtype):
        x = 3.0 + 2.0 * images((3, 4, 5, 2), dtype=dtype)
        layer = BatchNormalization(gamma_initializer="ones", dtype=dtype)
        y = layer(x, training=True)
        np.testing.assert_allclose(y, normalized(x), atol=1e-5)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_the_moving_variance_takes_the_unbiased_estimate(self, dtype):
        x = 1.0 + images((3, 2, 2, 2), dtype=dtype)
        layer = BatchNormalization(momentum=0.75, dtype=dtype)
        layer(x, training=True)
        axes = (0, 1, 2)
        biased, unbiased = x.var(axes), x.var(axes, ddof=1)
        np.testing.assert_allclose(
            layer.moving_mean.numpy(), 0.25 * x.mean(axes), rtol=1e-5
        )
        got = layer.moving_variance.numpy()
        np.testing.assert_allclose(got, 0.75 + 0.25 * unbiased, rtol=1e-5)
        assert np.abs(got - (0.75 + 0.25 * biased)).min() > 1e-3

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("training", [True, False])
    def test_without_scale_and_shift_it_only_normalizes(self, dtype, training):
        plain = BatchNormalization(affine=False, dtype=dtype)
        affine = BatchNormalization(dtype=dtype)
        inputs = np.random.default_rng(0).normal(2.0, 3.0, (5, 4, 3, 2))
        expected = affine(inputs.astype(dtype), training=training)
        found = plain(inputs.astype(dtype), training=training)
        np.testing.assert_array_equal(found, expected)
        assert not plain.trainable_weights
        assert len(plain.non_trainable_weights) == 2

    def test_inference_uses_the_moving_statistics_and_keeps_them(self):
        layer = BatchNormalization(epsilon=0.0)
        x = images((3, 4, 4, 2))
        layer.build(x.shape)
        layer.gamma.assign([2.0, 1.0])
        layer.beta.assign([0.0, 5.0])
        layer.moving_mean.assign([1.0, -1.0])
        layer.moving_variance.assign([4.0, 9.0])
        before = layer.get_weights()
        for part in (x, x[:1]):
            y = layer(part, training=False)
            np.testing.assert_allclose(y[..., 0], part[..., 0] - 1.0, atol=1e-5)
            np.testing.assert_allclose(
                y[..., 1], (part[..., 1] + 1.0) / 3.0 + 5.0, atol=1e-5
            )
        for one, other in zip(before, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_a_frozen_layer_keeps_its_statistics(self):
        layer = BatchNormalization()
        layer.trainable = False
        x = 5.0 + images((4, 4, 4, 2))
        y = layer(x, training=True)
        np.testing.assert_allclose(y, x, atol=1e-4)
        assert not layer.moving_mean.numpy().any()

    def test_a_frozen_layer_may_do_what_training_says(self):
        layer = BatchNormalization(frozen_by_trainable=False)
        layer.trainable = False
        x = 5.0 + images((4, 4, 4, 2))
        y = layer(x, training=True)
        np.testing.assert_allclose(y, normalized(x), atol=1e-5)
        assert np.abs(layer.moving_mean.numpy()).min() > 0.1

    @pytest.mark.parametrize("split", [2, 1, 4])
    def test_replicas_equal_one_device(self, mirrored, split):
        x = images((5, 3, 3, 2)) * np.arange(1, 6).reshape(5, 1, 1, 1)
        single, double = self.run_layer_replica_test(
            BatchNormalization, x.astype("float32"), mirrored, split=split
        )
        axes = (0, 1, 2)
        for layer in (single, double):
            np.testing.assert_allclose(
                layer.moving_variance.numpy(),
                0.9 + 0.1 * x.var(axes, ddof=1),
                rtol=1e-5,
            )

    def test_replicas_may_normalize_each_by_itself(self, mirrored):
        x = images((4, 3, 3, 2)).astype("float32")
        x[2:] *= 5.0
        with mirrored.scope():
            layer = BatchNormalization()
            layer.build(x.shape)
        layer.synchronized = False
        halves = [x[:2], x[2:]]
        parts = mirrored.experimental_distribute_values_from_function(
            lambda context: tf.constant(
                halves[context.replica_id_in_sync_group]
            )
        )
        y = mirrored.run(lambda part: layer(part, training=True), args=(parts,))
        for got, half in zip(
            mirrored.experimental_local_results(y), halves, strict=True
        ):
            np.testing.assert_allclose(got, normalized(half), atol=1e-5)
        variance = np.mean([half.var((0, 1, 2), ddof=1) for half in halves], 0)
        for moving in replica_values(mirrored, layer.moving_variance):
            np.testing.assert_allclose(moving, 0.9 + 0.1 * variance, 1e-5)

    def test_replicas_equal_one_device_on_flat_features(self, mirrored):
        self.run_layer_replica_test(
            BatchNormalization, images((7, 3)), mirrored, split=3
        )

    def test_a_large_mean_costs_few_digits(self, mirrored):
        x = 100.0 + 0.1 * images((4, 16, 16, 1), dtype="float64")
        expected = normalized(x)
        y = BatchNormalization()(x.astype("float32"), training=True)
        np.testing.assert_allclose(y, expected, atol=0.01)
        single, double = self.run_layer_replica_test(
            BatchNormalization, x.astype("float32"), mirrored, tolerance=1e-3
        )
        del single
        variance = 0.9 + 0.1 * x.var(ddof=1)
        np.testing.assert_allclose(
            double.moving_variance.numpy(), [variance], rtol=1e-5
        )

    def test_a_single_value_in_a_channel_is_finite(self):
        layer = BatchNormalization()
        y = layer(images((1, 3)), training=True)
        np.testing.assert_allclose(y, 0.0, atol=1e-6)
        assert np.isfinite(layer.moving_variance.numpy()).all()

    @pytest.mark.parametrize("training", [False, True])
    def test_second_order_gradient_is_exact(self, training):
        layer = BatchNormalization(epsilon=1e-2, dtype="float64")
        x, cotangent = images((2, 3, 2, 2, 2), dtype="float64")
        layer(x)
        errors = relative_penalty_errors(layer, x, cotangent, training=training)
        assert max(errors) < 1e-5, errors

    def test_second_order_gradient_of_the_fused_kernel_is_right(self):
        # Finite differences of float32 are too coarse; float64 has no kernel.
        gradients = []
        for dtype in ("float32", "float64"):
            layer = BatchNormalization(epsilon=1e-2, dtype=dtype)
            x, cotangent = images((2, 3, 4, 4, 2)).astype(dtype)
            x = tf.constant(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = penalty(layer, x, cotangent, training=True)
            gradients.append(tape.gradient(loss, x))
        assert_close(*gradients, 1e-5)

    def test_unknown_channels_are_refused(self):
        with pytest.raises(ValueError, match="last axis"):
            BatchNormalization().build((None, 4, 4, None))

    def test_mixed_precision_takes_statistics_in_float32(self):
        x = (300.0 + images((4, 8, 8, 2))).astype("float16")
        layer = BatchNormalization(dtype="mixed_float16")
        y = layer(tf.constant(x), training=True)
        assert y.dtype == tf.float16
        expected = normalized(x.astype("float64"))
        np.testing.assert_allclose(y, expected, atol=0.01)
