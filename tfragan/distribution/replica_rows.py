"""Sharing the rows of a batch between replicas, outside of training."""

import tensorflow as tf


def on_replicas(function, rows, *others):
    """Calls a function on the rows of a batch, each replica on its share.

    The replicas are those of the strategy whose scope this is called in;
    without one it is a plain call. The function must give a row for each row,
    which must not depend on the others.

    Args:
        function: `tf.function` of tensors to a nested structure of tensors,
            without an `input_signature`, which strategies cannot run.
        rows: list of tensors or arrays `(batch, ...)`, its first arguments.
        *others: its other arguments, the same on each replica.

    Returns:
        What the function gives, of the whole batch in its order.
    """
    strategy = tf.distribute.get_strategy()
    replicas = strategy.num_replicas_in_sync
    count = len(rows[0])
    if replicas == 1 or not tf.distribute.in_cross_replica_context():
        return function(*rows, *others)
    share = -(-count // replicas)
    # The last row fills up: all replicas compute one shape.
    places = [min(place, count - 1) for place in range(share * replicas)]
    padded = [tf.gather(values, places) for values in rows]

    def part(values):
        def of_replica(context):
            start = share * context.replica_id_in_sync_group
            return values[start : start + share]

        return strategy.experimental_distribute_values_from_function(of_replica)

    parts = [part(values) for values in padded]
    outputs = strategy.run(function, args=[*parts, *others])

    def whole(values):
        of_replicas = strategy.experimental_local_results(values)
        return tf.concat(of_replicas, axis=0)[:count]

    return tf.nest.map_structure(whole, outputs)


def batch_rows(batch_size):
    """How many rows all replicas take at once: `batch_size` on each."""
    return batch_size * tf.distribute.get_strategy().num_replicas_in_sync
