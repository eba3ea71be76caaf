"""Captions become the pictures and maps of the model."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tests.export.conftest import assert_near
from tests.models import small_models
from tfragan.export import verify
from tfragan.export.caption_serving import some_captions
from tfragan.export.serving import serving_of
from tfragan.export.verification import decoded


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


def test_neighbours_change_a_pixel_by_a_level_at_most(served):
    captions = random_captions(11)
    seeds = [7 * number - 60 for number in range(11)]
    ask = functools.partial(answer_of, served["with_attention"])
    together = ask(captions, seeds)
    for part in (slice(2, 3), slice(2, 5)):
        fewer = ask(captions[part], seeds[part])
        assert_near(
            decoded(fewer["image_bytes"]),
            decoded(together["image_bytes"][part]),
        )
        np.testing.assert_allclose(
            fewer["attention_map_16"],
            together["attention_map_16"][part],
            atol=1e-5,
        )


def test_another_seed_gives_another_picture(served):
    files = answer_of(served["serving_default"], ["a red bird"] * 3, [0, 1, 0])
    first, second, third = decoded(files["image_bytes"]).astype(int)
    assert_near(first, third)
    assert np.abs(first - second).max() > 1


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
    pictures = decoded(answer["image_bytes"])
    assert_near(pictures, np.stack([pictures[0]] * count))


def test_odd_captions_keep_their_words(served):
    captions = [*ODD_CAPTIONS, *ODD_CAPTIONS.values()]
    answer = answer_of(served["serving_default"], captions, [5] * len(captions))
    assert_near(*np.split(decoded(answer["image_bytes"]), 2))


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
    assert_near(decoded(answer["image_bytes"]), expected["image"])
    assert_near(decoded(answer["image_16_bytes"]), early)


SENTENCES = ["a red bird", "fish with wings", ""]
SEEDS = [3, 0, 7]
REQUEST = {
    "caption": tf.constant(SENTENCES),
    "seed": tf.constant(SEEDS, tf.int32),
}


@pytest.fixture(scope="module")
def ssagan():
    """A tiny SSA-GAN and what is saved of it."""
    model = small_models.awake(small_models.ssagan())
    serving = serving_of(model)
    assert sorted(serving.signatures) == [
        "images",
        "serving_default",
        "with_masks",
        "with_size",
        "with_truncation",
    ]
    return model, serving.module()


def test_masks_of_every_block_are_served(ssagan):
    model, module = ssagan
    answer = module.with_masks(REQUEST)
    images, masks = model.generate(SENTENCES, SEEDS, return_masks=True)
    for size, expected in zip((4, 8, 16, 32), masks, strict=True):
        found = answer[f"mask_{size}"].numpy()
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert_near(decoded(answer["image_bytes"].numpy()), images)
    assert answer["words"].numpy()[0].tolist()[:3] == [b"a", b"red", b"bird"]


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
    assert_near(found, model.generate(SENTENCES, SEEDS))


def test_each_row_is_truncated_by_its_own_factor(ssagan):
    model, module = ssagan

    def truncated(*factors):
        return module.with_truncation(
            {**REQUEST, "truncation": tf.constant(factors)}
        )

    answer = truncated(0.25, 1.0, 0.5)
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
    assert_near(decoded(answer["image_bytes"].numpy()), expected)
    for factor in (0.0, -1.0, 1.5, float("nan"), float("inf")):
        with pytest.raises(tf.errors.InvalidArgumentError, match="truncation"):
            truncated(0.5, factor, 0.5)
