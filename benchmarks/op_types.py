"""Which convolutions and products TensorFlow does not run on oneDNN."""

import collections
import re

_WORK = re.compile(r"Conv[23]D|MatMul|Einsum")
_ON_ONEDNN = "_Mkl"


def off_onednn(run):
    """Convolutions and matrix products of a graph that miss oneDNN.

    TensorFlow chooses when a graph is first run; on processors where it does
    not choose oneDNN by itself, `TF_ENABLE_ONEDNN_OPTS=1` makes it.

    Args:
        run: function without arguments that runs a `tf.function` for the
            first time.

    Returns:
        Dict of an op's type to how many of the graph are of it.
    """
    # The public profiler needs a package of its own to read what it writes.
    from tensorflow.python.eager import context

    context.enable_run_metadata()
    try:
        run()
        metadata = context.export_run_metadata()
    finally:
        context.disable_run_metadata()
    types = collections.Counter(
        node.op
        for function in metadata.function_graphs
        for graph in function.partition_graphs
        for nodes in (graph.node, *(f.node_def for f in graph.library.function))
        for node in nodes
        if _WORK.search(node.op) and not node.op.startswith(_ON_ONEDNN)
    )
    return dict(types)
