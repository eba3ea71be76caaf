import numpy as np
import pytest
import tensorflow as tf

from tfragan.data import global_batches


def test_parts_of_shards_make_up_the_batch():
    parts = [global_batches.part_of_shard(6, 3, shard) for shard in range(3)]
    assert [list(range(6))[part] for part in parts] == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize(("shards", "index"), [(4, 0), (2, 2), (2, -1)])
def test_parts_that_do_not_fit_are_refused(shards, index):
    with pytest.raises(ValueError, match=f"shard_index={index}"):
        global_batches.part_of_shard(6, shards, index)


def test_samples_are_loaded_one_by_one_in_order():
    choices = tf.data.Dataset.from_tensor_slices([[1, 2, 3], [4, 5, 6]])
    batches = global_batches.load_batches(
        choices, lambda one: {"square": one * one}, 3, 2
    )
    assert batches.cardinality() == 2
    squares = [batch["square"] for batch in batches]
    np.testing.assert_array_equal(squares, [[1, 4, 9], [16, 25, 36]])


def test_no_strategy_shards_them():
    choices = tf.data.Dataset.from_tensors([1, 2])
    batches = global_batches.load_batches(choices, lambda one: one, 2, 1)
    options = batches.options()
    assert options.deterministic
    policy = options.experimental_distribute.auto_shard_policy
    assert policy == tf.data.experimental.AutoShardPolicy.OFF
