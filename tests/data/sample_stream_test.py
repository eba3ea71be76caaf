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


@pytest.mark.parametrize("start_step", [0, 1, 2, 7])
def test_training_stream_counts_steps_from_its_start(start_step):
    whole = list(
        itertools.islice(
            sample_choice.training_stream(7, 3, 1).as_numpy_iterator(), 12
        )
    )
    stream = sample_choice.training_stream(7, 3, 1, start_step)
    for (step, ids), (expected_step, expected_ids) in zip(
        stream.as_numpy_iterator(), whole[start_step:], strict=False
    ):
        assert step == expected_step
        np.testing.assert_array_equal(ids, expected_ids)
        if step == whole[-1][0]:
            break


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


@pytest.mark.parametrize("start_step", [1, 2, 3, 4, 9])
def test_whole_epochs_begin_at_any_step(start_step):
    def steps(start):
        stream = sample_choice.training_stream(5, 3, 3, start, True)
        return stream.as_numpy_iterator()

    expected = list(itertools.islice(steps(0), start_step, 12))
    for (step, ids), (other, others) in zip(
        expected, steps(start_step), strict=False
    ):
        assert step == other
        np.testing.assert_array_equal(ids, others)


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


def test_each_sample_of_a_batch_has_a_seed_of_its_own():
    seeds = sample_choice.sample_seeds(sample_choice.step_seed(0, 4), 6)
    assert seeds.dtype == tf.int32
    assert len({tuple(seed) for seed in seeds.numpy()}) == 6
