"""Exported translations answer without this package."""

import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.cli.conftest import succeed
from tests.models.translation import small_translators


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "cats" / "final"
    return small_translators.ugatit().save_to_preset(folder)


def photo_file(size=(40, 30)):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 5, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(stream, "JPEG")
    return stream.getvalue()


def test_the_saved_model_translates_a_file(preset, tmp_path):
    succeed(
        "export",
        f"--workdir={preset.parent}",
        f"--output={tmp_path}",
        "--direction=ba",
    )
    served = tf.saved_model.load(str(tmp_path / "1")).signatures
    answer = served["input_size"](image_bytes=tf.constant([photo_file()]))
    image = Image.open(io.BytesIO(answer["image_bytes"].numpy()[0]))
    told = json.loads((tmp_path / "1" / "export.json").read_text())

    assert image.size == (40, 30)
    assert told["directions"] == ["ba"]
    assert "ab" not in served


def test_lite_files_are_written_for_both_directions(preset, tmp_path, capsys):
    succeed(
        "export",
        f"--workdir={preset}",
        f"--output={tmp_path / 'lite'}",
        "--format=tflite",
    )
    assert "pixels differ from the model's by" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "lite").iterdir()) == [
        "ab.tflite",
        "ab.tflite.json",
        "ba.tflite",
        "ba.tflite.json",
    ]


def test_other_folders_are_no_presets(tmp_path, refusal):
    (tmp_path / "model.weights.h5").write_bytes(b"")
    for text in ("{}", '{"class_name": "Cat"}'):
        (tmp_path / "config.json").write_text(text)
        output = f"--output={tmp_path / 'out'}"
        error = refusal("export", f"--workdir={tmp_path}", output)
        assert "cannot be read" in error or "preset of Cat, unknown" in error
