"""Counts the arithmetic of a traced graph."""

import math

_CONVOLUTIONS = frozenset(
    [
        "Conv2D",
        "Conv2DBackpropFilter",
        "Conv2DBackpropInput",
        "DepthwiseConv2dNative",
        "DepthwiseConv2dNativeBackpropFilter",
        "DepthwiseConv2dNativeBackpropInput",
    ]
)
_PRODUCTS = frozenset(["MatMul", "BatchMatMul", "BatchMatMulV2"])
_LOOPS = frozenset(["While", "StatelessWhile"])
# Linear ops that are counted by nothing above.
_UNCOUNTED = frozenset(["Conv3D", "Conv3DBackpropInputV2"])


def graph_flops(graph, loop_steps=1):
    """Operations in convolutions and matrix products, one pass of a graph.

    A multiplication and an addition are two operations. Positions beyond the
    border count as any others. What nothing depends on is not run and not
    counted, such as the gradient on a real image. All else (normalization,
    activations, sums) is left out: it is memory traffic, not arithmetic. A
    product with nothing but equal numbers is a sum.

    Args:
        graph: a `tf.Graph` with known shapes, such as that of a concrete
            function traced for a batch of a known size.
        loop_steps: how often the body of a loop runs: the words of a caption
            for a text encoder.

    Returns:
        Floating point operations, an int.

    Raises:
        ValueError: for an op that can't be counted.
    """
    return sum(
        _operation_flops(graph, operation, loop_steps)
        for operation in _reached(graph)
    )


def function_flops(function, *arguments, loop_steps=1):
    """As `graph_flops`, of a `tf.function` for its arguments."""
    graph = function.get_concrete_function(*arguments).graph
    return graph_flops(graph, loop_steps)


def _reached(graph):
    """The operations that outputs and side effects of a graph depend on."""
    waiting = [tensor.op for tensor in graph.outputs]
    waiting += getattr(graph, "control_outputs", [])
    reached = set()
    while waiting:
        operation = waiting.pop()
        if operation not in reached:
            reached.add(operation)
            waiting += [tensor.op for tensor in operation.inputs]
            waiting += operation.control_inputs
    return reached


def _operation_flops(graph, operation, loop_steps):
    kind = operation.type
    if kind in _CONVOLUTIONS:
        return _convolution(operation)
    if kind in _PRODUCTS:
        return _product(operation)
    if kind == "Einsum":
        return _einsum(operation)
    if kind in _UNCOUNTED:
        raise ValueError(
            f"{operation.name} can't be counted. Received: an op of type {kind}"
        )
    steps = loop_steps if kind in _LOOPS else 1
    return steps * sum(
        graph_flops(_function_graph(graph, name), loop_steps)
        for name in _called(operation)
    )


def _convolution(operation):
    """Every position of the strided image meets the whole kernel."""
    kind = operation.type
    if kind.endswith("BackpropFilter"):
        kernel, image = operation.outputs[0], operation.inputs[2]
    elif kind.endswith("BackpropInput"):
        kernel, image = operation.inputs[1], operation.inputs[2]
    else:
        kernel, image = operation.inputs[1], operation.outputs[0]
    batch, height, width, _ = _shape(image, operation)
    return 2 * math.prod(_shape(kernel, operation)) * batch * height * width


def _product(operation):
    if any(_are_equal(tensor) for tensor in operation.inputs):
        return 0
    left = _shape(operation.inputs[0], operation)
    outputs = _shape(operation.outputs[0], operation)
    flag = "transpose_a" if operation.type == "MatMul" else "adj_x"
    inner = left[-2] if operation.get_attr(flag) else left[-1]
    return 2 * inner * math.prod(outputs)


def _einsum(operation):
    """Every index of the inputs runs over its length once."""
    terms = operation.get_attr("equation").decode().split("->")[0].split(",")
    lengths = {}
    for term, tensor in zip(terms, operation.inputs, strict=True):
        lengths.update(zip(term, _shape(tensor, operation), strict=True))
    return 2 * math.prod(lengths.values())


def _are_equal(tensor):
    """Whether a tensor is known to hold one number only."""
    import tensorflow as tf

    values = tf.get_static_value(tensor)
    return values is not None and bool((values == values.flat[0]).all())


def _shape(tensor, operation):
    shape = tensor.shape
    if not shape.is_fully_defined():
        raise ValueError(
            f"{operation.name} can't be counted: the shape of {tensor.name} "
            f"must be known. Received: {shape}"
        )
    return shape.as_list()


def _called(operation):
    names = []
    for attribute in ("f", "body", "then_branch"):
        if attribute in operation.node_def.attr:
            name = operation.get_attr(attribute)
            if hasattr(name, "name"):
                names.append(name.name)
    return names


def _function_graph(graph, name):
    from tensorflow.python.framework import function_def_to_graph

    definition = graph._get_function(name)
    inner = getattr(definition, "graph", None)
    if inner is not None:
        return inner
    return function_def_to_graph.function_def_to_graph(
        definition.cached_definition
    )
