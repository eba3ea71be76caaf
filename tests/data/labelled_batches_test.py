import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.data.streams import take
from tfragan.data.labelled_images import LabelledImage
from tfragan.data.labelled_images import LabelledImages
from tfragan.data.labelled_images import LabelNames

SIZES = (4, 8)
LABELS = LabelNames(["parity", "half"], [["even", "odd"], ["low", "high"]])


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Seven noisy images with the number as level of blue."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    items = []
    for number in range(7):
        pixels = rng.integers(0, 256, (10, 14, 3), np.uint8)
        pixels[..., 2] = 30 * number
        path = folder / f"{number}.png"
        Image.fromarray(pixels).save(path)
        ids = (number % 2, 2 + number // 4)
        items.append(LabelledImage(path.name, str(path), label_ids=ids))
    return LabelledImages(items, LABELS, "numbers", "train")


@pytest.fixture(scope="module")
def whole(dataset):
    return take(dataset.batches(4, SIZES, seed=3), 8)


def test_batch_has_the_documented_form(dataset):
    batches = dataset.batches(4, SIZES)
    assert batches.cardinality() == tf.data.INFINITE_CARDINALITY
    assert batches.element_spec == {
        "images": tuple(tf.TensorSpec((4, n, n, 3)) for n in SIZES),
        "label_ids": tf.TensorSpec((4, 2), tf.int32),
        "sample_ids": tf.TensorSpec((4,), tf.int64),
    }


def test_labels_and_images_belong_together(whole):
    for batch in whole:
        numbers = batch["sample_ids"]
        np.testing.assert_array_equal(batch["label_ids"][:, 0], numbers % 2)
        np.testing.assert_array_equal(
            batch["label_ids"][:, 1], 2 + numbers // 4
        )
        blue = (batch["images"][1][..., 2].mean((1, 2)) + 1) * 127.5
        np.testing.assert_allclose(blue, 30 * numbers, atol=0.5)
