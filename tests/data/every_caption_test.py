"""Training on every caption of each image, once an epoch."""

import itertools

import numpy as np
import pytest
from PIL import Image

from tests.data.streams import assert_same
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary

WORDS = tuple(f"word{index}" for index in range(20))
MAX_WORDS = 4
# Captions of each image; the one of number 1 of each knows no word.
COUNTS = (1, 4, 2, 5, 3)
USABLE = {
    (image, caption)
    for image, count in enumerate(COUNTS)
    for caption in range(count)
    if caption != 1
}


def captions_of(image):
    """Captions of 1 to 7 words, and at number 1 one without any."""
    words = np.random.default_rng(image)
    captions = []
    for caption in range(COUNTS[image]):
        length = 1 + (2 * image + 3 * caption) % 7
        chosen = words.permutation(WORDS)[:length]
        captions.append(" ".join(chosen) if caption != 1 else "!?")
    return tuple(captions)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    items = []
    for index in range(len(COUNTS)):
        path = folder / f"{index}.png"
        Image.new("RGB", (9, 8), (50 * index, 0, 0)).save(path)
        items.append(
            CaptionedImage(
                str(index), str(path), captions_of(index), 10 + index
            )
        )
    return CaptionedImages(items, "five", "train").choose_captions("every")


@pytest.fixture(scope="module")
def tokenizer():
    return CaptionTokenizer(Vocabulary(["<end>", *WORDS]), MAX_WORDS)


@pytest.fixture(scope="module")
def take(dataset, tokenizer):
    """Takes the first batches of a stream, as arrays."""

    def first(count, batch_size, data=dataset, **options):
        batches = data.batches(
            batch_size, tokenizer, image_sizes=(8,), **options
        )
        return list(itertools.islice(batches.as_numpy_iterator(), count))

    return first


def pairs_of(batches):
    """Image and caption of each sample."""
    return [
        pair
        for batch in batches
        for pair in zip(
            batch["sample_ids"].tolist(),
            batch["caption_ids"].tolist(),
            strict=True,
        )
    ]


def test_each_epoch_visits_every_caption_once_in_a_new_order(take):
    assert len(USABLE) == 11
    epochs = [pairs_of([batch]) for batch in take(6, 11)]
    for epoch in epochs:
        assert sorted(epoch) == sorted(USABLE)
    batches = take(10, 5)
    epochs = [pairs_of(batches[step : step + 2]) for step in range(0, 10, 2)]
    for epoch in epochs:
        assert len(set(epoch)) == 10
    assert len({frozenset(epoch) for epoch in epochs}) > 1


def test_image_class_and_words_are_those_of_the_caption(
    dataset, tokenizer, take
):
    short = 0
    for batch in take(4, 5):
        np.testing.assert_array_equal(
            batch["class_ids"], 10 + batch["sample_ids"]
        )
        red = (batch["images"][0][:, 0, 0, 0] + 1) * 127.5
        np.testing.assert_allclose(red, 50 * batch["sample_ids"], atol=0.01)
        for pair, ids in zip(
            pairs_of([batch]), batch["token_ids"], strict=True
        ):
            text = dataset.items[pair[0]].captions[pair[1]]
            known = [WORDS.index(word) + 1 for word in text.split()]
            if len(known) <= MAX_WORDS:
                short += 1
                assert ids.tolist() == tokenizer([text])[0].numpy().tolist()
            else:
                places = [known.index(word) for word in ids]
                assert sorted(places) == places
                assert len(places) == MAX_WORDS
    assert 0 < short < 20


@pytest.mark.parametrize("start_step", [1, 2, 5])
def test_start_step_continues_the_stream_exactly(start_step, take):
    # Two steps make an epoch.
    whole = take(7, 5, seed=3)
    rest = take(7 - start_step, 5, seed=3, start_step=start_step)
    assert_same(rest, whole[start_step:])


def test_a_batch_may_hold_more_captions_than_there_are_images(take):
    (batch,) = take(1, 8)
    assert len(set(batch["sample_ids"])) < len(set(pairs_of([batch]))) == 8
    message = "number of captions of 'five', 11. Received: batch_size=12"
    with pytest.raises(ValueError, match=message):
        take(1, 12)


def test_evaluation_is_one_pass_over_the_images_as_ever(dataset, take):
    options = {"training": False, "caption_index": 1}
    assert_same(
        take(9, 2, **options),
        take(9, 2, data=dataset.choose_captions("random"), **options),
    )


def test_an_image_without_known_words_is_refused_by_name(dataset, take):
    silent = CaptionedImage("mute", "/none.png", ("!?",))
    data = dataset.replace_items([*dataset.items, silent])
    with pytest.raises(ValueError, match="1 of the 6 images .*'mute'"):
        take(1, 2, data=data)
