"""Asks an exported generator for pictures, with TensorFlow alone.

Of this package it imports only how a file is opened: what it can do, any
program with TensorFlow can.

usage: python ask_saved_model.py <saved model> <output folder> <sample>...

The saved model is the folder of one version or, as TensorFlow Serving takes
it, the folder above, of which the latest version is asked. A sample is a
caption, or a JPEG or PNG file for a model that translates images.
"""

import json
import os
import pathlib
import sys

from tfragan.regular_file import read_regular


def ask(saved_model, samples, seed=0):
    """PNG files for captions, for images, or for an image as others say.

    `samples` are as in the module's usage; each next picture gets the next
    seed. Returns a list of bytes, a PNG each, and what they are answers to:
    `"caption"`, `"image"` or `"labels"`. The first sample is not answered where
    it is an image that the others guide.
    """
    import tensorflow as tf

    served = tf.saved_model.load(str(version_folder(saved_model)))
    signature = served.signatures["serving_default"]
    inputs = signature.structured_input_signature[1]
    kinds = {"caption": "caption", "label_ids": "labels"}
    kind = next((kinds[name] for name in kinds if name in inputs), "image")
    request = {}
    if "image_bytes" in inputs:
        photos = samples
        if kind != "image":
            photos, samples = samples[:1], samples[1:]
        if not samples:
            raise ValueError(f"Expected a {kind} sample after {photos[0]}.")
        files = [read_regular(path) for path in photos]
        request["image_bytes"] = tf.repeat(files, len(samples) // len(files))
    if "caption" in inputs:
        request["caption"] = tf.constant(samples)
    if "label_ids" in inputs:
        rows = [[int(label) for label in one.split(",")] for one in samples]
        request["label_ids"] = tf.constant(rows)
    if "seed" in inputs:
        request["seed"] = tf.range(seed, seed + len(samples), dtype=tf.int32)
    answer = signature(**request)
    return list(answer["image_bytes"].numpy()), kind


def version_folder(saved_model):
    """The folder that holds `saved_model.pb`, the latest of several."""
    saved_model = pathlib.Path(saved_model)
    if (saved_model / "saved_model.pb").is_file():
        return saved_model
    versions = [
        folder
        for folder in saved_model.iterdir()
        if folder.name.isdigit() and (folder / "saved_model.pb").is_file()
    ]
    if not versions:
        raise FileNotFoundError(f"{saved_model} holds no SavedModel.")
    return max(versions, key=lambda folder: int(folder.name))


def main(argv):
    """Writes `<place>_<sample>.png` and answers.json; the exit status."""
    if len(argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    output = pathlib.Path(argv[2])
    output.mkdir(parents=True, exist_ok=True)
    samples = argv[3:]
    files, kind = ask(argv[1], samples)
    answers = []
    samples = samples[len(samples) - len(files) :]
    for place, (sample, png) in enumerate(zip(samples, files, strict=True)):
        words = pathlib.Path(sample).stem if kind == "image" else sample
        words = "_".join(words.split())
        name = "".join(c for c in words if c.isalnum() or c == "_")
        path = output / f"{place}_{name[:60]}.png"
        path.write_bytes(png)
        answers.append({kind: sample, "file": path.name})
        print(f"{sample}: {path}")
    (output / "answers.json").write_text(json.dumps(answers, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
