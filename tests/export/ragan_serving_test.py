"""Exported RAGANs are compared with their models."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.cli.conftest import run_tfragan
from tests.models.ragan import small_ragans
from tfragan.cli import ask_saved_model
from tfragan.data.image_augmentation import decode_image
from tfragan.export import verify
from tfragan.export.ragan_signatures import served_square
from tfragan.export.servings import serving_of
from tfragan.export.translation_serving import some_images


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A RAGAN that edits by text, and the folder of its only version."""
    model = small_ragans.ragan()
    folder = tmp_path_factory.mktemp("served")
    preset = model.save_to_preset(folder / "run" / "final")
    status = run_tfragan(
        "export", f"--workdir={preset.parent}", f"--output={folder / 'ragan'}"
    )
    assert status == 0
    return model, folder / "ragan" / "1"


def test_the_file_tells_what_the_export_is(exported):
    model, path = exported
    found = json.loads((path / "export.json").read_text("utf-8"))
    assert found["class_name"] == "RAGAN"
    assert found["image_size"] == small_ragans.SIZE
    assert found["vocabulary"]["sha256"] == model.tokenizer.vocabulary.sha256
    assert found["parity"] == {
        "samples": 3,
        "max_pixel_difference": 0,
        "max_attention_difference": 0.0,
        "independent_rows": True,
        "mean_pixel_difference": 0.0,
    }
    assert found["needs"] == {}
    assert sorted(found["signatures"]) == [
        "edit",
        "edit_with_attention",
        "serving_default",
        "with_attention",
    ]


def test_each_weight_is_written_once_and_no_discriminator(exported):
    model, path = exported
    expected = sorted(
        tuple(weight.shape)
        for network in (model.generator, model.damsm.text_encoder)
        for weight in network.weights
    )
    prefix = str(path / "variables" / "variables")
    written = sorted(
        tuple(shape)
        for name, shape in tf.train.list_variables(prefix)
        if name.endswith("VARIABLE_VALUE")
    )
    assert written == expected


def test_other_weights_and_maps_are_noticed(exported):
    model, path = exported
    generator = model.generator
    attention = generator.refining_stages[-1].attention.attention
    kernels = [generator.image_heads[-1].kernel, attention.projection.kernel]
    for kernel in kernels:
        kernel.assign(-kernel)
    try:
        parity = verify(path, model, images=some_images(40)[1:2])
    finally:
        for kernel in kernels:
            kernel.assign(-kernel)
    assert parity.samples == 1
    assert parity.max_pixel_difference > 8
    assert parity.max_attention_difference > 0.01
    assert parity.independent_rows


def test_a_process_of_its_own_edits_a_photo(exported, tmp_path):
    model, path = exported
    photo = tmp_path / "my bird.jpg"
    photo.write_bytes(some_images(40)[1])
    captions = ["a red bird", "a blue fish"]
    output = tmp_path / "answers"
    subprocess.run(
        [sys.executable, "-I", ask_saved_model.__file__, path.parent]
        + [output, photo, *captions],
        check=True,
        cwd=tmp_path,
    )

    answers = json.loads((output / "answers.json").read_text())
    assert answers == [
        {"caption": "a red bird", "file": "0_a_red_bird.png"},
        {"caption": "a blue fish", "file": "1_a_blue_fish.png"},
    ]
    square = served_square(decode_image(photo.read_bytes()), model).numpy()
    expected = model.translate(np.stack([square, square]), captions)["image"]
    for answer, image in zip(answers, expected, strict=True):
        found = np.asarray(Image.open(output / answer["file"]))
        np.testing.assert_array_equal(found, image)


@pytest.mark.parametrize(
    ("setting", "names", "guides"),
    [
        ((False, "text"), "edit", {"caption"}),
        ((True, "image_label"), "colorize", {"label_ids", "seed"}),
        ((False, "image"), "ba_from_reference", {"reference_bytes"}),
    ],
)
def test_warmup_asks_every_signature(setting, names, guides):
    serving = serving_of(small_ragans.ragan(*setting))
    requests = dict(serving.warmup_requests(some_images(8)))
    assert sorted(requests) == sorted(serving.signatures)
    assert {*requests[names]} == {"image_bytes", *guides}
    assert {len(values) for values in requests[names].values()} == {3}


def test_images_are_asked_for():
    with pytest.raises(ValueError, match="expected at least one"):
        serving_of(small_ragans.ragan(), images=[])
