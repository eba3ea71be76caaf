"""Exported one-stage models: SSA-GAN with its masks, and DF-GAN."""

import numpy as np
import pytest
import tensorflow as tf

import tfragan
from tests.models import small_models
from tfragan.export import verify

CAPTIONS = ["a red bird", "fish with wings", ""]
SEEDS = [3, 0, 7]
REQUEST = {
    "caption": tf.constant(CAPTIONS),
    "seed": tf.constant(SEEDS, tf.int32),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A tiny SSA-GAN and the folder of its only version."""
    model = small_models.awake(small_models.ssagan())
    folder = tmp_path_factory.mktemp("serving") / "ssagan"
    return model, tfragan.export.saved_model(model, folder)


def test_masks_of_every_block_are_served(exported):
    model, path = exported
    served = tf.saved_model.load(str(path)).signatures
    assert sorted(served) == [
        "images",
        "serving_default",
        "with_masks",
        "with_size",
        "with_truncation",
    ]
    answer = served["with_masks"](**REQUEST)
    images, masks = model.generate(CAPTIONS, SEEDS, return_masks=True)
    for size, expected in zip((4, 8, 16, 32), masks, strict=True):
        found = answer[f"mask_{size}"].numpy()
        np.testing.assert_allclose(found, expected, atol=1e-6)
    for file, image in zip(answer["image_bytes"].numpy(), images, strict=True):
        np.testing.assert_array_equal(tf.io.decode_png(file), image)
    assert answer["words"].numpy()[0].tolist()[:3] == [b"a", b"red", b"bird"]


def test_other_masks_are_noticed(exported):
    _, path = exported
    other = small_models.awake(small_models.ssagan())
    logit = other.generator.mask_predictors[-1].logit
    logit.bias.assign(logit.bias + 3.0)
    parity = verify(path, other)
    assert parity.max_attention_difference > 0.1


def test_a_model_without_maps_serves_none(tmp_path):
    model = small_models.awake(small_models.dfgan())
    path = tfragan.export.saved_model(model, tmp_path / "dfgan")
    served = tf.saved_model.load(str(path)).signatures
    assert sorted(served) == [
        "images",
        "serving_default",
        "with_size",
        "with_truncation",
    ]
    found = served["images"](**REQUEST)["image"]
    np.testing.assert_array_equal(found, model.generate(CAPTIONS, SEEDS))


def test_each_row_is_truncated_by_its_own_factor(exported):
    model, path = exported
    truncated = tf.saved_model.load(str(path)).signatures["with_truncation"]
    answer = truncated(**REQUEST, truncation=tf.constant([0.25, 1.0, 0.5]))
    expected = np.concatenate(
        [
            model.generate_outputs([caption], [seed], truncation=factor)[
                "image"
            ]
            for caption, seed, factor in zip(
                CAPTIONS, SEEDS, (0.25, 1.0, 0.5), strict=True
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
