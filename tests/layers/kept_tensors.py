"""What waits in a graph for the way back."""

import tensorflow as tf


def kept_for_gradient(function, inputs, upstream):
    """Tensors that the gradient of a function needs from the way forward.

    The gradient is that of the inputs and of all variables used. Dict of the
    names to the shapes of all tensors of a graph that are made without the
    upstream gradient and used together with it. Those of the inputs are `"input
    0"` and so on.
    """

    @tf.function
    def step(inputs, upstream):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = function(*inputs)
        sources = [*inputs, *tape.watched_variables()]
        return tape.gradient(outputs, sources, upstream)

    graph = step.get_concrete_function(inputs, upstream).graph
    names = {
        tensor.name: f"input {number}"
        for number, tensor in enumerate(graph.inputs[: len(inputs)])
    }
    late = _after(graph, graph.inputs[len(inputs)].op)
    late &= _needed(tensor.op for tensor in graph.outputs)
    return {
        names.get(tensor.name, tensor.name): tuple(tensor.shape)
        for op in late
        for tensor in op.inputs
        if tensor.op not in late and tensor.shape.rank is not None
    }


def _after(graph, start):
    found = {start}
    for op in graph.get_operations():
        sources = [tensor.op for tensor in op.inputs] + op.control_inputs
        if found.intersection(sources):
            found.add(op)
    return found


def _needed(ops):
    waiting, found = list(ops), set()
    while waiting:
        op = waiting.pop()
        if op not in found:
            found.add(op)
            waiting += [tensor.op for tensor in op.inputs]
    return found
