"""From a config to pictures, numbers and a SavedModel, for each model."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfragan.cli.main import main
from tfragan.evaluation import read_measurements


def _run(*arguments):
    status = main(["tfragan", *map(str, arguments)])
    assert status in (0, None), arguments


@pytest.mark.parametrize(
    "name",
    ["ssagan_emoji", pytest.param("dfgan_emoji", marks=pytest.mark.slow)],
)
def test_a_run_leaves_pictures_numbers_and_a_saved_model(name, tmp_path):
    run = tmp_path / "run"
    _run(
        "train",
        f"--config={name}:tiny",
        f"--workdir={run}",
        "--config.steps=3",
        "--noprogress",
    )
    records = [
        json.loads(line)
        for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()
    ]
    keys = {key for record in records for key in record}
    assert {
        "generator_loss",
        "loss/gradient_penalty",
        "r_precision",
        "damsm_frechet_distance",
    } <= keys
    pictures = {path.name.split("_")[0] for path in run.glob("samples/*.png")}
    masked = name == "ssagan_emoji"
    assert ("masks" in pictures) == masked

    output = tmp_path / "pictures"
    _run(
        "sample",
        f"--workdir={run}",
        "--split=test",
        "--count=3",
        f"--output={output}",
        *(["--masks"] if masked else ["--truncation=0.88"]),
    )
    samples = [
        json.loads(line)
        for line in (output / "samples.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(samples) == 3
    for sample in samples:
        with Image.open(output / sample["file"]) as image:
            assert image.size == (32, 32)

    _run("evaluate", f"--workdir={run}", "--split=test", "--count=16")
    found = {(each.metric, each.of): each for each in read_measurements(run)}
    for of in ("generated", "untrained"):
        assert np.isfinite(found["damsm_frechet_distance", of].value)

    serving = tmp_path / "serving"
    _run("export", f"--workdir={run}", f"--output={serving}")
    served = tf.saved_model.load(str(serving / "1")).signatures
    assert ("with_masks" in served) == masked
