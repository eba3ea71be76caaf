"""What the batches of all kinds of data have in common: parts and options."""

import tensorflow as tf

from tfragan.data import sample_choice


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


def sample_batches(
    dataset,
    choose,
    load,
    batch_size,
    seed=0,
    training=True,
    start_step=0,
    num_shards=1,
    shard_index=0,
):
    """Batches of one kind of sample: shuffled epochs, or one pass in order.

    Args:
        dataset: where the samples are from; its `name` and `sample_kind` are
            for messages.
        choose: function from the step and the numbers of its samples, int64
            (batch_size,), to a dict of tensors that describe them, such as a
            `CaptionChooser`; its `num_samples` is the number of all.
        load: function from the description of one sample to the sample.
        batch_size: samples of a global batch, over all shards.
        seed: seed of all random choices.
        training: whether to shuffle and repeat; else one pass, with a
            smaller batch at the end.
        start_step: step to begin at.
        num_shards: number of workers that share each global batch.
        shard_index: which of them this one is.

    Returns:
        `tf.data.Dataset` of batches.

    Raises:
        ValueError: An argument is out of range.
    """
    part = part_of_shard(batch_size, num_shards, shard_index)
    num_samples = choose.num_samples
    _check_stream(dataset, batch_size, num_samples, training, start_step)

    def choose_part(step, samples):
        rows = choose(step, samples)
        return {name: value[part] for name, value in rows.items()}

    if training:
        stream = sample_choice.training_stream(
            num_samples, batch_size, seed, start_step
        )
        steps = tf.data.INFINITE_CARDINALITY
    else:
        stream = sample_choice.evaluation_stream(
            num_samples, batch_size, start_step
        )
        # The last batch is shorter, and may hold nothing for this shard.
        steps = max(0, -(-(num_samples - part.start) // batch_size))
        steps = max(0, steps - start_step)
    return load_batches(
        stream.map(choose_part, num_parallel_calls=tf.data.AUTOTUNE),
        load,
        part.stop - part.start,
        steps,
        drop_remainder=training,
    )


def _check_stream(dataset, batch_size, num_samples, training, start_step):
    if batch_size < 1 or start_step < 0:
        raise ValueError(
            "`batch_size` must be at least 1, `start_step` at least 0. "
            f"Received: batch_size={batch_size}, start_step={start_step}"
        )
    if training and batch_size > num_samples:
        raise ValueError(
            f"`batch_size` must be at most the number of {dataset.sample_kind} "
            f"of {dataset.name!r}, {num_samples}. Received: "
            f"batch_size={batch_size}"
        )


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
