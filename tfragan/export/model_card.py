"""The card of an exported model: what it is and how it is asked, in words."""

import pathlib

CARD_FILE = "MODEL_CARD.md"

# What `tfragan export` tells of the preset, in words.
_PARENT = {
    "preset": "preset",
    "weights_file_sha256": "SHA-256 of its file of weights",
}
_TASKS = {
    "AttnGAN": "makes pictures of sentences",
    "SSAGAN": "makes pictures of sentences",
    "DFGAN": "makes pictures of sentences",
    "UGATIT": "translates images between two domains",
    "CycleGAN": "translates images between two domains",
    "RAGAN": "translates images as words, labels or other images say",
}


def write_model_card(path, metadata):
    """Writes `MODEL_CARD.md` into the folder of a version.

    Args:
        path: folder of one version.
        metadata: what `export.json` tells.
    """
    file = pathlib.Path(path) / CARD_FILE
    file.write_text(model_card(metadata), encoding="utf-8")


def model_card(metadata):
    """The card's text.

    Args:
        metadata: what `export.json` tells.

    Returns:
        Markdown.
    """
    name = metadata["class_name"]
    task = _TASKS.get(name, "makes images")
    parts = [
        f"# {name}, step {metadata['global_step']:,}",
        f"A model of tfragan {metadata['tfragan_version']} that {task}, saved "
        f"by TensorFlow {metadata['tensorflow_version']}. `export.json` tells "
        "all of this for programs.",
        "## What it came from",
        _bullets(
            {
                **_named_parent(metadata),
                "training step": f"{metadata['global_step']:,}",
                "weights": f"{metadata['weights']:,}"
                f"{', in half precision' if metadata['float16'] else ''}",
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


def _named_parent(metadata):
    parent = metadata.get("parent", {})
    return {_PARENT.get(key, key): value for key, value in parent.items()}


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
        cells = [_tensors(sides[side]) for side in ("inputs", "outputs")]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _tensors(tensors):
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
