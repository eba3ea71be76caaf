import dataclasses
import fractions

import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import load
from tests.golden import nhwc
from tfragan.data import image_augmentation
from tfragan.data import sample_choice
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.framed_images import Framer
from tfragan.data.framing import FRAMINGS
from tfragan.models.ragan.ragan_guidance import grayscale
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary

SIZES = (8, 16, 32)
MAX_WORDS = 18


@pytest.mark.golden
@pytest.mark.parametrize("case", range(4))
def test_ragan_image_pipeline_within_gray_levels(case):
    arrays = load("ragan", "data_pipeline")
    given = group(arrays, f"in/case{case}")
    expected = group(arrays, f"out/case{case}")
    shorter, size = (int(side) for side in arrays["in/load_fine"])
    framing = dataclasses.replace(
        FRAMINGS["ragan"], margin=fractions.Fraction(shorter, size)
    )
    framer = Framer(SIZES, framing)

    image = tf.constant(arrays["in/image"])
    if given["use_bbox"][0]:
        image = framer.crop_to_box(image, tf.constant(arrays["in/bbox"]))
    resized = framer.resize(image)
    sides = [*image.shape[1::-1], *resized.shape[1::-1]]
    assert sides == expected["first_resize_wh_in_out"].tolist()

    top, left = given["crop_top_left"]
    crop = image_augmentation.crop_and_flip(
        resized, size, top, left, bool(given["flip"][0])
    )
    for number, level in enumerate(framer.pyramid(crop)):
        difference = level - nhwc(expected[f"img{number}"][None])[0]
        tolerance = 1 if number == 2 else 2
        assert np.abs(difference).max() * 127.5 < tolerance + 0.01
    gray = grayscale(level)[..., 0]
    assert np.abs(gray - expected["gray"][0]).max() * 127.5 < 1.01


@pytest.mark.golden
def test_ragan_captions_keep_the_words_that_were_drawn(monkeypatch):
    arrays = load("ragan", "data_pipeline")
    names = ("caption_short", "caption_long", "caption_exact")
    captions = [
        " ".join(f"w{word}" for word in arrays[f"in/{name}"]) for name in names
    ]
    data = CaptionedImages(
        [CaptionedImage("bird", "/bird.jpg", tuple(captions))], "one", "train"
    )
    words = [f"w{word}" for word in range(1, 100)]
    tokenizer = CaptionTokenizer(Vocabulary(["<end>", *words]), MAX_WORDS)
    table = sample_choice.CaptionTable(data, tokenizer)
    # The earlier a position was shuffled to, the larger its draw here.
    order = np.argsort(arrays["in/shuffled_positions"])
    draws = np.tile(1 - order / len(order), (len(names), 1))
    monkeypatch.setattr(
        tf.random,
        "stateless_uniform",
        lambda shape, *_, **__: tf.ensure_shape(
            tf.constant(draws, tf.float32), [int(side) for side in shape]
        ),
    )
    token_ids, lengths = table.token_ids(tf.range(3), MAX_WORDS, seed=[0, 0])
    for name, ids in zip(names, token_ids, strict=True):
        np.testing.assert_array_equal(ids, arrays[f"out/{name}"])
    np.testing.assert_array_equal(lengths, arrays["out/caption_lens"])
