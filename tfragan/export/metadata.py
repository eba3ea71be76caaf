"""What is written beside a SavedModel about it."""

import hashlib
import json
import pathlib

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tfragan.regular_file import read_regular
from tfragan.text.wordpiece import UNKNOWN_TOKEN
from tfragan.version import __version__

METADATA_FILE = "export.json"
CARD_FILE = "MODEL_CARD.md"

_TEXT_PACKAGE = "tensorflow_text"
# Those of its ops that vocabularies of some kinds need; servers link them.
_TEXT_OPS = {"CaseFoldUTF8", "WordpieceTokenizeWithOffsets"}
# What `tfragan export` tells of the preset, in words.
_PARENT = {
    "preset": "preset",
    "weights_file_sha256": "SHA-256 of its file of weights",
}


def read_graph(path):
    """Signatures and sorted names of the ops of a SavedModel's folder.

    Signatures are a dict of name to `inputs` and `outputs`, each a dict of name
    to `dtype` and `shape` (`None` for the batch).
    """
    content = read_regular(pathlib.Path(path) / "saved_model.pb")
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
    """Dict of package to its ops that TensorFlow itself does not have.

    Those that no package is known for are under `""`.
    """
    found = {}
    for op in ops:
        # Ops of TensorFlow itself, and only those, have a raw wrapper.
        if not hasattr(tf.raw_ops, op):
            package = _TEXT_PACKAGE if op in _TEXT_OPS else ""
            found.setdefault(package, []).append(op)
    return found


def weights_sha256(weights):
    """SHA-256 over types, shapes and values of variables, as hex digits."""
    digest = hashlib.sha256()
    for weight in weights:
        digest.update(f"{weight.dtype.name}{weight.shape.as_list()}".encode())
        digest.update(weight.numpy().tobytes())
    return digest.hexdigest()


def describe_model(model):
    """What is told of every model, and of what wrote it."""
    return {
        "tfragan_version": __version__,
        "tensorflow_version": tf.__version__,
        "class_name": type(model).__name__,
        "config": model.get_preset_config(),
        "global_step": int(model.global_step.numpy()),
    }


def describe_vocabulary(tokenizer):
    """What tells one vocabulary from another."""
    vocabulary = tokenizer.vocabulary
    return {
        "kind": vocabulary.kind,
        "tokens": len(vocabulary),
        "sha256": vocabulary.sha256,
        "max_words": tokenizer.max_words,
    }


def unknown_words_become(tokenizer):
    """`"dropped"`, or the token in the place of words that are not known."""
    return UNKNOWN_TOKEN if tokenizer.kind == "wordpiece" else "dropped"


def _tensors(infos):
    return {
        name: {
            "dtype": tf.dtypes.as_dtype(info.dtype).name,
            "shape": tf.TensorShape(info.tensor_shape).as_list(),
        }
        for name, info in sorted(infos.items())
    }


def write_metadata(path, metadata):
    """Writes `export.json` into the folder of a version."""
    text = json.dumps(metadata, indent=2, ensure_ascii=False)
    file = pathlib.Path(path) / METADATA_FILE
    file.write_text(text + "\n", encoding="utf-8")


def write_model_card(path, metadata, task):
    """Writes `MODEL_CARD.md` into the folder of a version."""
    file = pathlib.Path(path) / CARD_FILE
    file.write_text(model_card(metadata, task), encoding="utf-8")


def model_card(metadata, task):
    """The card in Markdown: `export.json`, and what the model does."""
    name = metadata["class_name"]
    parts = [
        f"# {name}, step {metadata['global_step']:,}",
        f"A model of tfragan {metadata['tfragan_version']} that {task}, saved "
        f"by TensorFlow {metadata['tensorflow_version']}. `export.json` tells "
        "all of this for programs.",
        "## What it came from",
        _bullets(
            {
                **{
                    _PARENT.get(key, key): value
                    for key, value in metadata.get("parent", {}).items()
                },
                "training step": f"{metadata['global_step']:,}",
                "weights": f"{metadata['weights']:,}"
                f"{', in half precision' if metadata['float16'] else ''}",
                "computes in": metadata["precision"],
                "SHA-256 of the weights": metadata["weights_sha256"],
                **_vocabulary(metadata),
            }
        ),
        "## How near it is to the model",
        _parity(metadata),
        "## Signatures",
        _signatures(metadata["signatures"]),
        "## What to keep in mind",
        _limits(metadata),
    ]
    return "\n\n".join(parts) + "\n"


def _bullets(values):
    return "\n".join(f"- {name}: {value}" for name, value in values.items())


def _vocabulary(metadata):
    vocabulary = metadata.get("vocabulary")
    if not vocabulary:
        return {}
    return {
        "vocabulary": f"{vocabulary['tokens']:,} tokens of kind "
        f"{vocabulary['kind']}, captions up to {vocabulary['max_words']} of "
        f"them, SHA-256 {vocabulary['sha256']}"
    }


def _parity(metadata):
    parity = metadata["parity"]
    rows = "the same" if parity["independent_rows"] else "now and then other"
    return (
        f"Compared on {parity['samples']} samples when it was written: pixels "
        f"differ by at most {parity['max_pixel_difference']} of 255 (in the "
        "mean of a set of pictures by at most "
        f"{parity['mean_pixel_difference']}), maps by at most "
        f"{parity['max_attention_difference']:.2g}. A sample gives {rows} "
        "bytes whatever else is in its request."
    )


def _signatures(signatures):
    lines = ["| signature | takes | gives |", "| --- | --- | --- |"]
    for name, sides in signatures.items():
        cells = [_cells(sides[side]) for side in ("inputs", "outputs")]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(tensors):
    return ", ".join(
        f"`{name}` {about['dtype']} [{_shape(about['shape'])}]"
        for name, about in tensors.items()
    )


def _shape(sides):
    first, *others = sides
    return ", ".join(
        [
            "batch" if first is None else str(first),
            *("any" if side is None else str(side) for side in others),
        ]
    )


def _limits(metadata):
    needs = ", ".join(metadata["needs"]) or "TensorFlow alone"
    compiled = ""
    if metadata["jit_compile"]:
        compiled = (
            ", with XLA: TensorFlow Serving on a CPU takes it with "
            "--xla_cpu_compilation_enabled"
        )
    return (
        "- It knows what was in its training data, and shares its gaps and "
        "biases; what it makes are no photographs and no evidence.\n"
        "- Whether its pictures may be used depends on the licence of that "
        "data, too.\n"
        f"- To load it: {needs}{compiled}."
    )
