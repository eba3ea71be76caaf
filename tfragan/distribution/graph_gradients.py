"""Custom gradients that go with the graph they belong to."""

import functools
import typing
import weakref

import tensorflow as tf
from tensorflow.python.framework import ops

# No public function takes an entry out again.
_ENTRIES = ops.gradient_registry._registry


def graph_holds_gradients(function):
    """Lets a function's custom gradients go with the graph being traced.

    `tf.custom_gradient`, which also `all_reduce` and so every Keras optimizer
    uses, enters the gradient in a registry of the process while a graph is
    traced. The gradient holds the graph, so that no traced training step
    would ever be freed: 50 MB of a small model. With this decorator the graph
    holds the gradient, and the entry is removed with the graph.

    Args:
        function: a function that `tf.custom_gradient` made or that calls one.

    Returns:
        The decorated function.
    """

    @tf.autograph.experimental.do_not_convert
    @functools.wraps(function)
    def call(*args, **kwargs):
        if tf.executing_eagerly():
            return function(*args, **kwargs)
        known = set(_ENTRIES)
        try:
            return function(*args, **kwargs)
        finally:
            graph = tf.compat.v1.get_default_graph()
            for name in [name for name in _ENTRIES if name not in known]:
                _let_hold(graph, name)

    return call


def _let_hold(graph, name):
    gradient = _ENTRIES[name]["type"]
    if isinstance(gradient, _HeldByGraph):
        return
    _ENTRIES[name]["type"] = _HeldByGraph(gradient)
    if not hasattr(graph, "_tfragan_gradients"):
        graph._tfragan_gradients = []
    graph._tfragan_gradients.append(gradient)
    weakref.finalize(graph, _ENTRIES.pop, name, None)


class _HeldByGraph:
    def __init__(self, gradient):
        self._reference: typing.Callable = weakref.ref(gradient)

    def __call__(self, op, *upstream):
        return self._reference()(op, *upstream)
