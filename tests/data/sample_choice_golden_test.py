import numpy as np
import pytest
import tensorflow as tf

from tests.golden import load
from tfragan.data import sample_choice
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary


@pytest.mark.golden
def test_ragan_captions_keep_the_words_that_were_drawn(monkeypatch):
    arrays = load("ragan", "data_pipeline")
    names = [
        name.removeprefix("in/")
        for name in arrays
        if name.startswith("in/caption_")
    ]
    captions = [
        " ".join(f"w{word}" for word in arrays[f"in/{name}"]) for name in names
    ]
    data = CaptionedImages(
        [CaptionedImage("bird", "/bird.jpg", tuple(captions))], "one", "train"
    )
    largest = max(arrays[f"in/{name}"].max() for name in names)
    (max_words,) = {len(arrays[f"out/{name}"]) for name in names}
    words = [f"w{word}" for word in range(1, largest + 1)]
    tokenizer = CaptionTokenizer(Vocabulary(["<end>", *words]), max_words)
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
    token_ids, lengths = table.token_ids(
        tf.range(len(names)), max_words, seed=[0, 0]
    )
    for name, ids in zip(names, token_ids, strict=True):
        np.testing.assert_array_equal(ids, arrays[f"out/{name}"])
    np.testing.assert_array_equal(lengths, arrays["out/caption_lens"])
