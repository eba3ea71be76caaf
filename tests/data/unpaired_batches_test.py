import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.data.streams import assert_same
from tests.data.streams import joined
from tests.data.streams import take
from tfragan.data.distributed_batches import distribute
from tfragan.data.distributed_batches import worker_batches
from tfragan.data.image_split import EncodedImage
from tfragan.data.unpaired_images import ImageDomain
from tfragan.data.unpaired_images import UnpairedImages

SIZES = {"a": 5, "b": 7}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Images whose gray level at the left is 10 times their number.

    To the right it rises by 5, to tell mirrored images; domain B is red.
    """
    domains = []
    for letter, count in SIZES.items():
        folder = tmp_path_factory.mktemp(letter)
        items = []
        for number in range(count):
            pixels = np.full((6, 12, 3), 10 * number, np.uint8)
            pixels[:, 6:] += 5
            if letter == "b":
                pixels[..., 0] = 255
            path = folder / f"{number}.png"
            Image.fromarray(pixels).save(path)
            items.append(EncodedImage(path.name, str(path)))
        domains.append(ImageDomain(items, letter))
    return UnpairedImages(*domains, "numbers", "train")


def numbers(images):
    levels = np.round((images[..., 2].min((1, 2)) + 1) * 127.5)
    return (levels // 10).astype(int)


def test_batch_has_the_documented_form(dataset):
    batches = dataset.batches(3, image_size=8)
    spec = tf.TensorSpec((3, 8, 8, 3), tf.float32)
    assert batches.element_spec == {"images_a": spec, "images_b": spec}
    assert batches.cardinality() == tf.data.INFINITE_CARDINALITY
    (batch,) = take(batches, 1)
    assert -1 <= batch["images_a"].min() < batch["images_a"].max() <= 1
    assert (batch["images_b"][..., 0] == 1).all()


def test_each_domain_has_epochs_of_its_own(dataset):
    batches = take(dataset.batches(2, image_size=8), 35)
    for letter, count in SIZES.items():
        seen = np.concatenate([numbers(b[f"images_{letter}"]) for b in batches])
        epochs = seen.reshape(-1, count)
        for epoch in epochs:
            assert sorted(epoch) == list(range(count))
        assert len({tuple(epoch) for epoch in epochs}) > 5


def test_domains_are_shuffled_independently(dataset):
    pairs = UnpairedImages(dataset.domain_a, dataset.domain_a, "twice", "train")
    batches = take(pairs.batches(1, image_size=8), 200)
    same = sum(
        numbers(b["images_a"])[0] == numbers(b["images_b"])[0] for b in batches
    )
    # 40 are expected, with a standard deviation of about 5.7.
    assert 15 < same < 65


def test_batches_may_be_larger_than_a_domain(dataset):
    (batch,) = take(dataset.batches(12, image_size=8), 1)
    counts = np.bincount(numbers(batch["images_a"]))
    assert counts.min() >= 2
    assert counts.max() <= 3


def test_augmentation_changes_from_epoch_to_epoch(dataset):
    seen = {}
    for batch in take(dataset.batches(1, image_size=8, enlarge=2), 50):
        image = batch["images_a"]
        number = numbers(image)[0]
        seen.setdefault(number, set()).add(image.tobytes())
    assert all(len(images) > 3 for images in seen.values())


def test_half_of_the_images_are_mirrored(dataset):
    mirrored = []
    for batch in take(dataset.batches(10, image_size=12, enlarge=2), 40):
        images = batch["images_a"]
        mirrored.extend(images[:, 0, 0, 2] > images[:, 0, -1, 2])
    assert 0.4 < np.mean(mirrored) < 0.6
    upright = dataset.batches(10, image_size=12, enlarge=2, flip=False)
    for batch in take(upright, 5):
        images = batch["images_a"]
        assert (images[:, 0, 0, 2] <= images[:, 0, -1, 2]).all()


def test_without_enlarging_the_whole_image_is_seen(dataset):
    batches = dataset.batches(5, image_size=12, enlarge=0, flip=False)
    (batch,) = take(batches, 1)
    order = numbers(batch["images_a"])
    expected = dataset.domain_a.images(order, 12)
    levels = (batch["images_a"] + 1) * 127.5
    np.testing.assert_allclose(levels, expected, atol=1e-3)


def test_seed_and_step_say_everything(dataset):
    whole = take(dataset.batches(3, image_size=8, seed=4), 9)
    tf.random.set_seed(7)
    assert_same(take(dataset.batches(3, image_size=8, seed=4), 9), whole)
    for start in (1, 5):
        part = dataset.batches(3, image_size=8, seed=4, start_step=start)
        assert_same(take(part, 9 - start), whole[start:])
    other = take(dataset.batches(3, image_size=8, seed=5), 9)
    assert any(
        not np.array_equal(one["images_a"], two["images_a"])
        for one, two in zip(other, whole, strict=True)
    )


def test_shards_together_are_the_global_batch(dataset):
    whole = take(dataset.batches(4, image_size=8), 5)
    parts = [
        take(
            dataset.batches(4, image_size=8, num_shards=2, shard_index=shard),
            5,
        )
        for shard in range(2)
    ]
    assert_same(joined(*parts), whole)


def test_replicas_get_contiguous_parts(dataset, mirrored):
    whole = take(dataset.batches(4, image_size=8), 3)
    batches = distribute(dataset, mirrored, 4, image_size=8)
    dealt = [
        mirrored.experimental_distribute_dataset(batches),
        mirrored.distribute_datasets_from_function(
            worker_batches(dataset, 4, 2, image_size=8)
        ),
    ]
    for distributed in dealt:
        for batch, expected in zip(distributed, whole, strict=False):
            for name, images in expected.items():
                parts = mirrored.experimental_local_results(batch[name])
                assert [len(part) for part in parts] == [2, 2]
                np.testing.assert_array_equal(np.concatenate(parts), images)


@pytest.mark.parametrize(
    "arguments",
    [
        {"batch_size": 0},
        {"image_size": 0},
        {"start_step": -1},
        {"enlarge": -1},
        {"num_shards": 3},
        {"num_shards": 2, "shard_index": 2},
    ],
)
def test_arguments_out_of_range_are_refused(dataset, arguments):
    name, value = list(arguments.items())[-1]
    arguments = {"batch_size": 4, "image_size": 8, **arguments}
    with pytest.raises(ValueError, match=f"{name}={value}"):
        dataset.batches(**arguments)


def test_images_stored_too_small_are_refused(dataset):
    small = ImageDomain(dataset.domain_a.items, "small", stored_size=40)
    pair = UnpairedImages(small, dataset.domain_b, "small", "train")
    pair.batches(1, image_size=10)
    with pytest.raises(ValueError, match="'small' was prepared .* 40 pixels"):
        pair.batches(1, image_size=11)
    with pytest.raises(ValueError, match="too few for 41"):
        small.images([0], 41)
