import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.kept_tensors import kept_for_gradient
from tests.layers.second_order import first_and_second_gradients
from tfragan.layers import AdaptiveLayerInstanceNormalization
from tfragan.layers import ClassActivationMap
from tfragan.layers import ResidualBlock
from tfragan.layers.recomputation import recompute
from tfragan.layers.recomputation import recomputed

PARTS = {
    "one tensor": lambda: ResidualBlock(3, use_bias=True, affine=True),
    "several outputs": ClassActivationMap,
    "several inputs": AdaptiveLayerInstanceNormalization,
}


def normal(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).standard_normal(shape))


def singles(*shape, seed=0):
    return tf.cast(normal(*shape, seed=seed), "float32")


def steep(x, y):
    return tf.tanh(tf.exp(0.3 * x) * y)


def pair(x, y):
    return steep(x, y), tf.square(x)


@pytest.mark.parametrize("function", [steep, pair])
@pytest.mark.parametrize("graph", [False, True])
def test_first_and_second_gradients_are_the_same(function, graph):
    sources = [normal(3, 4), normal(3, 4, seed=1)]

    def again():
        return first_and_second_gradients(
            lambda *sources: recompute(function, *sources), sources
        )

    got = tf.function(again)() if graph else again()
    expected = first_and_second_gradients(function, sources)
    for one, other in zip(
        tf.nest.flatten(got), tf.nest.flatten(expected), strict=True
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


def inputs_of(kind):
    inputs = [singles(2, 4, 5, 3)]
    if kind == "several inputs":
        inputs += [singles(2, 3, seed=1), singles(2, 3, seed=2)]
    return inputs


def layer_gradients(call, part, inputs):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = call(part, *inputs)
        target = tf.add_n(
            [
                tf.reduce_sum(
                    tf.cast(output, tf.float32)
                    * singles(*output.shape, seed=9 + i)
                )
                for i, output in enumerate(tf.nest.flatten(outputs))
            ]
        )
    sources = [*inputs, *(v.value for v in part.trainable_variables)]
    return tf.nest.flatten(outputs), tape.gradient(target, sources)


def directly(part, *inputs):
    return part(*inputs)


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("graph", [False, True])
def test_outputs_and_gradients_of_a_layer_are_the_same(kind, graph):
    inputs = inputs_of(kind)
    part = PARTS[kind]()
    part.build(*(tensor.shape for tensor in inputs))
    expected = layer_gradients(directly, part, inputs)

    def step():
        return layer_gradients(recomputed, part, inputs)

    got = tf.function(step)() if graph else step()
    for one, other in zip(
        tf.nest.flatten(got), tf.nest.flatten(expected), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_mixed_precision_is_kept():
    part = ResidualBlock(3, dtype="mixed_bfloat16")
    x = singles(2, 4, 5, 3)
    part.build(x.shape)
    outputs, grads = layer_gradients(recomputed, part, [x])
    assert outputs[0].dtype == tf.bfloat16
    assert all(gradient.dtype == tf.float32 for gradient in grads)


def test_replicas_run_it(mirrored):
    with mirrored.scope():
        part = ResidualBlock(3)
        part.build((None, None, None, 3))
    x = singles(2, 4, 5, 3)
    expected = layer_gradients(directly, part, [x])[1]
    got = mirrored.run(
        tf.function(lambda: layer_gradients(recomputed, part, [x])[1])
    )
    for one, other in zip(got, expected, strict=True):
        for copy in mirrored.experimental_local_results(one):
            np.testing.assert_allclose(copy, other, atol=1e-4)


def test_only_the_input_of_a_layer_is_kept_for_the_gradient():
    part = ResidualBlock(3)
    x = singles(2, 4, 5, 3)
    part.build(x.shape)

    def large(call):
        kept = kept_for_gradient(lambda x: call(part, x), [x], x)
        sizes = {
            name: np.prod([side or 1 for side in shape])
            for name, shape in kept.items()
        }
        return [name for name in kept if sizes[name] >= np.prod(x.shape)]

    assert large(recomputed) == ["input 0"]
    assert len(large(directly)) > 3


def test_a_keras_layer_can_be_a_part():
    part = keras.layers.Dense(4, activation="tanh")
    x = singles(2, 3)
    part.build(x.shape)
    np.testing.assert_array_equal(recomputed(part, x), part(x))
