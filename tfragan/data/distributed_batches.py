"""The batches of a data set in the form that `fit` takes under a strategy."""

import tensorflow as tf


def distribute(dataset, strategy, batch_size, **options):
    """Training batches for any number of workers and replicas.

    Replica r of n gets the r-th contiguous part of each global batch, so that
    the images seen, their order and augmentation do not depend on how many
    devices share the work.

    Args:
        dataset: a `CaptionedImages`, `LabelledImages`, `PairedImages` or
            `UnpairedImages`.
        strategy: a `tf.distribute.Strategy`, or `None`.
        batch_size: images of a global batch, over all replicas of all
            workers.
        **options: passed to `dataset.batches`, such as `seed`, `start_step`
            and the size of the images.

    Returns:
        What `keras.Model.fit` takes: a `tf.data.Dataset` of global batches,
        which Keras itself splits over the replicas of one worker; with a
        `MultiWorkerMirroredStrategy` a `tf.distribute.DistributedDataset`,
        for which each worker reads its own images only.

    Raises:
        ValueError: The replicas do not divide `batch_size`, `training=False`
            is wanted on several replicas, or a shard is given.
    """
    for name in ("num_shards", "shard_index"):
        if name in options:
            raise ValueError(
                f"`{name}` follows from the strategy and cannot be given. "
                f"Received: {name}={options[name]}"
            )
    replicas = 1 if strategy is None else strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise ValueError(
            f"`batch_size` must be a multiple of the {replicas} replicas of "
            f"the strategy. Received: batch_size={batch_size}"
        )
    if replicas > 1 and not options.get("training", True):
        raise ValueError(
            "Evaluation batches can be of any size, also 0, on a replica: "
            "take `dataset.batches(..., training=False)` on one device. "
            f"Received: training={options['training']}, {replicas} replicas"
        )
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return dataset.batches(batch_size, **options)

    return strategy.distribute_datasets_from_function(
        worker_batches(dataset, batch_size, replicas, **options)
    )


def worker_batches(dataset, batch_size, replicas, **options):
    """The input function of one worker, of what `distribute` takes.

    It goes from `tf.distribute.InputContext` to a `tf.data.Dataset` of batches
    for one replica, for `distribute_datasets_from_function`; `replicas` are
    those of all workers.
    """

    def batches_of_worker(context):
        # A worker's batches are dealt to its replicas one after the other,
        # so they are cut from its part of the global batch in order.
        return dataset.batches(
            batch_size,
            num_shards=context.num_input_pipelines,
            shard_index=context.input_pipeline_id,
            **options,
        ).rebatch(batch_size // replicas, drop_remainder=True)

    return batches_of_worker
