"""Random numbers that do not depend on the number of replicas."""

import tensorflow as tf

# Odd and large, so that seeds and streams do not meet.
_SEED_STRIDE = 0x9E3779B1


def replica_normal(shape, seed, step, stream, replica):
    """Standard normal numbers for this replica's part of the global batch.

    The numbers of the whole batch are drawn from `(seed, stream, step)` and
    the replica takes its rows: replicas get different numbers, and one
    device gets those of two. Nothing but the step has to be restored to
    continue the sequence. Compiled by XLA, the numbers are others.

    Args:
        shape: shape of the replica's tensor, the batch first.
        seed: Python int.
        step: scalar integer tensor.
        stream: Python int that tells uses apart.
        replica: a `Replica`.

    Returns:
        A float32 tensor of shape `shape`.
    """
    return _rows_of_global_batch(
        tf.random.stateless_normal, shape, seed, step, stream, replica
    )


def replica_uniform(shape, seed, step, stream, replica):
    """As `replica_normal`, uniform in [0, 1)."""
    return _rows_of_global_batch(
        tf.random.stateless_uniform, shape, seed, step, stream, replica
    )


def _rows_of_global_batch(draw, shape, seed, step, stream, replica):
    batch = shape[0]
    run = (seed * _SEED_STRIDE + stream) % 2**31
    key = tf.stack([tf.constant(run, tf.int32), tf.cast(step, tf.int32)])
    values = draw((batch * replica.count, *shape[1:]), key, alg="philox")
    start = batch * replica.index
    return values[start : start + batch]
