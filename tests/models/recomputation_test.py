import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.kept_tensors import kept_for_gradient
from tfragan.layers import AdaptiveLayerInstanceNormalization
from tfragan.layers import ClassActivationMap
from tfragan.layers import ResidualBlock
from tfragan.models.recomputation import recomputed

PARTS = {
    "one tensor": lambda: ResidualBlock(3, use_bias=True, affine=True),
    "several outputs": ClassActivationMap,
    "several inputs": AdaptiveLayerInstanceNormalization,
}


def normal(*shape, seed=0, dtype="float32"):
    draw = np.random.default_rng(seed).standard_normal
    return tf.constant(draw(shape).astype(dtype))


def inputs_of(kind):
    inputs = [normal(2, 4, 5, 3)]
    if kind == "several inputs":
        inputs += [normal(2, 3, seed=1), normal(2, 3, seed=2)]
    return inputs


def gradients(call, part, inputs):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = call(part, *inputs)
        target = tf.add_n(
            [
                tf.reduce_sum(
                    tf.cast(output, tf.float32)
                    * normal(*output.shape, seed=9 + i)
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
def test_outputs_and_gradients_are_the_same(kind, graph):
    inputs = inputs_of(kind)
    part = PARTS[kind]()
    part.build(*(tensor.shape for tensor in inputs))
    expected = gradients(directly, part, inputs)

    def step():
        return gradients(recomputed, part, inputs)

    got = tf.function(step)() if graph else step()
    for one, other in zip(
        tf.nest.flatten(got), tf.nest.flatten(expected), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_mixed_precision_is_kept():
    part = ResidualBlock(3, dtype="mixed_bfloat16")
    x = normal(2, 4, 5, 3)
    part.build(x.shape)
    outputs, grads = gradients(recomputed, part, [x])
    assert outputs[0].dtype == tf.bfloat16
    assert all(gradient.dtype == tf.float32 for gradient in grads)


def test_replicas_run_it(mirrored):
    with mirrored.scope():
        part = ResidualBlock(3)
        part.build((None, None, None, 3))
    x = normal(2, 4, 5, 3)
    expected = gradients(directly, part, [x])[1]
    got = mirrored.run(tf.function(lambda: gradients(recomputed, part, [x])[1]))
    for one, other in zip(got, expected, strict=True):
        for copy in mirrored.experimental_local_results(one):
            np.testing.assert_allclose(copy, other, atol=1e-4)


def test_only_the_input_is_kept_for_the_gradient():
    part = ResidualBlock(3)
    x = normal(2, 4, 5, 3)
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
    x = normal(2, 3)
    part.build(x.shape)
    np.testing.assert_array_equal(recomputed(part, x), part(x))
