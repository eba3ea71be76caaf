"""What is written beside a SavedModel about it."""

import hashlib
import json
import pathlib

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

METADATA_FILE = "export.json"

_TEXT_PACKAGE = "tensorflow_text"
# Those of its ops that vocabularies of some kinds need; servers link them.
_TEXT_OPS = {"CaseFoldUTF8", "WordpieceTokenizeWithOffsets"}


def read_graph(path):
    """Signatures and ops of a SavedModel, as its file has them.

    Args:
        path: folder of one version.

    Returns:
        Tuple of the signatures, a dict of name to `inputs` and `outputs`,
        each a dict of name to `dtype` and `shape` (`None` for the batch); and
        the sorted names of the ops.
    """
    content = (pathlib.Path(path) / "saved_model.pb").read_bytes()
    saved_model = saved_model_pb2.SavedModel.FromString(content)
    graph = saved_model.meta_graphs[0]
    ops = {node.op for node in graph.graph_def.node}
    for function in graph.graph_def.library.function:
        ops.update(node.op for node in function.node_def)
    signatures = {
        name: {
            "inputs": _tensors(signature.inputs),
            "outputs": _tensors(signature.outputs),
        }
        for name, signature in sorted(graph.signature_def.items())
        if not name.startswith("__")
    }
    return signatures, sorted(ops)


def ops_beyond_tensorflow(ops):
    """Ops that TensorFlow itself does not have.

    Args:
        ops: names of ops.

    Returns:
        Dict of package to the list of its ops; those that no package is known
        for are under `""`.
    """
    found = {}
    for op in ops:
        # Ops of TensorFlow itself, and only those, have a raw wrapper.
        if not hasattr(tf.raw_ops, op):
            package = _TEXT_PACKAGE if op in _TEXT_OPS else ""
            found.setdefault(package, []).append(op)
    return found


def weights_sha256(weights):
    """What tells one set of weights from another.

    Args:
        weights: list of variables.

    Returns:
        SHA-256 over types, shapes and values, as hex digits.
    """
    digest = hashlib.sha256()
    for weight in weights:
        digest.update(f"{weight.dtype.name}{weight.shape.as_list()}".encode())
        digest.update(weight.numpy().tobytes())
    return digest.hexdigest()


def describe_vocabulary(tokenizer):
    """What tells one vocabulary from another.

    Args:
        tokenizer: a `CaptionTokenizer`.

    Returns:
        Dict of what JSON can hold.
    """
    vocabulary = tokenizer.vocabulary
    return {
        "kind": vocabulary.kind,
        "tokens": len(vocabulary),
        "sha256": vocabulary.sha256,
        "max_words": tokenizer.max_words,
    }


def _tensors(infos):
    return {
        name: {
            "dtype": tf.dtypes.as_dtype(info.dtype).name,
            "shape": tf.TensorShape(info.tensor_shape).as_list(),
        }
        for name, info in sorted(infos.items())
    }


def write_metadata(path, metadata):
    """Writes `export.json` into the folder of a version.

    Args:
        path: folder of one version.
        metadata: dict of what JSON can hold.
    """
    text = json.dumps(metadata, indent=2, ensure_ascii=False)
    file = pathlib.Path(path) / METADATA_FILE
    file.write_text(text + "\n", encoding="utf-8")
