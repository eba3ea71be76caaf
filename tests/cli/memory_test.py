"""The estimate follows the buffers of a graph."""

import tensorflow as tf

from tfragan.cli import memory

_IMAGE = 2 * 8 * 8 * 4 * 4


def _peak(function, *shapes):
    specs = [tf.TensorSpec(shape) for shape in shapes]
    return memory.graph_peak(
        tf.function(function).get_concrete_function(*specs).graph
    )


def _layers(x, kernel, count):
    for _ in range(count):
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"))
    return x


def test_inference_frees_what_nobody_reads_any_more():
    shapes = (2, 8, 8, 4), (3, 3, 4, 4)
    peak = _peak(lambda x, kernel: _layers(x, kernel, 5), *shapes)

    assert peak == 2 * _IMAGE


def test_gradients_keep_every_activation():
    def step(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            loss = tf.reduce_sum(_layers(x, kernel, 5))
        return tape.gradient(loss, kernel)

    peak = _peak(step, (2, 8, 8, 4), (3, 3, 4, 4))

    assert 5 * _IMAGE <= peak <= 7 * _IMAGE


def test_called_functions_count_while_they_run():
    inner = tf.function(lambda x, kernel: _layers(x, kernel, 5))
    shapes = (2, 8, 8, 4), (3, 3, 4, 4)
    peak = _peak(lambda x, kernel: tf.reduce_sum(inner(x, kernel)), *shapes)

    assert 2 * _IMAGE <= peak <= 3 * _IMAGE
