"""Folders that look like exported models, without any TensorFlow."""

import json

SERVED_CAPTIONS = {
    "serving_default": {
        "inputs": {"caption": {"dtype": "string", "shape": [None]}},
        "outputs": {"image_bytes": {"dtype": "string", "shape": [None]}},
    }
}
SERVED_FILES = {
    "serving_default": {
        "inputs": {"image_bytes": {"dtype": "string", "shape": [None]}},
        "outputs": {"image_bytes": {"dtype": "string", "shape": [None]}},
    }
}


def write_version(folder, name, number, warmup=True, **told):
    """Writes what `deploy` reads of one version."""
    place = folder / name / str(number)
    place.mkdir(parents=True)
    (place / "saved_model.pb").write_bytes(b"a graph")
    metadata = {
        "tensorflow_version": "2.21.0",
        "row_by_row": True,
        "jit_compile": False,
        "signatures": SERVED_CAPTIONS,
        "needs": {},
        **told,
    }
    (place / "export.json").write_text(json.dumps(metadata), encoding="utf-8")
    if warmup:
        (place / "assets.extra").mkdir()
        (place / "assets.extra" / "tf_serving_warmup_requests").write_bytes(b"")
    return place


def write_example(folder):
    """Writes the models that the files in export/ are of."""
    write_version(folder, "birds", 1)
    write_version(folder, "birds", 2)
    write_version(folder, "edit", 1, signatures=SERVED_FILES)
    write_version(folder, "photos", 3, signatures=SERVED_FILES)
    return folder


EXAMPLE_LABELS = {"birds": {"stable": 1, "canary": 2}}
