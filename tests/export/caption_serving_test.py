"""Captions become the pictures and maps of the model."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfragan
from tests.export.conftest import changed
from tests.models import small_models
from tfragan.export import verify
from tfragan.export.caption_serving import some_captions
from tfragan.export.serving import serving_of


def test_an_export_equals_its_model(exported):
    parity = verify(
        exported.path, exported.model, captions=["a red fish", "zebra"]
    )
    assert parity.samples == 2
    assert parity.max_pixel_difference == 0
    assert parity.max_attention_difference == 0.0
    assert parity.independent_rows


def test_other_weights_are_noticed(exported):
    kernel = exported.model.generator_average.initial_stage.projection.kernel
    with changed(kernel, -kernel):
        parity = verify(
            exported.path, exported.model, captions=["a red fish"], seeds=[1]
        )
    assert parity.max_pixel_difference > 8
    assert parity.independent_rows


def test_captions_come_with_a_seed_each(exported):
    for captions, seeds in (([], []), (["a"], [1, 2])):
        with pytest.raises(ValueError, match="and one seed each"):
            verify(
                exported.path, exported.model, captions=captions, seeds=seeds
            )


def test_the_longest_caption_and_the_empty_one_are_compared():
    tokenizer = small_models.tokenizer()
    short, long, empty = some_captions(tokenizer)
    assert tokenizer.words(short) == ["a", "red", "blue", "bird"]
    assert len(tokenizer.words(long)) == tokenizer.max_words
    assert empty == ""


SIZE = 32
NO_SIZES = tf.constant([], tf.int32)
NOBODYS_WORDS = [
    "",
    " \t\n",
    "zebra quagga",
    b"\xff\xfe\x80",
    b"\xed\xa0\x80",
    b"\x00",
    "\N{BIRD}",
    "\N{COMBINING ACUTE ACCENT}" * 10_000,
]
ODD_CAPTIONS = {
    "red bird " * 1112: "red bird red bird red bird",
    "x" * 10_000 + " red": "red",
    b"red\x00bird": "red bird",
    b"red \xff\xfe bird": "red bird",
    b"\xf0\x9f\x90 a red bird": "a red bird",
}


def request_of(captions, seeds):
    return {
        "caption": tf.constant(captions, tf.string),
        "seed": tf.constant(seeds, tf.int32),
    }


def answer_of(signature, captions, seeds, **others):
    outputs = signature(**request_of(captions, seeds), **others)
    return {name: value.numpy() for name, value in outputs.items()}


def random_captions(count):
    draw = np.random.default_rng(1)
    words = small_models.WORDS[1:]
    return [
        " ".join(draw.choice(words, draw.integers(0, 9))) for _ in range(count)
    ]


@pytest.mark.parametrize("place", [0, 2])
def test_the_batch_around_a_caption_changes_no_byte(served, place):
    captions = random_captions(32)
    captions[place] = "a red bird with blue wings"
    seeds = [7 * number - 60 for number in range(32)]
    part = slice(place, place + 1)
    for name in ("serving_default", "with_attention", "images"):
        ask = functools.partial(answer_of, served[name])
        alone = ask(captions[part], seeds[part])
        for batch in (3, 5, 32):
            together = ask(captions[:batch], seeds[:batch])
            for output, value in alone.items():
                np.testing.assert_array_equal(
                    together[output][part], value, f"{name} {output} {batch}"
                )


def test_another_seed_gives_another_picture(served):
    files = answer_of(served["serving_default"], ["a red bird"] * 3, [0, 1, 0])
    first, second, third = files["image_bytes"]
    assert first == third
    assert first != second


def test_the_png_holds_the_pixels(served):
    captions = random_captions(4)
    files = answer_of(served["serving_default"], captions, range(4))
    pixels = answer_of(served["images"], captions, range(4))["image"]
    assert pixels.dtype == np.uint8
    assert pixels.shape == (4, SIZE, SIZE, 3)
    for file, expected in zip(files["image_bytes"], pixels, strict=True):
        assert file.startswith(b"\x89PNG")
        np.testing.assert_array_equal(tf.io.decode_png(file), expected)


def test_maps_belong_to_the_words_beside_them(served):
    answer = answer_of(
        served["with_attention"], ["A RED, zebra bird!", "", "blue"], [0, 1, 2]
    )
    assert answer["words"].tolist() == [
        [b"a", b"red", b"bird", b"", b"", b""],
        [b""] * 6,
        [b"blue", b"", b"", b"", b"", b""],
    ]
    maps = answer["attention_map_16"]
    assert maps.shape == (3, 16, 16, 6)
    present = answer["words"] != b""
    assert np.all(maps.transpose(0, 3, 1, 2)[~present] == 0)
    np.testing.assert_allclose(maps[[0, 2]].sum(-1), 1, atol=1e-6)


def test_captions_without_a_known_word_give_the_empty_one(served):
    count = len(NOBODYS_WORDS)
    answer = answer_of(served["serving_default"], NOBODYS_WORDS, [5] * count)
    assert len(set(answer["image_bytes"].tolist())) == 1


def test_odd_captions_keep_their_words(served):
    captions = [*ODD_CAPTIONS, *ODD_CAPTIONS.values()]
    answer = answer_of(served["serving_default"], captions, [5] * len(captions))
    odd, plain = np.split(answer["image_bytes"], 2)
    assert odd.tolist() == plain.tolist()


def test_a_batch_of_none_gives_none(served):
    shapes = {
        name: {key: value.shape for key, value in answer.items()}
        for name in served
        for others in [{"size": NO_SIZES} if name == "with_size" else {}]
        for answer in [answer_of(served[name], [], [], **others)]
    }
    assert shapes == {
        "serving_default": {"image_bytes": (0,)},
        "images": {"image": (0, SIZE, SIZE, 3)},
        "with_size": {"image_bytes": (0,)},
        "with_stages": {"image_bytes": (0,), "image_16_bytes": (0,)},
        "with_attention": {
            "image_bytes": (0,),
            "words": (0, 6),
            "attention_map_16": (0, 16, 16, 6),
        },
    }


@pytest.mark.parametrize("seeds", [[0], [0, 1, 2], []])
def test_seeds_in_another_number_are_refused(served, seeds):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="one seed a caption"
    ):
        answer_of(served["serving_default"], ["a red bird", "a fish"], seeds)


@pytest.mark.parametrize(
    "endpoint", ["serving_default", "with_attention", "images"]
)
def test_another_keras_model_takes_it_as_a_layer(served, exported, endpoint):
    inputs = {
        "caption": keras.Input((), dtype="string", name="caption"),
        "seed": keras.Input((), dtype="int32", name="seed"),
    }
    layer = keras.layers.TFSMLayer(str(exported.path), call_endpoint=endpoint)
    outputs = layer(inputs)
    if endpoint == "images":
        outputs["image"] = keras.layers.Rescaling(1 / 255)(outputs["image"])
    model = keras.Model(inputs, outputs)
    captions, seeds = ["a red bird", ""], [1, 2]
    expected = answer_of(served[endpoint], captions, seeds)
    if endpoint == "images":
        expected["image"] = expected["image"] / np.float32(255)
    found = model(request_of(captions, seeds))
    assert set(found) == set(expected)
    for name, value in expected.items():
        if value.dtype == np.float32:
            np.testing.assert_allclose(found[name], value, atol=1e-6)
        else:
            np.testing.assert_array_equal(found[name], value)


def test_pictures_come_in_the_size_that_is_asked_for(served):
    captions, seeds = ["a red bird"] * 3, [5] * 3
    answer = answer_of(
        served["with_size"],
        captions,
        seeds,
        size=tf.constant([SIZE, 7, 100]),
    )
    pictures = [
        tf.io.decode_png(file).numpy() for file in answer["image_bytes"]
    ]
    assert [picture.shape[:2] for picture in pictures] == [
        (SIZE, SIZE),
        (7, 7),
        (100, 100),
    ]
    plain = answer_of(served["images"], captions[:1], seeds[:1])["image"][0]
    np.testing.assert_array_equal(pictures[0], plain)
    # Of all the pixels, since it is antialiased.
    assert abs(pictures[1].mean() - plain.mean()) < 2


@pytest.mark.parametrize("size", [0, -1, 2049])
def test_other_sizes_are_refused(served, size):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="size must be above 0 and at most"
    ):
        answer_of(
            served["with_size"], ["a fish"], [0], size=tf.constant([size])
        )


def test_the_images_of_all_stages_are_served(exported, served):
    captions, seeds = ["a red bird", "a fish"], [3, 4]
    answer = answer_of(served["with_stages"], captions, seeds)
    expected = exported.model.generate_outputs(captions, seeds)
    (early,) = expected["early_images"]
    for name, images in (
        ("image_bytes", expected["image"]),
        ("image_16_bytes", early),
    ):
        found = [tf.io.decode_png(file).numpy() for file in answer[name]]
        np.testing.assert_array_equal(np.stack(found), images)


SENTENCES = ["a red bird", "fish with wings", ""]
SEEDS = [3, 0, 7]
REQUEST = {
    "caption": tf.constant(SENTENCES),
    "seed": tf.constant(SEEDS, tf.int32),
}


@pytest.fixture(scope="module")
def ssagan(tmp_path_factory):
    """A tiny SSA-GAN and the folder of its only version."""
    model = small_models.awake(small_models.ssagan())
    folder = tmp_path_factory.mktemp("serving") / "ssagan"
    return model, tfragan.export.saved_model(model, folder)


def test_masks_of_every_block_are_served(ssagan):
    model, path = ssagan
    served = tf.saved_model.load(str(path)).signatures
    assert sorted(served) == [
        "images",
        "serving_default",
        "with_masks",
        "with_size",
        "with_truncation",
    ]
    answer = served["with_masks"](**REQUEST)
    images, masks = model.generate(SENTENCES, SEEDS, return_masks=True)
    for size, expected in zip((4, 8, 16, 32), masks, strict=True):
        found = answer[f"mask_{size}"].numpy()
        np.testing.assert_allclose(found, expected, atol=1e-6)
    for file, image in zip(answer["image_bytes"].numpy(), images, strict=True):
        np.testing.assert_array_equal(tf.io.decode_png(file), image)
    assert answer["words"].numpy()[0].tolist()[:3] == [b"a", b"red", b"bird"]


def test_other_masks_are_noticed(ssagan):
    model, path = ssagan
    bias = model.generator.mask_predictors[-1].logit.bias
    with changed(bias, bias + 3.0):
        parity = verify(path, model, captions=["a red fish"], seeds=[1])
    assert parity.max_attention_difference > 0.1


def test_a_model_without_maps_serves_none():
    model = small_models.awake(small_models.dfgan())
    serving = serving_of(model)
    assert sorted(serving.signatures) == [
        "images",
        "serving_default",
        "with_size",
        "with_truncation",
    ]
    found = serving.module().images(REQUEST)["image"]
    np.testing.assert_array_equal(found, model.generate(SENTENCES, SEEDS))


def test_each_row_is_truncated_by_its_own_factor(ssagan):
    model, path = ssagan
    truncated = tf.saved_model.load(str(path)).signatures["with_truncation"]
    answer = truncated(**REQUEST, truncation=tf.constant([0.25, 1.0, 0.5]))
    expected = np.concatenate(
        [
            model.generate_outputs([caption], [seed], truncation=factor)[
                "image"
            ]
            for caption, seed, factor in zip(
                SENTENCES, SEEDS, (0.25, 1.0, 0.5), strict=True
            )
        ]
    )
    found = [
        tf.io.decode_png(file).numpy() for file in answer["image_bytes"].numpy()
    ]
    np.testing.assert_array_equal(np.stack(found), expected)
    for factor in (0.0, -1.0, 1.5, float("nan"), float("inf")):
        with pytest.raises(tf.errors.InvalidArgumentError, match="truncation"):
            truncated(**REQUEST, truncation=tf.constant([0.5, factor, 0.5]))
