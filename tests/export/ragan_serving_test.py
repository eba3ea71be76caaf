"""Photos and guidance become the pictures and maps of the model."""

import functools
import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.export.conftest import assert_near
from tests.models.ragan import small_ragans
from tfragan.cli import ask_saved_model
from tfragan.data.image_augmentation import decode_image
from tfragan.export.ragan_serving import endpoints
from tfragan.export.ragan_serving import guided_translation
from tfragan.export.ragan_serving import served_square
from tfragan.export.serving import RowComputation
from tfragan.export.serving import serving_of
from tfragan.export.translation_serving import some_images


def test_a_photo_is_edited_as_captions_say(editor, tmp_path):
    model, path = editor
    photo = tmp_path / "my bird.jpg"
    photo.write_bytes(some_images(40)[1])
    captions = ["a red bird", "a blue fish"]
    output = tmp_path / "answers"
    asked = ["", str(path.parent), str(output), str(photo), *captions]
    assert ask_saved_model.main(asked) == 0

    answers = json.loads((output / "answers.json").read_text())
    assert answers == [
        {"caption": "a red bird", "file": "0_a_red_bird.png"},
        {"caption": "a blue fish", "file": "1_a_blue_fish.png"},
    ]
    square = served_square(decode_image(photo.read_bytes()), model).numpy()
    expected = model.translate(np.stack([square, square]), captions)["image"]
    for answer, image in zip(answers, expected, strict=True):
        assert_near(Image.open(output / answer["file"]), image)


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


SIZE = small_ragans.SIZE
FILES = some_images(SIZE)[:2]
CAPTIONS = ["a red bird", "fish with zebra"]


@functools.cache
def saved(setting):
    """A model and what is saved of it."""
    model = small_ragans.ragan(*setting)
    return model, guided_translation(model, RowComputation)


def ask(setting, name, **request):
    """The answers of a signature as arrays, for `FILES`."""
    request = {"image_bytes": FILES, **request}
    request = {key: tf.constant(value) for key, value in request.items()}
    answer = getattr(saved(setting)[1], name)(request)
    return {key: value.numpy() for key, value in answer.items()}


def squares(setting, files=FILES):
    model, _ = saved(setting)
    images = [served_square(decode_image(file), model) for file in files]
    return np.stack(images)


def expected(setting, **options):
    return saved(setting)[0].translate(squares(setting), **options)


def assert_images(answer, outputs):
    for file, image in zip(
        answer["image_bytes"], outputs["image"], strict=True
    ):
        assert_near(Image.open(io.BytesIO(file)), image)


@pytest.mark.parametrize(
    ("setting", "options", "verbs"),
    [
        ((False, "text"), {}, ["edit"]),
        ((False, "label"), {}, ["edit"]),
        ((True, "text"), {}, ["colorize"]),
        ((True, "text"), {"input_channels": 3}, ["translate"]),
        ((True, "image"), {}, ["colorize", "colorize_from_reference"]),
        (
            (False, "image"),
            {},
            ["ab", "ab_from_reference", "ba", "ba_from_reference"],
        ),
    ],
)
def test_signatures_are_called_after_what_they_do(setting, options, verbs):
    names = endpoints(small_ragans.ragan(*setting, **options))
    assert [*names] == [
        "serving_default",
        "with_attention",
        *(name + end for name in verbs for end in ("", "_with_attention")),
    ]
    assert names["serving_default"] == names[verbs[0]]
    assert names["with_attention"] == names[f"{verbs[0]}_with_attention"]


def test_colors_follow_the_caption_and_the_seed():
    setting = (True, "image_text")
    answer = ask(
        setting, "colorize_with_attention", caption=CAPTIONS, seed=[3, 0]
    )
    outputs = expected(setting, captions=CAPTIONS, seed=[3, 0])
    assert_images(answer, outputs)
    for size, maps in zip((6, 12), outputs["attention_maps"], strict=True):
        np.testing.assert_allclose(
            answer[f"attention_map_{size}"], maps, atol=1e-6
        )
    words = [[word.decode() for word in row] for row in answer["words"]]
    assert words == [
        ["a", "red", "bird", "", "", ""],
        ["fish", "with", "", "", "", ""],
    ]


def test_labels_guide_in_place_of_captions():
    label_ids = [[1, 4], [0, 2]]
    answer = ask((False, "label"), "edit_with_attention", label_ids=label_ids)
    outputs = expected((False, "label"), label_ids=label_ids)
    assert_images(answer, outputs)
    assert answer["attention_map_12"].shape == (2, 12, 12, 2)
    assert "words" not in answer


def test_the_way_back_has_references_of_its_own():
    setting = (False, "image")
    answer = ask(setting, "ba_from_reference", reference_bytes=FILES[::-1])
    outputs = expected(
        setting, references=squares(setting, FILES[::-1]), direction="ba"
    )
    assert [*answer] == ["image_bytes"]
    assert_images(answer, outputs)


@pytest.mark.parametrize(
    ("setting", "request_of", "sentence"),
    [
        (
            (True, "image_text"),
            {"caption": ["a red bird", "zebra"], "seed": [0, 1]},
            "caption must hold a word of the vocabulary",
        ),
        (
            (True, "image_text"),
            {"caption": CAPTIONS, "seed": [0]},
            "There must be one seed an image",
        ),
        (
            (True, "image_text"),
            {"caption": CAPTIONS, "seed": [0, 1], "image_bytes": ["a", "b"]},
            "image_bytes must be JPEG or PNG files",
        ),
        ((False, "label"), {"label_ids": [[0], [5]]}, "must be from 0 to 4"),
        ((False, "label"), {"label_ids": [[-1], [4]]}, "must be from 0 to 4"),
    ],
)
def test_bad_requests_are_refused(setting, request_of, sentence):
    # The signatures that the other tests have traced already.
    name = {"image_text": "colorize", "label": "edit"}[setting[1]]
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        ask(setting, f"{name}_with_attention", **request_of)


@pytest.mark.parametrize("setting", [(False, "label"), (False, "image")])
def test_the_middle_of_a_photo_is_seen_or_all_of_it(setting):
    model, _ = saved(setting)
    photo = np.zeros((30, 90, 3), np.uint8)
    photo[:, 30:60] = 200
    square = served_square(tf.constant(photo), model).numpy()
    assert square.shape == (SIZE, SIZE, 3)
    assert (square == 200).all() == (setting[1] == "label")
    assert (square[:, 0] == 0).all() == (setting[1] == "image")
