import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from tests.models import small_models
from tfragan.distribution.graph_gradients import graph_holds_gradients
from tfragan.layers import InstanceNormalization
from tfragan.layers import SpectralNormalization
from tfragan.layers import UpsampleConvolution

LAYERS = {
    "normalize_channels": InstanceNormalization,
    "recompute": lambda: UpsampleConvolution(3),
    "singular_values": lambda: SpectralNormalization(keras.layers.Conv2D(2, 3)),
}


def registered():
    gc.collect()
    return set(ops.gradient_registry.list())


@graph_holds_gradients
@tf.custom_gradient
def doubled(x):
    return 2.0 * x, lambda upstream: 3.0 * upstream


def trace(call, inputs):
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = call(x)
        return tape.gradient(outputs, x)

    concrete = step.get_concrete_function(inputs)
    concrete(inputs)
    return weakref.ref(concrete.graph)


@pytest.mark.parametrize("name", LAYERS)
def test_a_traced_graph_does_not_outlive_its_layer(name):
    known = registered()
    layer = LAYERS[name]()
    layer.build((2, 4, 4, 3))
    graph = trace(layer, tf.zeros((2, 4, 4, 3)))
    assert registered() == known
    assert graph() is None


def test_a_second_model_leaves_no_gradients_behind():
    known = registered()
    model = small_models.compiled_attngan()
    model.fit(small_models.batches(), steps_per_epoch=1, verbose=0)
    assert registered() - known
    reference = weakref.ref(model)
    del model
    assert registered() == known
    assert reference() is None


@pytest.mark.parametrize("eager", [False, True])
def test_gradients_are_found_from_outside_of_the_graph(eager):
    call = doubled if eager else tf.function(doubled)
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = call(x)
    np.testing.assert_array_equal(tape.gradient(outputs, x), [3.0, 3.0])


def test_gradients_are_found_in_branches_and_loops():
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = tf.while_loop(
                lambda i, y: i < 2, lambda i, y: (i + 1, doubled(y)), (0, x)
            )[1]
            outputs = tf.cond(
                tf.reduce_sum(x) > 0, lambda: doubled(outputs), lambda: x
            )
        return tape.gradient(outputs, x)

    np.testing.assert_array_equal(step(tf.constant([1.0])), [27.0])
