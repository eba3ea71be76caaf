import collections
import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

from tfragan.data import sample_choice


def test_every_order_of_a_small_set_is_equally_likely():
    @tf.function
    def orders(count):
        return tf.map_fn(
            lambda epoch: sample_choice.epoch_order(4, 5, epoch),
            tf.range(count),
        )

    seen = collections.Counter(
        map(tuple, orders(tf.constant(2400, tf.int64)).numpy())
    )
    assert len(seen) == math.factorial(4)
    # 100 of each are expected, with a standard deviation of 9.8.
    assert min(seen.values()) > 60
    assert max(seen.values()) < 140


def test_start_far_into_training_costs_nothing():
    stream = sample_choice.training_stream(100, 10, 1, start_step=10**12)
    step, ids = next(stream.as_numpy_iterator())
    assert step == 10**12
    assert len(set(ids)) == 10


def test_step_seeds_differ():
    seeds = {
        tuple(sample_choice.step_seed(seed, step).numpy())
        for seed in (-1, 0, 2**40)
        for step in range(20)
    }
    assert len(seeds) == 60


@pytest.mark.parametrize("batch_size", [1, 3, 5, 12])
def test_whole_epochs_give_every_sample_before_any_again(batch_size):
    stream = sample_choice.training_stream(5, batch_size, 3, whole_epochs=True)
    batches = list(itertools.islice(stream.as_numpy_iterator(), 20))
    assert [step for step, _ in batches] == list(range(20))
    samples = np.concatenate([ids for _, ids in batches])
    whole = len(samples) // 5 * 5
    epochs = samples[:whole].reshape(-1, 5)
    for epoch in epochs:
        assert sorted(epoch) == list(range(5))
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_streams_of_a_run_are_independent():
    seeds = {
        int(sample_choice.stream_seed(seed, stream))
        for seed in range(3)
        for stream in range(2)
    }
    assert len(seeds) == 6
    seed = sample_choice.stream_seed(0, 0)
    assert int(sample_choice.stream_seed(0, 0)) == int(seed)
    orders = [
        sample_choice.epoch_order(50, sample_choice.stream_seed(0, k), 0)
        for k in range(2)
    ]
    assert not np.array_equal(*orders)
