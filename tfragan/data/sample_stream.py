"""Which images each training step sees, as a function of seed and step."""

import tensorflow as tf

# Seeds of independent draws differ in the second number of their key.
_ORDER = 1
_STEP = 2


def step_seed(seed, step):
    """The seed for all draws of one training step except the order.

    Args:
        seed: int64 scalar, the seed of the run.
        step: int64 scalar, index of the global batch since the beginning.

    Returns:
        int64 (2,) seed for stateless operations.
    """
    return _fold(seed, _STEP, step)


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
    keys = tf.random.stateless_uniform(
        [num_samples],
        _fold(seed, _ORDER, epoch),
        minval=None,
        maxval=None,
        dtype=tf.int64,
        alg="philox",
    )
    return tf.cast(tf.argsort(keys, stable=True), tf.int64)


def training_stream(num_samples, batch_size, seed, start_step=0):
    """Endless stream of shuffled global batches.

    Each epoch is a fresh permutation; the samples that fill no whole batch
    at its end are left out, others in each epoch.

    Args:
        num_samples: number of samples.
        batch_size: samples of a global batch, at most `num_samples`.
        seed: seed of the run.
        start_step: global step of the first batch given.

    Returns:
        `tf.data.Dataset` of (step, sample_ids), int64 () and (batch_size,).
    """
    steps = num_samples // batch_size
    first_epoch, offset = divmod(start_step, steps)

    def batches_of(epoch):
        order = epoch_order(num_samples, seed, epoch)
        order = tf.reshape(order[: steps * batch_size], [steps, batch_size])
        begin = tf.where(tf.equal(epoch, first_epoch), offset, 0)
        return tf.data.Dataset.from_tensor_slices(order[begin:])

    epochs = tf.data.Dataset.range(first_epoch, tf.int64.max)
    return epochs.flat_map(batches_of).enumerate(start_step)


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
