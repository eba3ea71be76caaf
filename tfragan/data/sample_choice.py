"""What the samples of a global batch are: which image, caption and seed."""

import tensorflow as tf

from tfragan.data import sample_stream
from tfragan.data.caption_table import CaptionTable

# What a step's seed is folded with for its independent draws.
_CAPTION, _WORDS, _IMAGE = range(3)


class ImageChooser:
    """Adds seeds to the samples of a global batch, each of them an image.

    Args:
        num_samples: number of images.
        seed: seed of the run.
    """

    def __init__(self, num_samples, seed):
        self.num_samples = num_samples
        self._seed = seed

    def __call__(self, step, samples):
        return {
            "sample_ids": samples,
            "image_seeds": _image_seeds(self._seed, step, samples),
        }


class CaptionChooser:
    """Adds captions, classes and seeds to the samples of a global batch.

    A sample is an image, or a row of the caption table where every caption
    has its turn.

    Args:
        dataset: a `CaptionedImages`, or other data with items like its.
        tokenizer: a `tfragan.text.CaptionTokenizer`.
        max_words: words of a caption; `None` takes the tokenizer's.
        training: whether to take random captions and words.
        seed: seed of the run.
        caption_index: which caption to take out of training.

    Raises:
        ValueError: An argument is out of range, or an image has no caption
            with a known word.
    """

    def __init__(
        self, dataset, tokenizer, max_words, training, seed, caption_index
    ):
        if max_words is None:
            max_words = tokenizer.max_words
        if max_words < 1 or caption_index < 0:
            raise ValueError(
                "`caption_index` must be at least 0, `max_words` at least 1. "
                f"Received: caption_index={caption_index}, "
                f"max_words={max_words}"
            )
        self._table = CaptionTable(dataset, tokenizer)
        self._class_ids = tf.constant(
            [item.class_id for item in dataset.items], tf.int32
        )
        self._max_words = max_words
        self._training = training
        self._seed = seed
        self._caption_index = caption_index
        self._every_caption = training and dataset.every_caption
        self.num_samples = len(
            self._table if self._every_caption else dataset.items
        )

    def __call__(self, step, samples):
        def seed_for(purpose):
            return _seed_for(self._seed, step, purpose)

        if self._every_caption:
            rows = samples
        elif self._training:
            rows = self._table.pick_random(samples, seed_for(_CAPTION))
        else:
            rows = self._table.pick(samples, self._caption_index)
        sample_ids = self._table.sample_ids(rows)
        token_ids, lengths = self._table.token_ids(
            rows, self._max_words, seed_for(_WORDS) if self._training else None
        )
        chosen = {
            "token_ids": token_ids,
            "class_ids": tf.gather(self._class_ids, sample_ids),
            "sample_ids": sample_ids,
            "caption_ids": self._table.caption_ids(rows),
            "image_seeds": _image_seeds(self._seed, step, sample_ids),
        }
        if not self._training:
            return chosen
        order = tf.argsort(lengths, direction="DESCENDING", stable=True)
        return {name: tf.gather(value, order) for name, value in chosen.items()}


def sample_chooser(
    dataset, tokenizer, max_words, training, seed, caption_index
):
    """A `CaptionChooser`, or without a tokenizer an `ImageChooser`.

    Args:
        dataset: see `CaptionChooser`.
        tokenizer: see `CaptionChooser`, or `None` for images alone.
        max_words: see `CaptionChooser`.
        training: see `CaptionChooser`.
        seed: see `CaptionChooser`.
        caption_index: see `CaptionChooser`.

    Returns:
        The chooser.

    Raises:
        ValueError: from `CaptionChooser`.
    """
    if tokenizer is None:
        return ImageChooser(len(dataset), seed)
    return CaptionChooser(
        dataset, tokenizer, max_words, training, seed, caption_index
    )


def _image_seeds(seed, step, sample_ids):
    return sample_stream.sample_seeds(
        _seed_for(seed, step, _IMAGE), tf.size(sample_ids)
    )


def _seed_for(seed, step, purpose):
    return tf.random.experimental.stateless_fold_in(
        sample_stream.step_seed(seed, step),
        tf.constant(purpose, tf.int64),
        alg="philox",
    )
