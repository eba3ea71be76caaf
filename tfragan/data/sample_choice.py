"""Which samples a step sees: images, captions and seeds, by seed and step."""

import numpy as np
import tensorflow as tf

from tfragan.data.near_misses import NearMisses

# Seeds of independent draws differ in the second number of their key.
_ORDER = 1
_STEP = 2
_STREAM = 3

_CHUNK = 8192
_SHOWN_KEYS = 3

# What a step's seed is folded with for its independent draws.
_CAPTION, _WORDS, _IMAGE, _MISS = range(4)


def step_seed(seed, step):
    """The seed, int64 (2,), of all draws of a training step except the order.

    The step counts global batches since the beginning of the run.
    """
    return _fold(seed, _STEP, step)


def stream_seed(seed, stream):
    """The seed of one of several independent streams of a run.

    Returns int64, scalar, to be used as the seed of a run is.
    """
    return _any_integers([], _fold(seed, _STREAM, stream), tf.int64)


def sample_seeds(seed, count):
    """A seed for each sample of a batch, int32 (count, 2)."""
    return _any_integers([count, 2], seed, tf.int32)


def _any_integers(shape, seed, dtype):
    return tf.random.stateless_uniform(
        shape, seed, minval=None, maxval=None, dtype=dtype, alg="philox"
    )


def _fold(seed, purpose, count):
    key = tf.stack([tf.cast(seed, tf.int64), tf.constant(purpose, tf.int64)])
    return tf.random.experimental.stateless_fold_in(
        key, tf.cast(count, tf.int64), alg="philox"
    )


def epoch_order(num_samples, seed, epoch):
    """A random order of all samples, int64, another one for each epoch."""
    # `index_shuffle` would need no sort, but is far from uniform for small
    # sets: of the 120 orders of 5 samples it reaches about 100.
    keys = _any_integers([num_samples], _fold(seed, _ORDER, epoch), tf.int64)
    return tf.cast(tf.argsort(keys, stable=True), tf.int64)


def training_stream(
    num_samples, batch_size, seed, start_step=0, whole_epochs=False
):
    """Endless stream of shuffled global batches from `start_step` on.

    Each epoch is a fresh permutation. The samples that fill no whole batch
    at its end are left out, others in each epoch; with `whole_epochs` they
    begin the first batch of the next one, and a batch may be larger than an
    epoch. Elements are (step, sample_ids), int64 () and (batch_size,).
    """
    per_epoch = num_samples
    if not whole_epochs:
        per_epoch = num_samples // batch_size * batch_size
    first_epoch, offset = divmod(start_step * batch_size, per_epoch)

    def samples_of(epoch):
        order = epoch_order(num_samples, seed, epoch)
        begin = tf.where(tf.equal(epoch, first_epoch), offset, 0)
        return tf.data.Dataset.from_tensor_slices(order[begin:per_epoch])

    epochs = tf.data.Dataset.range(first_epoch, tf.int64.max)
    batches = epochs.flat_map(samples_of).batch(batch_size, drop_remainder=True)
    return batches.enumerate(start_step)


def evaluation_stream(num_samples, batch_size, start_step=0):
    """One pass in the order of the data set; the last batch may be smaller.

    Returns what `training_stream` does.
    """
    begin = min(start_step * batch_size, num_samples)
    samples = tf.data.Dataset.range(begin, num_samples)
    return samples.batch(batch_size).enumerate(start_step)


class CaptionTable:
    """The token ids of every caption, tokenized once.

    Captions without a known word are left out: a caption has to say something
    for attention over its words to be defined, and an image has to have one.
    With `near_misses` the `NearMisses` of these captions are made.
    """

    def __init__(self, dataset, tokenizer, near_misses=0):
        values, lengths = _tokenize(dataset.captions(), tokenizer)
        counts = np.array([len(item.captions) for item in dataset.items])
        owners = np.repeat(np.arange(len(counts)), counts)
        numbers = np.concatenate([np.arange(count) for count in counts])
        starts = np.cumsum(lengths) - lengths

        known = lengths > 0
        usable = np.bincount(owners[known], minlength=len(counts))
        _check_every_item_has_one(dataset, usable)
        # Tensors, not arrays: a data set captures them once instead of
        # writing them into each of its functions.
        self.near_misses = None
        if near_misses:
            self.near_misses = NearMisses(
                values, lengths, count=int(near_misses), images=owners
            )
        self._values = tf.constant(values, tf.int32)
        self._starts = tf.constant(starts[known], tf.int64)
        self._owners = tf.constant(owners[known], tf.int64)
        self._lengths = tf.constant(lengths[known], tf.int32)
        self._numbers = tf.constant(numbers[known], tf.int32)
        self._item_counts = tf.constant(usable, tf.int64)
        self._item_starts = tf.constant(np.cumsum(usable) - usable, tf.int64)
        self.longest = int(lengths.max())

    def __len__(self):
        return len(self._starts)

    def pick_random(self, sample_ids, seed):
        """A row of each sample, all usable captions equally likely, int64."""
        counts = tf.gather(self._item_counts, sample_ids)
        draws = tf.random.stateless_uniform(
            tf.shape(counts), seed, alg="philox"
        )
        chosen = tf.cast(draws * tf.cast(counts, tf.float32), tf.int64)
        return tf.gather(self._item_starts, sample_ids) + chosen

    def pick(self, sample_ids, caption_index):
        """The usable caption number `caption_index` of each sample, int64 rows.

        Samples with fewer captions begin again from their first.
        """
        counts = tf.gather(self._item_counts, sample_ids)
        chosen = tf.constant(caption_index, tf.int64) % counts
        return tf.gather(self._item_starts, sample_ids) + chosen

    def sample_ids(self, rows):
        """The index of each row's image in the data set, int64 (batch,)."""
        return tf.gather(self._owners, rows)

    def caption_ids(self, rows):
        """The index of each row's caption among its image's, int32 (batch,)."""
        return tf.gather(self._numbers, rows)

    def token_ids(self, rows, max_words, seed=None):
        """Token ids of rows, (batch, max_words), and their numbers of words.

        Of a caption longer than `max_words` a random subset of its words is
        kept in their order, as in the published code; without a seed, int64
        (2,), the first `max_words`. The rest of a row is zeros.
        """
        lengths = tf.gather(self._lengths, rows)
        kept = tf.minimum(lengths, max_words)
        positions = self._word_positions(lengths, max_words, seed)
        is_word = tf.sequence_mask(kept, max_words)
        places = tf.gather(self._starts, rows)[:, None] + tf.cast(
            tf.where(is_word, positions, 0), tf.int64
        )
        ids = tf.where(is_word, tf.gather(self._values, places), 0)
        return tf.ensure_shape(ids, [None, max_words]), kept

    def _word_positions(self, lengths, max_words, seed):
        """(batch, max_words) positions of the words to keep, ascending."""
        if seed is None or self.longest <= max_words:
            return tf.range(max_words)[None, :]
        shape = [tf.size(lengths), self.longest]
        draws = tf.random.stateless_uniform(shape, seed, alg="philox")
        # The words with the largest draws form a random subset. Positions
        # behind the end come last and stay behind after the sort.
        is_word = tf.sequence_mask(lengths, self.longest)
        draws = tf.where(is_word, draws, -1.0)
        chosen = tf.math.top_k(draws, max_words).indices
        beyond = chosen >= lengths[:, None]
        return tf.sort(tf.where(beyond, self.longest, chosen), axis=1)


def _tokenize(captions, tokenizer):
    values, lengths = [], []
    for begin in range(0, len(captions), _CHUNK):
        chunk = tf.constant(captions[begin : begin + _CHUNK])
        tokens = tokenizer.ragged(chunk)
        values.append(tokens.values.numpy())
        lengths.append(tokens.row_lengths().numpy())
    return np.concatenate(values), np.concatenate(lengths)


def _check_every_item_has_one(dataset, usable):
    missing = np.flatnonzero(usable == 0)
    if not missing.size:
        return
    keys = [dataset.items[index].key for index in missing[:_SHOWN_KEYS]]
    shown = ", ".join(repr(key) for key in keys)
    more = ", ..." if missing.size > len(keys) else ""
    raise ValueError(
        f"{missing.size} of the {len(dataset.items)} images of "
        f"{dataset.name!r} have no caption with a word that the vocabulary "
        f"knows: {shown}{more}."
    )


class ImageChooser:
    """Adds seeds to the samples of a global batch, each of them an image."""

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
    has its turn. The arguments are as of `image_batches`.
    """

    def __init__(
        self,
        dataset,
        tokenizer,
        max_words,
        training,
        seed,
        caption_index,
        near_misses=0,
    ):
        if max_words is None:
            max_words = tokenizer.max_words
        if max_words < 1 or caption_index < 0:
            raise ValueError(
                "`caption_index` must be at least 0, `max_words` at least 1. "
                f"Received: caption_index={caption_index}, "
                f"max_words={max_words}"
            )
        self._table = CaptionTable(dataset, tokenizer, near_misses)
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
        if self._table.near_misses is not None:
            chosen["near_miss_ids"] = self._table.near_misses(
                token_ids, seed_for(_MISS)
            )
        if not self._training:
            return chosen
        order = tf.argsort(lengths, direction="DESCENDING", stable=True)
        return {name: tf.gather(value, order) for name, value in chosen.items()}


def _image_seeds(seed, step, sample_ids):
    return sample_seeds(_seed_for(seed, step, _IMAGE), tf.size(sample_ids))


def _seed_for(seed, step, purpose):
    return tf.random.experimental.stateless_fold_in(
        step_seed(seed, step),
        tf.constant(purpose, tf.int64),
        alg="philox",
    )
