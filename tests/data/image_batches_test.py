import dataclasses
import fractions

import numpy as np
import pytest
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from tests.data.fake_layouts import picture
from tests.data.streams import assert_same
from tests.data.streams import joined
from tests.data.streams import take
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.framing import Framing
from tfragan.data.image_augmentation import resize_image
from tfragan.data.image_batches import Framer
from tfragan.data.image_batches import load_batches
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary

WORDS = tuple(f"word{index}" for index in range(12))
SIZES = (4, 8)
TIGHT = Framing(margin=fractions.Fraction(1), resize_method="lanczos3")
# Captions are distinguished by their words; one is longer than MAX_WORDS and
# one knows no word.
MAX_WORDS = 6


def captions_of(index):
    rotated = WORDS[index:] + WORDS[:index]
    return (
        " ".join(rotated[: 1 + index % 5]),
        "!?",
        " ".join(rotated[: 2 + index % 3]),
        " ".join(WORDS),
    )


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    items = []
    for index in range(11):
        shape = (12 + index % 4, 10 + index % 3, 3)
        image = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
        path = folder / f"{index}.png"
        image.save(path)
        items.append(
            CaptionedImage(
                key=str(index),
                path=str(path),
                captions=captions_of(index),
                class_id=index % 4,
                box=(1, 2, 8, 7) if index % 2 else None,
            )
        )
    return items


@pytest.fixture(scope="module")
def dataset(items):
    return CaptionedImages(items, "eleven", "train")


@pytest.fixture(scope="module")
def tokenizer():
    return CaptionTokenizer(Vocabulary(["<end>", *WORDS]), MAX_WORDS)


def first_batch(dataset, batch_size, tokenizer, **options):
    batches = dataset.batches(batch_size, tokenizer, **options)
    return next(batches.as_numpy_iterator())


@pytest.fixture(scope="module")
def epochs(dataset, tokenizer):
    """30 epochs, each of a single batch."""
    return take(dataset.batches(11, tokenizer, image_sizes=(8,)), 30)


def test_batch_has_the_documented_form(dataset, tokenizer):
    batches = dataset.batches(4, tokenizer, image_sizes=SIZES)
    assert batches.cardinality() == tf.data.INFINITE_CARDINALITY
    spec = batches.element_spec
    images = tuple(tf.TensorSpec((4, size, size, 3)) for size in SIZES)
    assert spec == {
        "images": images,
        "token_ids": tf.TensorSpec((4, MAX_WORDS), tf.int32),
        "class_ids": tf.TensorSpec((4,), tf.int32),
        "sample_ids": tf.TensorSpec((4,), tf.int64),
        "caption_ids": tf.TensorSpec((4,), tf.int32),
    }
    (batch,) = take(batches, 1)
    for level in batch["images"]:
        assert level.min() >= -1
        assert level.max() <= 1
        assert level.std() > 0.1
    np.testing.assert_array_equal(batch["class_ids"], batch["sample_ids"] % 4)


def test_tokens_are_those_of_the_chosen_caption(dataset, tokenizer, epochs):
    for batch in epochs[:3]:
        for sample, caption, ids in zip(
            batch["sample_ids"],
            batch["caption_ids"],
            batch["token_ids"],
            strict=True,
        ):
            text = dataset.items[sample].captions[caption]
            if len(text.split()) <= MAX_WORDS:
                expected = tokenizer([text])[0].numpy().tolist()
                assert ids.tolist() == expected


def test_captions_without_known_words_are_never_chosen(epochs):
    chosen = np.concatenate([batch["caption_ids"] for batch in epochs])
    counts = np.bincount(chosen, minlength=4)
    assert counts[1] == 0
    # 330 draws from 3 captions: 110 each, standard deviation 8.6.
    assert np.abs(counts[[0, 2, 3]] - 110).max() < 45


def test_samples_are_sorted_by_words_descending(epochs):
    lengths = []
    for batch in epochs:
        lengths.append((batch["token_ids"] > 0).sum(axis=1))
        assert (np.diff(lengths[-1]) <= 0).all()
    assert len(np.unique(lengths)) > 3


def test_each_epoch_visits_every_image_once_in_a_new_order(dataset, tokenizer):
    batches = take(dataset.batches(4, tokenizer, image_sizes=(4,)), 40)
    ids = np.reshape([batch["sample_ids"] for batch in batches], (20, 8))
    for epoch in ids:
        assert len(set(epoch)) == 8
    assert len({frozenset(epoch) for epoch in ids}) > 10
    # Over 20 epochs of 8 of 11 images each is seen about 14.5 times.
    assert np.bincount(ids.ravel(), minlength=11).min() > 6


def test_captions_of_an_image_vary_across_epochs(epochs):
    chosen = [
        batch["caption_ids"][np.argsort(batch["sample_ids"])]
        for batch in epochs
    ]
    for of_image in np.transpose(chosen):
        assert set(of_image) == {0, 2, 3}


def test_long_captions_are_cut_to_a_new_subset_in_order(epochs):
    seen = []
    for batch in epochs:
        seen += batch["token_ids"][batch["caption_ids"] == 3].tolist()
    for ids in seen:
        assert (np.diff(ids) > 0).all()
    assert len({tuple(ids) for ids in seen}) > 0.8 * len(seen)
    # Each of the 12 words stays with probability 1/2.
    share = np.bincount(np.ravel(seen), minlength=13)[1:] / len(seen)
    assert np.abs(share - 0.5).max() < 0.25


def test_max_words_can_be_given_per_stream(dataset, tokenizer):
    batch = first_batch(dataset, 11, tokenizer, image_sizes=(4,), max_words=20)
    assert batch["token_ids"].shape == (11, 20)
    assert (batch["token_ids"] > 0).sum(axis=1).max() == 12


def test_shards_together_equal_the_whole(dataset, tokenizer):
    options = {"image_sizes": SIZES, "seed": 3}
    whole = take(dataset.batches(6, tokenizer, **options), 5)
    parts = [
        take(
            dataset.batches(
                6, tokenizer, num_shards=2, shard_index=index, **options
            ),
            5,
        )
        for index in range(2)
    ]
    assert_same(joined(*parts), whole)


def test_start_step_continues_the_stream_exactly(dataset, tokenizer):
    options = {"image_sizes": SIZES, "seed": 3}
    whole = take(dataset.batches(4, tokenizer, **options), 9)
    # Two steps make an epoch: this starts in the middle of one.
    rest = dataset.batches(4, tokenizer, start_step=5, **options)
    assert_same(take(rest, 4), whole[5:])


def test_stream_depends_on_its_seed_alone(dataset, tokenizer):
    streams = []
    for global_seed, seed in ((1, 7), (2, 7), (2, 8)):
        tf.random.set_seed(global_seed)
        streams.append(
            take(dataset.batches(4, tokenizer, image_sizes=(4,), seed=seed), 3)
        )
    assert_same(streams[0], streams[1])
    assert any(
        (one["sample_ids"] != other["sample_ids"]).any()
        for one, other in zip(streams[1], streams[2], strict=True)
    )


def test_stream_of_a_seed_stays_what_it_was(dataset, tokenizer):
    # Runs that were begun by an earlier version go on with their stream.
    batches = take(dataset.batches(4, tokenizer, image_sizes=(4,), seed=5), 3)
    images = [batch["sample_ids"].tolist() for batch in batches]
    captions = [batch["caption_ids"].tolist() for batch in batches]
    assert images == [[0, 8, 1, 10], [3, 2, 5, 4], [6, 2, 10, 1]]
    assert captions == [[3, 0, 0, 0], [3, 2, 2, 2], [3, 3, 3, 0]]


def test_crop_and_mirroring_change_from_epoch_to_epoch(epochs):
    images = {
        batch["images"][0][np.argmin(batch["sample_ids"])].tobytes()
        for batch in epochs
    }
    # Image 0 is scaled to 10 x 9: 3 x 2 places in two directions.
    assert len(images) > 8


@pytest.mark.parametrize("crop", ["center", "full"])
def test_without_augmentation_images_stay_the_same(crop, dataset, tokenizer):
    (first, second) = take(
        dataset.batches(11, tokenizer, image_sizes=(8,), crop=crop, flip=False),
        2,
    )
    by_sample = [
        batch["images"][0][np.argsort(batch["sample_ids"])]
        for batch in (first, second)
    ]
    np.testing.assert_array_equal(*by_sample)


def test_full_crop_keeps_the_whole_shorter_side(dataset, tokenizer):
    batch = first_batch(
        dataset, 1, tokenizer, image_sizes=(8,), crop="full", training=False
    )
    # Image 0 has no box and is 12 x 10: shrunk to 9 x 8, one row is lost.
    with Image.open(dataset.items[0].path) as image:
        scaled = image.resize((8, 9), Image.Resampling.BILINEAR)
    expected = np.asarray(scaled)[:8] / 127.5 - 1
    assert np.abs(batch["images"][0][0] - expected).max() < 1.01 / 127.5


def test_box_is_cropped_before_resizing(dataset, tokenizer):
    batch = first_batch(
        dataset, 11, tokenizer, image_sizes=(8,), training=False
    )
    item = dataset.items[1]
    with Image.open(item.path) as image:
        # Center (5, 5), radius 6: cut at the left and upper borders.
        scaled = image.crop((0, 0, 11, 11)).resize(
            (9, 9), Image.Resampling.BILINEAR
        )
    expected = np.asarray(scaled)[:8, :8] / 127.5 - 1
    assert np.abs(batch["images"][0][1] - expected).max() < 1.01 / 127.5


def test_prepared_images_are_not_cropped_to_a_box_again(
    dataset, tokenizer, tmp_path
):
    item = dataset.items[1]
    prepared = CaptionedImages([item], "prepared", "train", record_image_size=8)
    plain = CaptionedImages(
        [dataclasses.replace(item, box=None)], "plain", "train"
    )
    options = {"image_sizes": (8,), "training": False}
    assert_same(
        take(prepared.batches(1, tokenizer, **options), 1),
        take(plain.batches(1, tokenizer, **options), 1),
    )


def test_evaluation_is_one_pass_in_order(dataset, tokenizer):
    batches = dataset.batches(4, tokenizer, image_sizes=SIZES, training=False)
    assert batches.cardinality() == 3
    once, again = (list(batches.as_numpy_iterator()) for _ in range(2))
    assert_same(once, again)
    ids = np.concatenate([batch["sample_ids"] for batch in once])
    np.testing.assert_array_equal(ids, np.arange(11))
    assert [len(batch["sample_ids"]) for batch in once] == [4, 4, 3]
    tokens = np.concatenate([batch["token_ids"] for batch in once])
    firsts = [item.captions[0] for item in dataset.items]
    np.testing.assert_array_equal(tokens, tokenizer(firsts))


def test_evaluation_can_take_another_caption(dataset, tokenizer):
    # The second caption knows no word and does not count; the fourth of
    # three is the first again.
    for index, expected in ((1, 2), (3, 0)):
        batch = first_batch(
            dataset,
            11,
            tokenizer,
            image_sizes=(4,),
            training=False,
            caption_index=index,
        )
        assert set(batch["caption_ids"]) == {expected}
    texts = [item.captions[0] for item in dataset.items]
    np.testing.assert_array_equal(batch["token_ids"], tokenizer(texts))


def test_evaluation_cuts_long_captions_at_the_end(dataset, tokenizer):
    batch = first_batch(
        dataset,
        11,
        tokenizer,
        image_sizes=(4,),
        training=False,
        caption_index=2,
    )
    expected = np.tile(np.arange(1, MAX_WORDS + 1), (11, 1))
    np.testing.assert_array_equal(batch["token_ids"], expected)


def test_evaluation_shards_and_start_step(dataset, tokenizer):
    options = {"image_sizes": (4,), "training": False}
    whole = dataset.batches(4, tokenizer, **options)
    expected = list(whole.as_numpy_iterator())
    rest = dataset.batches(4, tokenizer, start_step=2, **options)
    assert rest.cardinality() == 1
    assert_same(list(rest.as_numpy_iterator()), expected[2:])
    for index, ids in ((0, [0, 1, 4, 5, 8, 9]), (1, [2, 3, 6, 7, 10])):
        shard = dataset.batches(
            4, tokenizer, num_shards=2, shard_index=index, **options
        )
        batches = list(shard.as_numpy_iterator())
        assert shard.cardinality() == len(batches)
        seen = np.concatenate([batch["sample_ids"] for batch in batches])
        assert seen.tolist() == ids


def test_without_a_tokenizer_come_images_alone(dataset):
    batch = next(iter(dataset.batches(4, image_sizes=SIZES, seed=3)))
    assert set(batch) == {"images", "sample_ids"}
    assert batch["images"][-1].shape == (4, SIZES[-1], SIZES[-1], 3)


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
        ({"framing": "loose"}, "framing='loose'"),
        ({"batch_size": 12}, "images of 'eleven', 11. .*batch_size=12"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"num_shards": 3}, "batch_size=4, num_shards=3"),
        ({"num_shards": 2, "shard_index": 2}, "shard_index=2"),
        ({"num_shards": 2, "shard_index": -1}, "shard_index=-1"),
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


def test_samples_are_loaded_in_order_and_sharded_by_no_strategy():
    choices = tf.data.Dataset.from_tensor_slices([[1, 2, 3], [4, 5, 6]])
    batches = load_batches(choices, lambda one: one * one, 3, 2)
    assert batches.cardinality() == 2
    np.testing.assert_array_equal(take(batches), [[1, 4, 9], [16, 25, 36]])
    options = batches.options()
    assert options.deterministic
    policy = options.experimental_distribute.auto_shard_policy
    assert policy == tf.data.experimental.AutoShardPolicy.OFF


@pytest.fixture
def pixels():
    return np.asarray(picture((40, 20)))


def squares(framer, image, count):
    return [
        framer.square(image, framer.sides(image), [seed, 1]).numpy()
        for seed in range(count)
    ]


def test_squares_are_cropped_at_random_in_training_only(pixels):
    found = squares(Framer((8, 20), TIGHT), pixels, 9)
    assert {square.shape for square in found} == {(20, 20, 3)}
    assert len({square.tobytes() for square in found}) > 5
    for square in squares(Framer((8, 20), TIGHT, training=False), pixels, 4):
        np.testing.assert_array_equal(square, pixels[:, 10:30])


def test_a_centered_square_is_mirrored_in_training(pixels):
    found = {
        square[0, 0].tobytes()
        for square in squares(Framer((20,), TIGHT, "center"), pixels, 9)
    }
    assert found == {pixels[0, k].tobytes() for k in (10, 29)}


@pytest.mark.parametrize("framing", ["attngan", "ragan"])
def test_only_the_square_is_resized(framing, pixels):
    framer = Framer((8, 32), framing)
    method = framer.framing.resize_method
    short = framer.framing.short_side(32)
    whole = resize_image(pixels, [short, 2 * short], method).numpy()
    for square in squares(framer, pixels, 5):
        windows = sliding_window_view(whole, square.shape)[..., 0, :, :, :]
        found = (windows == square) | (windows == square[:, ::-1])
        assert found.all(axis=(2, 3, 4)).any()


def test_captioned_images_take_the_framing_of_ragan(tmp_path, pixels):
    path = tmp_path / "bird.png"
    Image.fromarray(pixels).save(path)
    item = CaptionedImage("bird", str(path), ("bird",), box=(18, 8, 5, 10))
    # Center (20, 13), 9 to each side; or what was stored, if it is prepared.
    for prepared, cut in ((None, (11, 4, 29, 20)), (32, (0, 0, 40, 20))):
        data = CaptionedImages(
            [item], "one", "train", record_image_size=prepared
        )
        batch = first_batch(
            data,
            1,
            None,
            image_sizes=(8, 32),
            training=False,
            framing="ragan",
        )
        seen = Image.fromarray(pixels).crop(cut)
        sides = [35 * side // min(seen.size) for side in seen.size]
        scaled = np.asarray(seen.resize(sides, Image.Resampling.LANCZOS))
        left = (sides[0] - 32) // 2
        square = scaled[1:33, left : left + 32] / 127.5 - 1
        np.testing.assert_allclose(batch["images"][1][0], square, atol=1e-6)


@pytest.mark.parametrize(("crop", "side"), [("random", 286), ("full", 256)])
def test_the_shorter_side_has_a_margin(crop, side):
    image = np.zeros((512, 300, 3), np.uint8)
    sides = Framer((64, 256), "ragan", crop).sides(image)
    assert sides.numpy().tolist() == [512 * side // 300, side]
