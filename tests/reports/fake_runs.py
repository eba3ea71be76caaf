"""Run folders as a training leaves them, made up."""

import json

import numpy as np
from PIL import Image

from tfragan.evaluation import Measurement
from tfragan.evaluation import append_measurements
from tfragan.run_folder import RunFolder

PROTOCOL = {
    "data": "birds",
    "split": "test",
    "images": 50,
    "features": "fake",
    "weights": "fake.pth",
    "weights_sha256": "ab" * 32,
    "seed": 0,
    "preset": "final",
    "preset_sha256": "01" * 32,
    "tfragan": "1.0",
}


def measured(value=1.0, metric="distance_fake", of="generated", **changes):
    """A `Measurement`; changes that it has no field for are of its protocol."""
    fields = {"error": 0.1, "error_kind": "standard error", "better": "lower"}
    fields |= {"step": 20}
    for name in ("error", "error_kind", "better", "step", "details"):
        if name in changes:
            fields[name] = changes.pop(name)
    protocol = {**PROTOCOL, **changes}
    protocol = {key: one for key, one in protocol.items() if one is not None}
    return Measurement(metric, of, value, protocol=protocol, **fields)


def fake_run(folder, measurements=(), model="dfgan", **config):
    """Makes a run folder of 20 steps with pictures; gives its path."""
    run = RunFolder(folder).create()
    run.write_config({"model": model, "steps": 20, "optimizer": config})
    for step in (10, 20):
        run.append_metrics(
            step, {"generator_loss": 30 / step, "rate": 0.1}, time=60.0 * step
        )
        level = np.full((8, 12, 3), step, np.uint8)
        Image.fromarray(level).save(run.sample_path("grid", step))
        Image.fromarray(level).save(run.sample_path("attention", step))
    Image.fromarray(level).save(run.samples_path / "reals.png")
    (run.samples_path / "captions.txt").write_text("a <red> bird\n")
    append_measurements(folder, measurements)
    return folder


def config_json(folder, content):
    """Writes a config.json; gives its folder."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(content))
    return folder
