import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.data.streams import assert_same
from tests.data.streams import take
from tfragan.data.image_split import EncodedImage
from tfragan.data.labelled_images import LabelNames
from tfragan.data.paired_images import PairedImage
from tfragan.data.paired_images import PairedImages
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary

SIZES = (4, 8)
LABELS = LabelNames(["parity"], [["even", "odd"]])
WORDS = ("one", "two", "three")


def pixels_of(number):
    rng = np.random.default_rng(number)
    coarse = rng.integers(60, 200, (3, 4, 3), np.uint8)
    image = Image.fromarray(coarse).resize((28, 20), Image.Resampling.BICUBIC)
    return np.asarray(image)


def save(folder, name, pixels, size=None):
    image = Image.fromarray(pixels)
    if size is not None:
        image = image.resize(size, Image.Resampling.LANCZOS)
    image.save(folder / name)
    return EncodedImage(name, str(folder / name))


def pairs(files, **options):
    """A data set of (input, target) files, captions and labels."""
    items = [
        PairedImage(
            target.key,
            target.path,
            (" ".join(WORDS[: 1 + number % 3]),),
            number,
            input=source,
            label_ids=(number % 2,),
        )
        for number, (source, target) in enumerate(files)
    ]
    return PairedImages(items, "negatives", "train", LABELS, **options)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Five targets; an input is the negative at twice the size."""
    folder = tmp_path_factory.mktemp("images")
    return pairs(
        (
            save(folder, f"a{number}.png", 255 - pixels_of(number), (56, 40)),
            save(folder, f"b{number}.png", pixels_of(number)),
        )
        for number in range(5)
    )


@pytest.fixture(scope="module")
def tokenizer():
    return CaptionTokenizer(Vocabulary(["<end>", *WORDS]), 4)


@pytest.fixture(scope="module")
def whole(dataset, tokenizer):
    return take(dataset.batches(4, SIZES, tokenizer=tokenizer, seed=3), 12)


def test_batch_has_the_documented_form(dataset, tokenizer):
    batches = dataset.batches(4, SIZES)
    assert batches.cardinality() == tf.data.INFINITE_CARDINALITY
    plain = {
        "images": tuple(tf.TensorSpec((4, n, n, 3)) for n in SIZES),
        "inputs": tf.TensorSpec((4, 8, 8, 3)),
        "label_ids": tf.TensorSpec((4, 1), tf.int32),
        "sample_ids": tf.TensorSpec((4,), tf.int64),
    }
    assert batches.element_spec == plain
    captioned = dataset.batches(4, SIZES, tokenizer=tokenizer)
    assert captioned.element_spec == plain | {
        "token_ids": tf.TensorSpec((4, 4), tf.int32),
        "class_ids": tf.TensorSpec((4,), tf.int32),
        "caption_ids": tf.TensorSpec((4,), tf.int32),
    }


def test_inputs_and_targets_are_cropped_and_mirrored_alike(whole):
    crops = set()
    for batch in whole:
        # A negative: their sum is 255, that is 0 in [-1, 1].
        total = batch["inputs"] + batch["images"][-1]
        assert np.abs(total).max() < 5 / 127.5
        assert batch["images"][-1].std() > 0.1
        crops |= {image.tobytes() for image in batch["images"][-1]}
    # At 8 of 11 columns in two directions, five images make 40 crops.
    assert len(crops) > 15


def test_labels_and_captions_are_those_of_the_pair(whole):
    for batch in whole:
        ids = batch["sample_ids"]
        np.testing.assert_array_equal(batch["label_ids"][:, 0], ids % 2)
        words = (batch["token_ids"] > 0).sum(axis=1)
        np.testing.assert_array_equal(words, 1 + ids % 3)
        assert (np.diff(words) <= 0).all()


def test_start_step_continues_the_stream_exactly(dataset, tokenizer, whole):
    rest = dataset.batches(4, SIZES, tokenizer=tokenizer, seed=3, start_step=9)
    assert_same(take(rest, 3), whole[9:])


@pytest.mark.parametrize("target_half", ["left", "right"])
def test_halves_are_input_and_target(target_half, tmp_path):
    target = pixels_of(0)[:, :20]
    both = [255 - target, target]
    if target_half == "left":
        both = both[::-1]
    image = save(tmp_path, "0.png", np.concatenate(both, axis=1))
    data = pairs([(image, image)], target_half=target_half)
    (batch,) = take(data.batches(1, (20,), training=False, crop="full"), 1)
    expected = target / 127.5 - 1
    np.testing.assert_allclose(batch["images"][0][0], expected, atol=1e-6)
    np.testing.assert_allclose(batch["inputs"][0], -expected, atol=1e-6)


def test_a_tokenizer_needs_captions(dataset, tokenizer):
    silent = dataset.replace_items(
        PairedImage(item.key, item.path, (), input=item.input)
        for item in dataset.items
    )
    with pytest.raises(ValueError, match="'negatives' have no captions"):
        silent.batches(4, SIZES, tokenizer=tokenizer)
