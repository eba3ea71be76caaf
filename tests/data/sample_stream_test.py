import collections
import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

from tfragan.data import sample_stream


def test_every_order_of_a_small_set_is_equally_likely():
    @tf.function
    def orders(count):
        return tf.map_fn(
            lambda epoch: sample_stream.epoch_order(4, 5, epoch),
            tf.range(count),
        )

    seen = collections.Counter(
        map(tuple, orders(tf.constant(2400, tf.int64)).numpy())
    )
    assert len(seen) == math.factorial(4)
    # 100 of each are expected, with a standard deviation of 9.8.
    assert min(seen.values()) > 60
    assert max(seen.values()) < 140


@pytest.mark.parametrize("start_step", [0, 1, 2, 7])
def test_training_stream_counts_steps_from_its_start(start_step):
    whole = list(
        itertools.islice(
            sample_stream.training_stream(7, 3, 1).as_numpy_iterator(), 12
        )
    )
    stream = sample_stream.training_stream(7, 3, 1, start_step)
    for (step, ids), (expected_step, expected_ids) in zip(
        stream.as_numpy_iterator(), whole[start_step:], strict=False
    ):
        assert step == expected_step
        np.testing.assert_array_equal(ids, expected_ids)
        if step == whole[-1][0]:
            break


def test_start_far_into_training_costs_nothing():
    stream = sample_stream.training_stream(100, 10, 1, start_step=10**12)
    step, ids = next(stream.as_numpy_iterator())
    assert step == 10**12
    assert len(set(ids)) == 10


def test_step_seeds_differ():
    seeds = {
        tuple(sample_stream.step_seed(seed, step).numpy())
        for seed in (-1, 0, 2**40)
        for step in range(20)
    }
    assert len(seeds) == 60
