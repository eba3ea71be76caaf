"""Photos become the translations and heat maps of the model."""

import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import tfragan
from tests.export.conftest import assert_near
from tests.models.translation import small_translators
from tfragan.cli import ask_saved_model
from tfragan.data.image_augmentation import decode_image
from tfragan.data.image_augmentation import resize_image
from tfragan.export.serving import serving_of
from tfragan.export.translation_serving import color_heat_map
from tfragan.export.translation_serving import signature_names
from tfragan.export.translation_serving import some_images
from tfragan.visualization.translation_panel import draw_heat_map


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


def test_photos_are_asked_for_by_their_files(translator, tmp_path):
    photo = tmp_path / "my cat.jpg"
    photo.write_bytes(some_images(60)[1])
    output = tmp_path / "answers"
    folder = translator.path.parent
    assert ask_saved_model.main(["", str(folder), str(output), str(photo)]) == 0
    answers = json.loads((output / "answers.json").read_text())
    assert answers == [{"image": str(photo), "file": "0_my_cat.png"}]
    small = resize_image(decode_image(photo.read_bytes()), (SIZE, SIZE))
    assert_near(
        Image.open(output / "0_my_cat.png"),
        translator.model.translate(small.numpy())[0],
    )


SIZE = small_translators.IMAGE_SIZE


@pytest.fixture(scope="module")
def served(translator):
    """The signatures of both directions."""
    return tf.saved_model.load(str(translator.path)).signatures


def encoded(image, form="PNG", **options):
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, form, **options)
    return stream.getvalue()


def photo(height=SIZE, width=SIZE, seed=0, channels=3):
    draw = np.random.default_rng(seed)
    coarse = draw.integers(0, 256, (5, 4, channels), np.uint8).squeeze()
    image = Image.fromarray(coarse).resize((width, height))
    return np.asarray(image)


def ask(signature, files):
    answer = signature(image_bytes=tf.constant(files, tf.string))
    return {name: value.numpy() for name, value in answer.items()}


def pixels(file):
    return np.asarray(Image.open(io.BytesIO(file)))


def test_the_first_direction_is_served_without_its_name():
    names = signature_names(("ba",), has_heat_maps=False)
    assert names == {
        "serving_default": ("ba", "serving_default"),
        "input_size": ("ba", "input_size"),
        "images": ("ba", "images"),
        "ba": ("ba", "serving_default"),
        "ba_input_size": ("ba", "input_size"),
        "ba_images": ("ba", "images"),
    }
    both = signature_names(("ab", "ba"), has_heat_maps=True)
    assert len(both) == 12
    assert both["with_attention"] == ("ab", "with_attention")


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_translations_are_those_of_the_model(translator, served, direction):
    photos = np.stack([photo(seed=seed) for seed in range(2)])
    expected, maps = translator.model.translate(
        photos, direction, return_heat_maps=True
    )
    files = [encoded(image) for image in photos]
    answer = ask(served[f"{direction}_with_attention"], files)
    np.testing.assert_allclose(answer["heat_map"], maps, rtol=1e-5)
    for place in range(2):
        assert_near(pixels(answer["image_bytes"][place]), expected[place])
        np.testing.assert_array_equal(
            pixels(answer["heat_map_bytes"][place]),
            draw_heat_map(answer["heat_map"][place], SIZE),
        )
    raw = served[f"{direction}_images"](images=tf.constant(photos))
    assert_near(raw["images"], expected)


def test_the_default_is_from_a_to_b(served):
    file = [encoded(photo())]
    default = ask(served["serving_default"], file)["image_bytes"]
    assert default == ask(served["ab"], file)["image_bytes"]
    assert default != ask(served["ba"], file)["image_bytes"]


def test_photos_are_resized_as_for_evaluation(translator, served):
    large = photo(3 * SIZE, 2 * SIZE + 1)
    small = resize_image(tf.constant(large), (SIZE, SIZE)).numpy()
    expected = translator.model.translate(small)[0]
    found = ask(served["ab"], [encoded(large)])["image_bytes"][0]
    assert_near(pixels(found), expected)


def test_input_size_gives_each_photo_its_own_size(served):
    files = [
        encoded(photo(31, 50)),
        encoded(photo(7, 90, seed=2), "JPEG", quality=95),
        encoded(photo(seed=1)),
    ]
    own = ask(served["input_size"], files)["image_bytes"]
    square = ask(served["serving_default"], files)["image_bytes"]
    shapes = [pixels(file).shape for file in own]
    assert shapes == [(31, 50, 3), (7, 90, 3), (SIZE, SIZE, 3)]
    assert own[2] == square[2]
    expected = Image.fromarray(pixels(square[0])).resize(
        (50, 31), Image.Resampling.BILINEAR
    )
    difference = np.abs(pixels(own[0]).astype(int) - np.asarray(expected))
    assert difference.max() <= 1


def test_photos_of_any_kind_are_taken(served):
    color = photo()
    transparent = np.concatenate(
        [color, np.zeros((SIZE, SIZE, 1), np.uint8)], axis=-1
    )
    white = np.full_like(color, 255)
    gray = photo(channels=1)
    files = [
        encoded(transparent),
        encoded(white),
        encoded(gray),
        encoded(np.stack([gray] * 3, -1)),
    ]
    found = [*map(pixels, ask(served["serving_default"], files)["image_bytes"])]
    assert_near(found[0], found[1])
    assert_near(found[2], found[3])


def test_neighbours_change_a_pixel_by_a_level_at_most(served):
    files = [encoded(photo(20 + seed, 30, seed)) for seed in range(5)]
    together = ask(served["input_size"], files)["image_bytes"]
    for place in (0, 3):
        (alone,) = ask(served["input_size"], [files[place]])["image_bytes"]
        assert_near(pixels(alone), pixels(together[place]))


def test_a_batch_of_none_gives_none(served):
    answer = ask(served["with_attention"], [])
    assert {name: value.shape for name, value in answer.items()} == {
        "image_bytes": (0,),
        "heat_map": (0, SIZE // 4, SIZE // 4),
        "heat_map_bytes": (0,),
    }
    none = tf.zeros((0, SIZE, SIZE, 3), tf.uint8)
    assert served["images"](images=none)["images"].shape == none.shape


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an image",
        b"GIF89a" + bytes(40),
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff" + bytes(40),
    ],
)
def test_bytes_that_are_no_photo_are_refused(served, content):
    files = [encoded(photo()), content]
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match="must be JPEG or PNG|Invalid PNG|Invalid JPEG",
    ):
        ask(served["serving_default"], files)


def test_rows_by_themselves_give_the_same_bytes_in_any_request(tmp_path):
    model = small_translators.cyclegan()
    path = tfragan.export.saved_model(
        model, tmp_path, direction="ba", row_by_row=True, max_pixels=3000
    )
    told = json.loads((path / "export.json").read_text())
    assert told["parity"]["independent_rows"]
    assert told["parity"]["max_pixel_difference"] == 0
    assert told["max_pixels"] == 3000
    served = tf.saved_model.load(str(path)).signatures
    assert sorted(served) == [
        "ba",
        "ba_images",
        "ba_input_size",
        "images",
        "input_size",
        "serving_default",
    ]
    photos = small_translators.photos()
    found = served["images"](images=tf.constant(photos))["images"].numpy()
    np.testing.assert_array_equal(found, model.translate(photos, "ba"))
    empty = ask(served["input_size"], [])
    assert empty["image_bytes"].shape == (0,)

    assert len(ask(served["ba"], [encoded(photo(60, 50))])["image_bytes"]) == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="51 x 60 pixels"):
        ask(served["ba"], [encoded(photo(60, 51))])


@pytest.mark.parametrize(("shape", "size"), [((8, 8), 32), ((5, 7), 20)])
def test_the_picture_is_that_of_draw_heat_map(shape, size):
    draw = np.random.default_rng(0)
    heat_map = draw.gamma(2.0, 30.0, shape).astype("float32")
    found = tf.function(color_heat_map)(tf.constant(heat_map), size)
    np.testing.assert_array_equal(found, draw_heat_map(heat_map, size))


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_map_without_contrast_is_dark_blue(value):
    heat_map = np.full((4, 4), value, "float32")
    found = color_heat_map(tf.constant(heat_map), 8).numpy()
    np.testing.assert_array_equal(found, draw_heat_map(heat_map, 8))
    assert (found == [0, 0, 128]).all()
