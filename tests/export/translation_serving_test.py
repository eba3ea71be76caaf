"""Exported image translations are compared with their models."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import tfragan
from tests.models.translation import small_translators
from tfragan.data.image_augmentation import decode_image
from tfragan.data.image_augmentation import resize_image
from tfragan.export import verify
from tfragan.export.servings import serving_of
from tfragan.export.translation_serving import some_images


def test_the_file_tells_what_the_export_is(translator):
    found = json.loads((translator.path / "export.json").read_text("utf-8"))
    assert found["class_name"] == "UGATIT"
    assert found["directions"] == ["ab", "ba"]
    assert found["image_size"] == small_translators.IMAGE_SIZE
    assert found["parity"] == {
        "samples": 3,
        "max_pixel_difference": 0,
        "max_attention_difference": 0.0,
        "independent_rows": True,
        "mean_pixel_difference": 0.0,
    }
    assert found["needs"] == {}
    assert len(found["signatures"]) == 12


def test_each_weight_is_written_once_and_no_discriminator(translator):
    model = translator.model
    expected = sorted(
        tuple(weight.shape)
        for generator in (model.generator_ab, model.generator_ba)
        for weight in generator.weights
    )
    prefix = str(translator.path / "variables" / "variables")
    written = sorted(
        tuple(shape)
        for name, shape in tf.train.list_variables(prefix)
        if name.endswith("VARIABLE_VALUE")
    )
    assert written == expected


def test_other_weights_are_noticed(translator):
    other = small_translators.ugatit()
    kernel = other.generator_ba.output_convolution.kernel
    kernel.assign(-kernel)
    parity = verify(translator.path, other)
    assert parity.max_pixel_difference > 8
    assert parity.independent_rows


def test_other_heat_maps_are_noticed(translator):
    model = translator.model
    bias = model.generator_ab.attention.fusion.bias
    before = bias.numpy()
    bias.assign(before + 1.0)
    try:
        parity = verify(translator.path, model)
    finally:
        bias.assign(before)
    assert parity.max_attention_difference > 0.1


def test_own_photos_can_be_compared(translator):
    image = some_images(40)[1]
    assert (
        verify(translator.path, translator.model, images=[image]).samples == 1
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"direction": "AtoB"}, "direction must be"), ({"images": []}, "one")],
)
def test_options_are_checked(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        serving_of(small_translators.cyclegan(), **options)


def test_warmup_asks_every_signature(translator):
    serving = serving_of(translator.model, direction="ba")
    requests = dict(serving.warmup_requests(some_images(8)))
    assert sorted(requests) == sorted(serving.signatures)
    assert requests["ba"]["image_bytes"].shape == (3,)
    assert requests["images"]["images"].dtype == np.uint8


def test_a_process_with_tensorflow_alone_translates_a_photo(
    translator, tmp_path
):
    photo = tmp_path / "cat.jpg"
    photo.write_bytes(some_images(60)[1])
    program = """
import sys
sys.modules["tfragan"] = None
sys.modules["keras"] = None
import tensorflow as tf
path, photo, answer = sys.argv[1:]
served = tf.saved_model.load(path).signatures["ab_input_size"]
files = served(image_bytes=tf.constant([open(photo, "rb").read()]))
open(answer, "wb").write(files["image_bytes"].numpy()[0])
"""
    answer = tmp_path / "dog.png"
    subprocess.run(
        [sys.executable, "-c", program, translator.path, photo, answer],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )
    found = np.asarray(Image.open(answer))
    with Image.open(photo) as image:
        assert found.shape == (image.height, image.width, 3)
    # Random weights enlarge the level that two libraries' resizing may
    # differ by: what goes in is ours, what comes out is resized by Pillow.
    size = (small_translators.IMAGE_SIZE,) * 2
    small = resize_image(decode_image(photo.read_bytes()), size)
    expected = translator.model.translate(small.numpy())[0]
    resized = Image.fromarray(expected).resize(
        found.shape[1::-1], Image.Resampling.BILINEAR
    )
    assert np.abs(found.astype(int) - np.asarray(resized)).max() <= 2


def test_what_differs_from_the_model_is_not_published(
    translator, tmp_path, monkeypatch
):
    model = translator.model
    translate = model.translate

    def brighter(*args, **kwargs):
        images, maps = translate(*args, **kwargs)
        return images // 2 + 9, maps

    monkeypatch.setattr(model, "translate", brighter)
    with pytest.raises(tfragan.export.ExportError, match="not the model"):
        tfragan.export.saved_model(model, tmp_path / "serving", direction="ab")
    assert list((tmp_path / "serving").iterdir()) == []
