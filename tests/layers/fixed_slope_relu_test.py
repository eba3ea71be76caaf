import numpy as np
import pytest
import tensorflow as tf

from tfragan.layers.fixed_slope_relu import fixed_slope_relu


@pytest.mark.parametrize("slope", [0.2, 0.0])
def test_it_is_a_leaky_relu_with_its_gradient(slope):
    x = tf.constant(np.random.default_rng(0).standard_normal((4, 5)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = fixed_slope_relu(x, slope)
        expected = tf.nn.leaky_relu(x, slope)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    np.testing.assert_allclose(
        tape.gradient(y, x), tape.gradient(expected, x), atol=1e-12
    )


def test_the_slope_at_zero_is_the_lower_one():
    x = tf.zeros((1,))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = fixed_slope_relu(x)
    assert float(tape.gradient(y, x)[0]) == pytest.approx(0.2)


def test_no_second_derivative_runs_back_through_it():
    x = tf.constant([1.0, -2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = fixed_slope_relu(x)
        slope = inner.gradient(y, x)
    assert outer.gradient(slope, x) is None


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_it_keeps_the_dtype(dtype):
    assert fixed_slope_relu(tf.ones((2,), dtype)).dtype == dtype
