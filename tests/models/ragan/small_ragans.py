"""Tiny RAGANs in every setting, and batches for them."""

import numpy as np
import tensorflow as tf

from tests.models import small_models
from tfragan.models import RAGAN

SETTINGS = (
    (False, "text"),
    (False, "label"),
    (False, "image"),
    (True, "text"),
    (True, "label"),
    (True, "image"),
    (True, "image_text"),
    (True, "image_label"),
)
SIZE = 24
LABELS = 5


def ragan(supervised=False, guidance="text", **kwargs):
    """For images of 24 pixels, four channels wide."""
    options = {
        "image_size": SIZE,
        "labels": LABELS if "label" in guidance else 0,
        "embedding_dim": 8,
        "code_dim": 3,
        "generator_width": 4,
        "discriminator_width": 4,
        "encoder_width": 4,
        "encoder_blocks": 2,
        "residual_blocks": 1,
    }
    damsm = small_models.damsm() if "text" in guidance else None
    return RAGAN(damsm, supervised, guidance, **{**options, **kwargs})


def compiled_ragan(supervised=False, guidance="text", **kwargs):
    """As `ragan`, ready to fit."""
    model = ragan(supervised, guidance, **kwargs)
    model.compile()
    return model


def batches(
    guidance="text",
    steps=3,
    batch_size=4,
    both_ways=False,
    near_misses=0,
):
    """Random batches as the guidance needs them."""
    if both_ways:
        draw = np.random.default_rng(0)
        shape = (steps * batch_size, SIZE, SIZE, 3)
        data = {
            name: draw.uniform(-1, 1, shape).astype("float32")
            for name in ("images_a", "images_b")
        }
        dataset = tf.data.Dataset.from_tensor_slices(data)
        return dataset.batch(batch_size).repeat()
    sizes = (SIZE // 4, SIZE // 2, SIZE)
    dataset = small_models.batches(
        steps, batch_size, sizes, near_misses=near_misses
    )
    return dataset.map(_with_labels) if "label" in guidance else dataset


def batches_of(model):
    """Random batches for a model."""
    return batches(model.guidance, both_ways=model.setting.both_ways)


def _with_labels(batch):
    label_ids = batch.pop("token_ids")[:, :2] % LABELS
    return {**batch, "label_ids": label_ids}


def sampled(model):
    """Translations of two fixed images, as `translate` gives them."""
    images = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3))
    images = images.astype("uint8")
    guidance = {
        "text": {"captions": ["a red bird", "fish"]},
        "label": {"label_ids": [[1, 0], [3, 4]]},
        "image": {"references": images[::-1]},
    }
    return model.translate(images, **guidance[model.setting.source])
