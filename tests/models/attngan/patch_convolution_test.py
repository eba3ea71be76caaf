import keras
import numpy as np
import pytest
import tensorflow as tf

from tfragan.layers import patch_product
from tfragan.models.attngan.attngan_layers import PatchConvolution


def images(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def layer(size, channels, **kwargs):
    convolution = PatchConvolution(5, padding="same", use_bias=False, **kwargs)
    convolution.build((None, size, size, channels))
    return convolution


def operations(convolution, shape):
    function = tf.function(lambda x: convolution(x), autograph=False)
    graph = function.get_concrete_function(tf.TensorSpec(shape)).graph
    return {operation.type for operation in graph.get_operations()}


class TestPatchConvolution:
    @pytest.fixture(autouse=True)
    def _any_kernel_is_large(self, monkeypatch):
        monkeypatch.setattr(patch_product, "_WEIGHTS", 1)

    def test_it_comes_back_from_its_config(self):
        convolution = layer(4, 3, kernel_size=3)
        config = keras.saving.serialize_keras_object(convolution)
        copy = keras.saving.deserialize_keras_object(config)
        assert type(copy) is PatchConvolution
        assert copy.get_config() == convolution.get_config()

    @pytest.mark.parametrize(
        ("size", "kernel_size", "strides"), [(8, 4, 2), (4, 3, 1), (2, 1, 1)]
    )
    def test_it_equals_the_convolution(self, size, kernel_size, strides):
        convolution = layer(size, 3, kernel_size=kernel_size, strides=strides)
        x = tf.constant(images((2, size, size, 3)))
        assert "Conv2D" not in operations(convolution, x.shape)
        kernel = convolution.kernel.value
        cotangent = images(convolution(x).shape, 1)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            got = convolution(x)
            expected = tf.nn.conv2d(x, kernel, strides, "SAME")
        np.testing.assert_allclose(got, expected, atol=1e-5)
        for source in (x, kernel):
            np.testing.assert_allclose(
                tape.gradient(got, source, cotangent),
                tape.gradient(expected, source, cotangent),
                atol=1e-5,
            )

    @pytest.mark.parametrize(
        ("size", "kernel_size", "strides"), [(16, 4, 2), (8, 3, 1), (4, 4, 1)]
    )
    def test_larger_maps_and_uneven_borders_stay_convolutions(
        self, size, kernel_size, strides
    ):
        convolution = layer(size, 3, kernel_size=kernel_size, strides=strides)
        found = operations(convolution, (2, size, size, 3))
        assert "Conv2D" in found

    def test_small_kernels_stay_convolutions(self, monkeypatch):
        monkeypatch.setattr(patch_product, "_WEIGHTS", 136)
        convolution = layer(4, 3, kernel_size=3)
        assert "Conv2D" in operations(convolution, (2, 4, 4, 3))
        monkeypatch.setattr(patch_product, "_WEIGHTS", 135)
        assert "MatMul" in operations(convolution, (2, 4, 4, 3))

    def test_half_precision_stays_a_convolution(self):
        convolution = layer(
            4, 3, kernel_size=3, dtype=keras.DTypePolicy("mixed_bfloat16")
        )
        assert "Conv2D" in operations(convolution, (2, 4, 4, 3))
