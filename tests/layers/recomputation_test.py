import numpy as np
import pytest
import tensorflow as tf

from tests.layers.kept_tensors import kept_for_gradient
from tfragan.layers.recomputation import recompute


def normal(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).standard_normal(shape))


def steep(x, y):
    return tf.tanh(tf.exp(0.3 * x) * y)


def pair(x, y):
    return steep(x, y), tf.square(x)


@pytest.mark.parametrize("function", [steep, pair])
@pytest.mark.parametrize("graph", [False, True])
def test_first_and_second_gradients_are_the_same(function, graph):
    sources = [normal(3, 4), normal(3, 4, seed=1)]

    def gradients(call):
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                outputs = tf.nest.flatten(call(*sources))
                total = tf.add_n([tf.reduce_sum(tf.sin(o)) for o in outputs])
            first = inner.gradient(total, sources)
            penalty = tf.add_n([tf.reduce_sum(tf.square(g)) for g in first])
        return outputs, first, outer.gradient(penalty, sources)

    def again():
        return gradients(lambda *sources: recompute(function, *sources))

    got = tf.function(again)() if graph else again()
    for one, other in zip(
        tf.nest.flatten(got),
        tf.nest.flatten(gradients(function)),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_an_argument_without_influence_has_a_zero_gradient():
    x, y = normal(3), normal(3, seed=1)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        result = recompute(lambda x, y: 2.0 * x, x, y)
    by_x, by_y = tape.gradient(result, [x, y])
    np.testing.assert_array_equal(by_x, [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(by_y, [0.0, 0.0, 0.0])


def test_only_the_arguments_are_kept_for_the_gradient():
    x, y = normal(3, 4), normal(3, 4, seed=1)

    def large(call):
        kept = kept_for_gradient(call, [x, y], x)
        return {name for name, shape in kept.items() if shape == x.shape}

    assert large(lambda x, y: recompute(steep, x, y)) == {"input 0", "input 1"}
    assert len(large(steep)) == 3
