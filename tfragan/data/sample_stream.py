"""Which images each training step sees, as a function of seed and step."""

import tensorflow as tf

# Seeds of independent draws differ in the second number of their key.
_ORDER = 1
_STEP = 2
_STREAM = 3


def step_seed(seed, step):
    """The seed for all draws of one training step except the order.

    Args:
        seed: int64 scalar, the seed of the run.
        step: int64 scalar, index of the global batch since the beginning.

    Returns:
        int64 (2,) seed for stateless operations.
    """
    return _fold(seed, _STEP, step)


def stream_seed(seed, stream):
    """The seed of one of several independent streams of a run.

    Args:
        seed: int64 scalar, the seed of the run.
        stream: which of the streams, an int.

    Returns:
        int64 scalar, to be used as the seed of a run is.
    """
    return _any_integers([], _fold(seed, _STREAM, stream), tf.int64)


def sample_seeds(seed, count):
    """A seed for each sample of a batch.

    Args:
        seed: int64 (2,), the seed of the batch.
        count: number of samples.

    Returns:
        int32 (count, 2) seeds for stateless operations.
    """
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
    """A random permutation of all samples, another one for each epoch.

    Args:
        num_samples: number of samples.
        seed: int64 scalar, the seed of the run.
        epoch: int64 scalar.

    Returns:
        int64 (num_samples,).
    """
    # `index_shuffle` would need no sort, but is far from uniform for small
    # sets: of the 120 orders of 5 samples it reaches about 100.
    keys = _any_integers([num_samples], _fold(seed, _ORDER, epoch), tf.int64)
    return tf.cast(tf.argsort(keys, stable=True), tf.int64)


def training_stream(
    num_samples, batch_size, seed, start_step=0, whole_epochs=False
):
    """Endless stream of shuffled global batches.

    Each epoch is a fresh permutation. The samples that fill no whole batch
    at its end are left out, others in each epoch; with `whole_epochs` they
    begin the first batch of the next one.

    Args:
        num_samples: number of samples.
        batch_size: samples of a global batch; at most `num_samples`, or any
            number with `whole_epochs`.
        seed: seed of the run.
        start_step: global step of the first batch given.
        whole_epochs: whether each epoch gives every sample.

    Returns:
        `tf.data.Dataset` of (step, sample_ids), int64 () and (batch_size,).
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

    Args:
        num_samples: number of samples.
        batch_size: samples of a global batch.
        start_step: index of the first batch given.

    Returns:
        `tf.data.Dataset` of (step, sample_ids), int64 () and (batch,).
    """
    begin = min(start_step * batch_size, num_samples)
    samples = tf.data.Dataset.range(begin, num_samples)
    return samples.batch(batch_size).enumerate(start_step)
