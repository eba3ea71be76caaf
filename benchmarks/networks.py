"""The models that are measured, and batches for them."""

import numpy as np

WORDS = 18


def attngan(damsm_weight=0.0, embedding_dim=256, word_count=5450, **kwargs):
    """A compiled AttnGAN over an untrained DAMSM, as published for birds.

    Args:
        damsm_weight: weight of the matching losses.
        embedding_dim: width of DAMSM's embeddings.
        word_count: size of the vocabulary.
        **kwargs: see `tfragan.models.AttnGAN`.
    """
    from tfragan.models import AttnGAN

    model = AttnGAN(
        damsm(embedding_dim, word_count), damsm_weight=damsm_weight, **kwargs
    )
    model.compile()
    return model


def damsm(embedding_dim=128, word_count=5450):
    """A compiled DAMSM with the small image encoder, for 64 pixels."""
    from tfragan.models import DAMSM
    from tfragan.models import SmallImageEncoder
    from tfragan.text import CaptionTokenizer
    from tfragan.text import Vocabulary

    words = ["<end>", *(f"word{index}" for index in range(1, word_count))]
    model = DAMSM(
        CaptionTokenizer(Vocabulary(words), max_words=WORDS),
        SmallImageEncoder(embedding_dim=embedding_dim, input_size=64),
    )
    model.compile()
    return model


def caption():
    """A caption of as many known words as are looked at."""
    return " ".join(f"word{index}" for index in range(1, WORDS + 1))


def random_batch(image_sizes, batch_size, word_count=5450):
    """A batch of noise, in the form of `CaptionedImages.batches`."""
    import tensorflow as tf

    draw = np.random.default_rng(0)
    images = [
        draw.uniform(-1, 1, (batch_size, size, size, 3)) for size in image_sizes
    ]
    token_ids = draw.integers(1, word_count, (batch_size, WORDS))
    return {
        "images": tuple(tf.constant(x, tf.float32) for x in images),
        "token_ids": tf.constant(token_ids, tf.int32),
        "class_ids": tf.range(batch_size),
        "sample_ids": tf.range(batch_size, dtype=tf.int64),
        "caption_ids": tf.zeros((batch_size,), tf.int32),
    }
