import numpy as np
import pytest
import tensorflow as tf

from tfragan.callbacks.recent_means import RecentMeans
from tfragan.callbacks.recent_means import plain_numbers


def test_means_are_of_the_steps_since_the_last_report():
    means = RecentMeans()
    values = [3.0, 5.0, 1.0, 7.0, 9.0]
    assert means.update(2, {"a": np.mean(values[:2])}) == {"a": 4.0}
    recent = means.update(5, {"a": np.mean(values)})
    assert recent["a"] == pytest.approx(np.mean(values[2:]))


def test_an_epoch_starts_anew():
    means = RecentMeans()
    means.update(10, {"a": 100.0})
    means.reset()
    assert means.update(1, {"a": 2.0}) == {"a": 2.0}


def test_logs_of_any_kind_become_floats():
    logs = {"a": tf.constant([1.5]), "b": np.float32(2), "c": 3}
    assert plain_numbers(logs) == {"a": 1.5, "b": 2.0, "c": 3.0}
    assert plain_numbers(None) == {}
