"""Tiny DAMSM and text-to-image models and batches for tests."""

import functools

import numpy as np
import tensorflow as tf

from tfragan.models import DAMSM
from tfragan.models import DFGAN
from tfragan.models import DMGAN
from tfragan.models import SSAGAN
from tfragan.models import AttnGAN
from tfragan.models import SmallImageEncoder
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary

WORDS = ["<end>", "a", "red", "blue", "bird", "fish", "with", "wings"]
ATTNGAN_SIZES = {
    "base_size": 16,
    "stages": 2,
    "generator_width": 4,
    "discriminator_width": 4,
    "noise_dim": 5,
    "condition_dim": 3,
    "residual_blocks": 1,
}
DFGAN_SIZES = {
    "image_size": 32,
    "generator_width": 2,
    "discriminator_width": 2,
    "noise_dim": 5,
}


def tokenizer():
    """A tokenizer of eight words and captions of up to six."""
    return CaptionTokenizer(Vocabulary(WORDS), max_words=6)


def damsm(embedding_dim=8, **kwargs):
    """A DAMSM with eight-wide embeddings."""
    encoder = SmallImageEncoder(embedding_dim, width=4, input_size=16)
    return DAMSM(tokenizer(), encoder, word_dim=6, **kwargs)


def attngan(**kwargs):
    """Two stages, to 32 pixels."""
    return AttnGAN(damsm(), **{**ATTNGAN_SIZES, **kwargs})


def dmgan(**kwargs):
    """Two stages, to 32 pixels."""
    return DMGAN(damsm(), **{**ATTNGAN_SIZES, **kwargs})


def _compiled(make, **kwargs):
    model = make()
    model.compile(**kwargs)
    return model


compiled_damsm = functools.partial(_compiled, damsm)
compiled_attngan = functools.partial(_compiled, attngan)
compiled_dmgan = functools.partial(_compiled, dmgan)


def ssagan(**kwargs):
    """To 32 pixels, two channels wide."""
    return SSAGAN(damsm(), **{**DFGAN_SIZES, "mask_filters": 3, **kwargs})


def dfgan(cls=DFGAN, **kwargs):
    """To 32 pixels, two channels wide; `cls` may be a class below."""
    return cls(damsm(), **{**DFGAN_SIZES, **kwargs})


def awake(model):
    """Moves what starts at zero, so that every weight has a gradient."""
    for weight in model.trainable_weights:
        if not np.any(weight.numpy()):
            draw = np.random.default_rng(sum(weight.path.encode()))
            value = draw.uniform(-0.5, 0.5, weight.shape)
            weight.assign(value.astype("float32"))
    return model


def batches(steps=4, batch_size=4, sizes=(16, 32), seed=0, near_misses=0):
    """Random batches in the form of `CaptionedImages.batches`."""
    draw = np.random.default_rng(seed)
    samples = steps * batch_size
    lengths = np.sort(draw.integers(1, 7, (steps, batch_size)), axis=1)
    lengths = lengths[:, ::-1].reshape(-1)
    token_ids = draw.integers(1, len(WORDS), (samples, 6))
    token_ids = token_ids * (np.arange(6) < lengths[:, np.newaxis])
    data = {
        "images": tuple(
            draw.uniform(-1, 1, (samples, size, size, 3)).astype("float32")
            for size in sizes
        ),
        "token_ids": token_ids.astype("int32"),
        "class_ids": draw.integers(0, 3, samples).astype("int32"),
        "sample_ids": np.arange(samples),
        "caption_ids": np.zeros(samples, "int32"),
    }
    if near_misses:
        # Other first words, but for each fourth caption.
        wrong = np.repeat(token_ids[:, np.newaxis], near_misses, 1)
        steps = 1 + np.arange(near_misses)
        wrong[..., 0] = (wrong[..., 0] - 1 + steps) % (len(WORDS) - 1) + 1
        wrong[::4] = token_ids[::4, np.newaxis]
        data["near_miss_ids"] = wrong.astype("int32")
    dataset = tf.data.Dataset.from_tensor_slices(data)
    return dataset.batch(batch_size, drop_remainder=True).repeat()
