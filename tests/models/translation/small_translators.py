"""Tiny image translation models and batches for tests."""

import numpy as np
import tensorflow as tf

from tfragan.models import UGATIT
from tfragan.models import CycleGAN

# The smallest size that discriminators of the smallest depth take.
IMAGE_SIZE = 24


def ugatit(**kwargs):
    """Light, two channels wide."""
    options = {
        "image_size": IMAGE_SIZE,
        "light": True,
        "width": 2,
        "residual_blocks": 1,
        "discriminator_depth": 4,
    }
    return UGATIT(**{**options, **kwargs})


def cyclegan(**kwargs):
    """Two channels wide, with a pool that is full after two batches."""
    options = {
        "image_size": IMAGE_SIZE,
        "width": 2,
        "residual_blocks": 1,
        "discriminator_width": 2,
        "discriminator_layers": 2,
        "pool_size": 3,
    }
    return CycleGAN(**{**options, **kwargs})


def compiled(make_model, eager=False, **kwargs):
    """A function to a model of `make_model` that is ready to fit."""

    def make():
        model = make_model(**kwargs)
        model.compile(run_eagerly=eager)
        return model

    return make


def batches(steps=4, batch_size=2, size=IMAGE_SIZE, seed=0):
    """Random batches in the form of `UnpairedImages.batches`."""
    draw = np.random.default_rng(seed)
    shape = (steps * batch_size, size, size, 3)
    data = {
        f"images_{domain}": draw.uniform(-1, 1, shape).astype("float32")
        for domain in "ab"
    }
    dataset = tf.data.Dataset.from_tensor_slices(data)
    return dataset.batch(batch_size, drop_remainder=True).repeat()


def photos(count=3, size=IMAGE_SIZE, seed=1):
    """Random uint8 images."""
    draw = np.random.default_rng(seed)
    return draw.integers(0, 256, (count, size, size, 3)).astype("uint8")
