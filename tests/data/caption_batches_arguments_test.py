import dataclasses

import pytest

from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary


@pytest.fixture
def items():
    """Eleven images whose files are never read."""
    return [
        CaptionedImage(str(index), f"/{index}.png", ("a red bird",))
        for index in range(11)
    ]


@pytest.fixture
def dataset(items):
    return CaptionedImages(items, "eleven", "train")


@pytest.fixture
def tokenizer():
    return CaptionTokenizer(Vocabulary(["<end>", "bird"]))


def test_image_without_known_words_is_refused_by_name(items, tokenizer):
    silent = [
        dataclasses.replace(item, captions=("unheard of",))
        for item in items[:5]
    ]
    data = CaptionedImages(silent + items[5:], "five silent", "train")
    with pytest.raises(
        ValueError, match="5 of the 11 images .*'0', '1', '2', "
    ):
        data.batches(2, tokenizer)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_sizes": (64, 32)}, r"image_sizes=\(64, 32\)"),
        ({"image_sizes": (64, 64)}, r"image_sizes=\(64, 64\)"),
        ({"image_sizes": ()}, "image_sizes"),
        ({"image_sizes": (0, 64)}, "image_sizes"),
        ({"crop": "middle"}, "crop='middle'"),
        ({"batch_size": 12}, "eleven.* 11.*batch_size=12"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"num_shards": 3}, "batch_size=4, num_shards=3"),
        ({"num_shards": 2, "shard_index": 2}, "shard_index=2"),
        ({"start_step": -1}, "start_step=-1"),
        ({"max_words": 0}, "max_words=0"),
        ({"caption_index": -1}, "caption_index=-1"),
    ],
)
def test_wrong_arguments_are_named(options, message, dataset, tokenizer):
    options = {"batch_size": 4, "tokenizer": tokenizer, **options}
    with pytest.raises(ValueError, match=message):
        dataset.batches(**options)


def test_images_prepared_too_small_are_refused(items, tokenizer):
    data = CaptionedImages(items, "small", "train", record_image_size=32)
    with pytest.raises(ValueError, match="prepared for images of 32 pixels"):
        data.batches(4, tokenizer, image_sizes=(32, 64))
