"""TensorFlow Lite files translate as their models do."""

import json
import sys
import warnings

import numpy as np
import pytest
import tensorflow as tf

import tfragan
from tests.models import small_models
from tests.models.translation import small_translators
from tfragan.data.image_augmentation import to_uint8

SIZE = small_translators.IMAGE_SIZE


def translate(path, photos):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path))
    run = interpreter.get_signature_runner()
    scaled = photos.astype("float32") / 127.5 - 1
    outputs = [run(image=one[np.newaxis]) for one in scaled]
    return {
        name: np.concatenate([output[name] for output in outputs])
        for name in outputs[0]
    }


@pytest.fixture(scope="module")
def model():
    return small_translators.ugatit()


@pytest.fixture(scope="module", params=[False, True], ids=["full", "half"])
def written(request, model, tmp_path_factory):
    """A file of the direction from B to A, with what it says of itself."""
    path = tmp_path_factory.mktemp("lite") / "cats.tflite"
    tfragan.export.lite(model, path, "ba", float16=request.param)
    told = json.loads((path.parent / "cats.tflite.json").read_text())
    return path, told


def test_the_interpreter_gives_what_the_model_gives(model, written):
    path, told = written
    photos = small_translators.photos(2)
    expected, maps = model.translate(photos, "ba", return_heat_maps=True)

    found = translate(path, photos)

    pixels = to_uint8(found["image"], "nearest").numpy().astype(int)
    half = told["float16"]
    assert np.abs(pixels - expected).max() <= (4 if half else 1)
    tolerance = 2e-2 if half else 1e-3
    np.testing.assert_allclose(found["heat_map"][..., 0], maps, rtol=tolerance)


def test_the_file_beside_it_tells_what_it_is(written):
    path, told = written
    assert told["class_name"] == "UGATIT"
    assert told["direction"] == "ba"
    assert told["parity"]["samples"] == 3
    assert told["parity"]["max_pixel_difference"] <= 4
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        "cats.tflite",
        "cats.tflite.json",
    ]


def test_no_operation_needs_tensorflow_beside_it(written):
    content = written[0].read_bytes()
    assert b"Flex" not in content
    # Variables would have no values.
    assert b"VarHandleOp" not in content


def test_half_precision_models_are_written_in_float32(tmp_path):
    model = small_translators.cyclegan(dtype="mixed_bfloat16")
    path = tfragan.export.lite(model, tmp_path / "zebras.tflite")
    reference = small_translators.cyclegan()
    for ours, theirs in zip(
        reference.generator_ab.weights,
        model.generator_ab.weights,
        strict=True,
    ):
        ours.assign(theirs)
    photos = small_translators.photos(1)
    found = translate(path, photos)
    # Of a model without attention.
    assert list(found) == ["image"]
    pixels = to_uint8(found["image"], "nearest").numpy().astype(int)
    assert np.abs(pixels - reference.translate(photos)).max() <= 1


def test_what_differs_from_the_model_is_not_published(
    model, written, tmp_path, monkeypatch
):
    # The file of the other direction. The function hides the module.
    monkeypatch.setattr(
        sys.modules["tfragan.export.lite"],
        "_converted",
        lambda *arguments: written[0].read_bytes(),
    )
    with pytest.raises(tfragan.export.ExportError, match="not the model"):
        tfragan.export.lite(model, tmp_path / "cats.tflite", "ab")
    assert list(tmp_path.iterdir()) == []


def test_other_models_and_large_ones_are_refused(model, tmp_path, monkeypatch):
    path = tmp_path / "model.tflite"
    with pytest.raises(tfragan.export.ExportError, match="received AttnGAN"):
        tfragan.export.lite(small_models.attngan(stages=1), path)
    with pytest.raises(ValueError, match="direction must be"):
        tfragan.export.lite(model, path, "both")
    monkeypatch.setitem(tfragan.export.lite.__globals__, "_LARGEST", 1000)
    with pytest.raises(tfragan.export.ExportError, match="light models are"):
        tfragan.export.lite(model, path)
