"""What the batches of all kinds of data have in common: parts and options."""

import tensorflow as tf


def part_of_shard(batch_size, num_shards, shard_index):
    """The contiguous part of each global batch that is one worker's.

    Args:
        batch_size: samples of a global batch, over all shards.
        num_shards: number of workers that share each global batch.
        shard_index: which of them this one is.

    Returns:
        A `slice` of the batch.

    Raises:
        ValueError: The workers cannot share the batch evenly, or there are
            fewer of them than `shard_index` says.
    """
    if not 0 <= shard_index < num_shards or batch_size % num_shards:
        raise ValueError(
            "`num_shards` must divide `batch_size`, and `shard_index` be "
            f"from 0 to `num_shards` - 1. Received: batch_size={batch_size}, "
            f"num_shards={num_shards}, shard_index={shard_index}"
        )
    size = batch_size // num_shards
    return slice(shard_index * size, (shard_index + 1) * size)


def load_batches(choices, load, batch_size, steps, drop_remainder=True):
    """Loads the chosen samples one by one, in parallel, and batches them.

    Args:
        choices: `tf.data.Dataset` whose elements describe the samples of a
            batch: dicts of tensors with the batch as first axis.
        load: function from the description of one sample to the sample.
        batch_size: samples of a batch.
        steps: number of batches, or `tf.data.INFINITE_CARDINALITY`.
        drop_remainder: whether a smaller batch at the end is left out.

    Returns:
        `tf.data.Dataset` of batches in a fixed order, which no strategy
        shards on its own.
    """
    batches = (
        choices.unbatch()
        .map(load, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch_size, drop_remainder=drop_remainder)
        .apply(tf.data.experimental.assert_cardinality(steps))
        .prefetch(tf.data.AUTOTUNE)
    )
    return batches.with_options(_options())


def _options():
    options = tf.data.Options()
    options.deterministic = True
    # A strategy must not cut the stream on its own: that would take every
    # n-th sample instead of a contiguous part of each global batch.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    return options
