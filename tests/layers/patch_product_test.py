import numpy as np
import pytest
import tensorflow as tf

from tests.layers.kept_tensors import kept_for_gradient
from tests.layers.second_order import first_and_second_gradients
from tfragan.layers import patch_product
from tfragan.layers.patch_product import is_better_as_product
from tfragan.layers.reflection_convolution import ReflectionConvolution


def normal(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).standard_normal(shape))


@pytest.mark.parametrize(
    ("height", "width", "taps", "step"),
    [(5, 6, 3, 1), (6, 8, 4, 2), (7, 5, 3, 2), (4, 4, 4, 1)],
)
def test_it_is_the_convolution_to_the_second_order(height, width, taps, step):
    sources = [normal(2, height, width, 3), normal(taps, taps, 3, 4, seed=1)]
    got, expected = (
        first_and_second_gradients(convolve, sources)
        for convolve in (
            lambda x, k: patch_product.patch_product(x, k, step),
            lambda x, k: tf.nn.conv2d(x, k, step, "VALID"),
        )
    )
    for one, other in zip(
        tf.nest.flatten(got), tf.nest.flatten(expected), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_only_large_kernels_on_small_maps_of_known_size_are_products():
    kernel = tf.zeros((4, 4, 256, 1024))

    def better(*shape, kernel=kernel, dtype=tf.float32):
        images = tf.keras.Input(shape, dtype=dtype)
        return is_better_as_product(images, kernel, 1, most_positions=64)

    assert better(11, 11, 256)
    assert not better(11, 12, 256)
    assert not better(None, 11, 256)
    assert not better(11, 11, 256, dtype=tf.bfloat16)
    assert not better(11, 11, 256, kernel=kernel[:2])


def test_a_reflected_convolution_uses_it(monkeypatch):
    layer = ReflectionConvolution(4, 4)
    x = tf.cast(normal(2, 8, 8, 3), tf.float32)
    expected = layer(x)
    monkeypatch.setattr(patch_product, "_WEIGHTS", 1)
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    kept = kept_for_gradient(layer, [x], tf.ones(expected.shape))
    # Neither the padded image nor its patches.
    assert max(np.prod(shape) for shape in kept.values()) == np.prod(x.shape)
