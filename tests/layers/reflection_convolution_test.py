import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.kept_tensors import kept_for_gradient
from tests.layers.second_order import relative_penalty_errors
from tests.test_case import TestCase
from tfragan.layers.reflection_convolution import ReflectionConvolution
from tfragan.layers.reflection_padding import ReflectionPadding


def images(*shape, seed=0, dtype="float32"):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype(dtype)


class TestReflectionConvolution(TestCase):
    @pytest.mark.parametrize(
        ("kwargs", "shape"),
        [
            ({"kernel_size": 3}, (2, 6, 5, 4)),
            ({"kernel_size": 3, "strides": 2}, (2, 3, 3, 4)),
            ({"kernel_size": 4, "reflection": (1, 2)}, (2, 6, 5, 4)),
            ({"kernel_size": 7, "reflection": 3}, (2, 6, 5, 4)),
        ],
    )
    def test_contract(self, kwargs, shape):
        self.run_layer_test(
            ReflectionConvolution,
            {"filters": 4, **kwargs},
            input_shapes=(2, 6, 5, 3),
            expected_output_shape=shape,
            expected_trainable_weights=2,
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            lambda: ReflectionConvolution(4, 3),
            images(5, 4, 4, 3),
            mirrored,
            split=2,
        )

    @pytest.mark.parametrize(
        ("kernel_size", "strides", "reflection", "block"),
        [
            (3, 1, 1, 1),
            (3, 2, 1, 1),
            (4, 2, 1, 1),
            (4, 1, (1, 2), 1),
            (7, 1, 3, 1),
            (7, 1, 3, 2),
            (4, 1, (1, 2), 4),
        ],
    )
    def test_it_equals_padding_and_convolving(
        self, kernel_size, strides, reflection, block
    ):
        x = tf.constant(images(2, 8, 7 if block == 1 else 4, 3))
        layer = ReflectionConvolution(
            4, kernel_size, reflection, block, strides=strides
        )
        layer.build(x.shape)
        plain = keras.layers.Conv2D(4, kernel_size, strides=strides)
        padding = ReflectionPadding(reflection)
        plain.build(padding.compute_output_shape(x.shape))
        plain.set_weights(layer.get_weights())
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            got, expected = layer(x), plain(padding(x))
        np.testing.assert_allclose(got, expected, atol=1e-5)
        cotangent = images(*got.shape, seed=1)
        for one, other in (
            (x, x),
            (layer.kernel.value, plain.kernel.value),
            (layer.bias.value, plain.bias.value),
        ):
            np.testing.assert_allclose(
                tape.gradient(got, one, cotangent),
                tape.gradient(expected, other, cotangent),
                atol=1e-4,
            )

    @pytest.mark.parametrize("kwargs", [{"strides": 2}, {"block": 5}])
    def test_second_order_gradient_is_exact(self, kwargs):
        layer = ReflectionConvolution(2, 4, dtype="float64", **kwargs)
        x = images(1, 6, 6, 2, dtype="float64")
        cotangent = images(*layer(x).shape, seed=1, dtype="float64")
        errors = relative_penalty_errors(layer, x, cotangent)
        assert len(errors) == 3
        assert max(errors) < 1e-6, errors

    def test_the_padded_image_is_not_kept_for_the_gradient(self):
        layer = ReflectionConvolution(2, 3)
        x = tf.constant(images(1, 6, 7, 3))
        layer.build(x.shape)
        kept = kept_for_gradient(layer, [x], tf.ones((1, 6, 7, 2)))
        assert kept["input 0"] == x.shape
        assert (1, 8, 9, 3) not in kept.values()

    def test_wrong_arguments_are_refused(self):
        with pytest.raises(ValueError, match="no other padding"):
            ReflectionConvolution(4, 3, padding="same")
        with pytest.raises(ValueError, match="one or two numbers"):
            ReflectionConvolution(4, 3, reflection=-1)
        with pytest.raises(ValueError, match="block=2, strides"):
            ReflectionConvolution(4, 3, block=2, strides=2)
        with pytest.raises(ValueError, match="6 x 5.*blocks of 2 x 2"):
            ReflectionConvolution(4, 3, block=2)(images(1, 6, 5, 3))
        with pytest.raises(ValueError, match="1 x 9 is too small"):
            ReflectionConvolution(4, 3).build((None, 1, 9, 3))
