import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.second_order import relative_penalty_errors
from tests.test_case import TestCase
from tfragan.layers.spectral_normalization import SpectralNormalization


def images(shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def convolution(dtype=None, **kwargs):
    return keras.layers.Conv2D(
        4, 3, strides=2, padding="same", dtype=dtype, name="inner", **kwargs
    )


def used_matrix(layer, inputs_dim):
    """The matrix that a wrapped Dense layer without bias multiplies with."""
    return layer(np.eye(inputs_dim, dtype="float32")).numpy()


class TestSpectralNormalization(TestCase):
    @pytest.mark.parametrize("overwrite_kernel", [False, True])
    def test_contract(self, overwrite_kernel):
        self.run_layer_test(
            SpectralNormalization,
            lambda policy: {
                "layer": convolution(policy),
                "power_iterations": 2,
                "overwrite_kernel": overwrite_kernel,
            },
            input_shapes=(2, 6, 6, 3),
            expected_output_shape=(2, 3, 3, 4),
            expected_trainable_weights=2,
            expected_non_trainable_weights=1 if overwrite_kernel else 2,
        )

    @pytest.mark.parametrize("overwrite_kernel", [False, True])
    def test_replicas_equal_one_device(self, mirrored, overwrite_kernel):
        self.run_layer_replica_test(
            lambda: SpectralNormalization(
                convolution(), overwrite_kernel=overwrite_kernel
            ),
            images((5, 6, 6, 3)),
            mirrored,
            split=2,
        )

    @pytest.mark.parametrize(
        "make",
        [
            lambda: keras.layers.Dense(5),
            lambda: keras.layers.Conv1D(5, 3),
            lambda: keras.layers.Conv2D(5, 3),
            lambda: keras.layers.Conv2DTranspose(5, 3),
            lambda: keras.layers.DepthwiseConv2D(3, depth_multiplier=2),
        ],
    )
    def test_the_kernel_used_has_spectral_norm_one(self, make):
        layer = SpectralNormalization(make(), power_iterations=200)
        rank = 3 if "1D" in type(layer.layer).__name__ else 4
        x = images((2, 4, 4, 6)[4 - rank :])
        expected = layer(x, training=True)
        kernel = layer.layer.kernel.numpy()
        norm = np.linalg.norm(layer._matrix(kernel).numpy(), 2)
        plain = layer.layer
        plain.kernel.assign(kernel / norm)
        np.testing.assert_allclose(plain(x), expected, atol=1e-5)

    def test_power_iterations_find_the_largest_singular_value(self):
        layer = SpectralNormalization(keras.layers.Dense(7, use_bias=False))
        layer.build((None, 5))
        for _ in range(100):
            layer(images((1, 5)), training=True)
        assert np.linalg.norm(used_matrix(layer, 5), 2) == pytest.approx(1.0)
        stored = layer.layer.kernel.numpy()
        assert np.linalg.norm(stored, 2) != pytest.approx(1.0, rel=1e-2)
        for vector in (layer.u, layer.v):
            assert np.linalg.norm(vector.numpy()) == pytest.approx(1.0)

    def test_inference_changes_nothing_and_equals_the_last_training(self):
        layer = SpectralNormalization(convolution())
        x = images((2, 6, 6, 3))
        trained = layer(x, training=True)
        before = layer.get_weights()
        np.testing.assert_array_equal(layer(x, training=False), trained)
        for one, other in zip(before, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_inference_before_training_is_normalized_already(self):
        layer = SpectralNormalization(
            keras.layers.Dense(
                8, use_bias=False, kernel_initializer="orthogonal"
            )
        )
        layer.layer.kernel_initializer.gain = 30.0
        layer.build((None, 8))
        assert np.linalg.norm(layer.layer.kernel.numpy(), 2) > 29.0
        norm = np.linalg.norm(used_matrix(layer, 8), 2)
        assert norm == pytest.approx(1.0, rel=1e-4)

    def test_training_in_a_graph_equals_eager(self):
        x = images((2, 6, 6, 3))
        eager = SpectralNormalization(convolution())
        eager.build(x.shape)
        other = SpectralNormalization(convolution())
        other.build(x.shape)
        other.set_weights(eager.get_weights())
        graph = tf.function(lambda x: other(x, training=True))
        for _ in range(3):
            np.testing.assert_allclose(
                graph(x), eager(x, training=True), atol=1e-6
            )
        np.testing.assert_allclose(eager.u.numpy(), other.u.numpy(), atol=1e-6)

    def test_built_inside_a_graph_and_a_strategy(self, mirrored):
        with mirrored.scope():
            layer = SpectralNormalization(convolution())
            layer.build((None, 6, 6, 3))
        kernel = layer._matrix(layer.layer.kernel.numpy()).numpy()
        v = kernel @ layer.u.numpy()
        np.testing.assert_allclose(
            layer.v.numpy(), v / np.linalg.norm(v), atol=1e-6
        )

    def test_the_gradient_is_that_of_w_over_sigma(self):
        layer = SpectralNormalization(keras.layers.Dense(4, use_bias=False))
        x, cotangent = images((6, 5)), images((6, 4), 1)
        layer(x, training=True)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) * cotangent)
        got = tape.gradient(loss, layer.layer.kernel.value).numpy()

        w, u, v = (
            variable.numpy()
            for variable in (layer.layer.kernel, layer.u, layer.v)
        )
        sigma = v @ w @ u
        plain = x.T @ cotangent
        expected = plain / sigma
        expected -= (plain * w).sum() / sigma**2 * np.outer(v, u)
        np.testing.assert_allclose(got, expected, atol=1e-5)

    @pytest.mark.parametrize(
        ("make", "shape"),
        [
            (lambda: keras.layers.Dense(3, dtype="float64"), (2, 4)),
            (
                lambda: keras.layers.Conv2D(3, 3, dtype="float64"),
                (2, 5, 5, 2),
            ),
            (
                lambda: keras.layers.Conv2DTranspose(3, 3, dtype="float64"),
                (2, 3, 3, 2),
            ),
        ],
    )
    def test_second_order_gradient_is_exact(self, make, shape):
        layer = SpectralNormalization(make())
        x = images(shape, dtype="float64")
        cotangent = images(layer(x, training=True).shape, 1, "float64")
        # u and v are constants of the gradient, so they have to stand still.
        errors = relative_penalty_errors(layer, x, cotangent, training=False)
        assert len(errors) == 3
        assert max(errors) < 1e-6, errors

    @pytest.mark.parametrize("keep_v", [True, False])
    def test_two_passes_equal_one_after_the_other(self, keep_v):
        real, fake = images((2, 6, 6, 3)), images((2, 6, 6, 3), 1)
        single, joint = (
            SpectralNormalization(convolution(), keep_v=keep_v)
            for _ in range(2)
        )
        for layer in (single, joint):
            layer.build(real.shape)
        joint.set_weights(single.get_weights())
        cotangent = images((4, 3, 3, 4), 2)
        with tf.GradientTape(persistent=True) as tape:
            expected = tf.concat(
                [single(x, training=True) for x in (real, fake)], 0
            )
            both = tf.concat([real, fake], 0)
            got = joint(both, training=True, passes=2)
        np.testing.assert_allclose(got, expected, atol=1e-5)
        np.testing.assert_allclose(
            tape.gradient(got, joint.kernel.value, cotangent),
            tape.gradient(expected, single.kernel.value, cotangent),
            atol=1e-4,
        )
        for one, other in zip(single.weights, joint.weights, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())
        np.testing.assert_allclose(
            joint(both, passes=2),
            tf.concat([single(x) for x in (real, fake)], 0),
            atol=1e-5,
        )

    def test_without_v_inference_takes_it_from_u(self):
        layer = SpectralNormalization(
            keras.layers.Dense(4, use_bias=False), keep_v=False
        )
        x = images((2, 5))
        layer(x, training=True)
        assert [w.name for w in layer.non_trainable_weights] == ["u"]
        layer.kernel.assign(2.0 * layer.kernel)
        matrix, u = layer.kernel.numpy(), layer.u.numpy()
        expected = x @ matrix / np.linalg.norm(matrix @ u)
        np.testing.assert_allclose(layer(x), expected, atol=1e-5)

    def test_mixed_precision_keeps_all_digits_of_the_kernel(self):
        for overwrite_kernel in (False, True):
            layer = SpectralNormalization(
                convolution("mixed_bfloat16"),
                power_iterations=50,
                overwrite_kernel=overwrite_kernel,
            )
            x = images((2, 6, 6, 3))
            outer = keras.Sequential([layer], name="outer")
            outer.dtype_policy = "mixed_bfloat16"
            layer.build(x.shape)
            kernel = layer.layer.kernel.numpy()
            assert outer(x, training=True).dtype == tf.bfloat16
            if overwrite_kernel:
                norm = np.linalg.norm(layer._matrix(kernel).numpy(), 2)
                np.testing.assert_allclose(
                    layer.layer.kernel.numpy(), kernel / norm, rtol=1e-4
                )
            else:
                np.testing.assert_array_equal(
                    layer.layer.kernel.numpy(), kernel
                )

    def test_wrong_arguments_are_refused(self):
        with pytest.raises(ValueError, match="power_iterations=0"):
            SpectralNormalization(convolution(), power_iterations=0)
        with pytest.raises(ValueError, match="dtype=mixed_bfloat16"):
            SpectralNormalization(convolution(), dtype="mixed_bfloat16")
        layer = SpectralNormalization(convolution())
        with pytest.raises(ValueError, match="3 has no 2 equal parts"):
            layer(images((3, 6, 6, 3)), training=True, passes=2)
        layer = SpectralNormalization(convolution(), overwrite_kernel=True)
        with pytest.raises(ValueError, match="one pass"):
            layer(images((2, 6, 6, 3)), training=True, passes=2)
        layer = SpectralNormalization(keras.layers.LayerNormalization())
        with pytest.raises(ValueError, match="must have a kernel"):
            layer.build((None, 4))
