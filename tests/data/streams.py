"""Batches of a stream as arrays, and what they are compared by."""

import itertools

import numpy as np
import tensorflow as tf


def take(batches, count=None):
    """The first batches of a stream, or all of it."""
    return list(itertools.islice(batches.as_numpy_iterator(), count))


def assert_same(actual, expected):
    """Asserts that two lists of batches are equal to the last bit."""
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, one, other)


def joined(*shards):
    """The batches of all shards, put together step by step."""
    return [
        tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *step)
        for step in zip(*shards, strict=True)
    ]
