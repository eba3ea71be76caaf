import numpy as np
import pytest
import tensorflow as tf

from tests.layers.kept_tensors import kept_for_gradient
from tfragan.layers.channel_normalization import layer_instance_coefficients
from tfragan.layers.channel_normalization import normalize_channels


def normal(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).standard_normal(shape))


def layer_instance(x, rho, gamma, beta, unbiased, epsilon=1e-5):
    """The formula as it is published, without any short cut."""

    def normalized(axes):
        mean = tf.reduce_mean(x, axes, keepdims=True)
        squares = tf.square(x - mean)
        count = tf.cast(tf.size(x[0]), x.dtype)
        if 3 not in axes:
            count /= x.shape[-1]
        variance = tf.reduce_sum(squares, axes, keepdims=True)
        variance /= count - (1.0 if unbiased else 0.0)
        return (x - mean) / tf.sqrt(variance + epsilon)

    mixed = rho * normalized([1, 2]) + (1.0 - rho) * normalized([1, 2, 3])
    return gamma * mixed + beta


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("style", [(5,), (2, 1, 1, 5)])
def test_layer_instance_normalization_is_the_published_formula(unbiased, style):
    x = 3.0 + normal(2, 3, 4, 5)
    parameters = [
        tf.random.stateless_uniform((5,), (0, 1), dtype=x.dtype),
        normal(*style, seed=1),
        normal(*style, seed=2),
    ]
    cotangent = normal(2, 3, 4, 5, seed=3)
    coefficients = layer_instance_coefficients(1e-5, unbiased)
    sources = [x, *parameters]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(sources)
        got = normalize_channels(x, coefficients, *parameters, dtype=x.dtype)
        expected = layer_instance(x, *parameters, unbiased)
    np.testing.assert_allclose(got, expected, rtol=1e-10)
    for source in sources:
        np.testing.assert_allclose(
            tape.gradient(got, source, cotangent),
            tape.gradient(expected, source, cotangent),
            rtol=1e-9,
            atol=1e-12,
        )


def test_the_gradient_can_be_differentiated():
    x, gamma, beta = normal(2, 3, 4, 5), normal(5, seed=1), normal(5, seed=2)
    rho = tf.random.stateless_uniform((5,), (0, 1), dtype=x.dtype)
    coefficients = layer_instance_coefficients(1e-5, True)
    sources = [x, rho, gamma, beta]
    cotangent = normal(2, 3, 4, 5, seed=3)

    def penalty_gradients(function):
        with tf.GradientTape() as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(x)
                # A scale makes the gradient at the input differ from zero.
                score = tf.reduce_sum(tf.tanh(function(x * x)) * cotangent)
            penalty = tf.reduce_sum(tf.square(inner.gradient(score, x)))
        return outer.gradient(penalty, sources)

    got = penalty_gradients(
        lambda x: normalize_channels(
            x, coefficients, rho, gamma, beta, dtype=x.dtype
        )
    )
    expected = penalty_gradients(
        lambda x: layer_instance(x, rho, gamma, beta, True)
    )
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
def test_only_the_input_is_kept_for_the_gradient(dtype):
    x = tf.zeros((2, 3, 4, 5), dtype)
    coefficients = layer_instance_coefficients(1e-5, True)
    kept = kept_for_gradient(
        lambda x: normalize_channels(x, coefficients, 0.5, 1.0, 0.0), [x], x
    )
    assert [name for name in kept if kept[name] == x.shape] == ["input 0"]


def test_few_digits_of_the_input_do_not_spoil_its_statistics():
    x = tf.cast(100.0 + normal(1, 64, 64, 2), tf.bfloat16)
    coefficients = layer_instance_coefficients(1e-5, True)
    one = tf.ones(())
    y = normalize_channels(x, coefficients, one, one, 0.0 * one)
    assert y.dtype == tf.bfloat16
    exact = tf.cast(x, tf.float64).numpy()
    exact = (exact - exact.mean((1, 2))) / exact.std((1, 2))
    np.testing.assert_allclose(tf.cast(y, tf.float64), exact, atol=0.02)
