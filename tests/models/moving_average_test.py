import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.replica_contract import assert_replicas_agree
from tfragan.models.moving_average import rising_decay
from tfragan.models.moving_average import update_moving_average


def variable(value, dtype="float32"):
    return keras.Variable(np.asarray(value), dtype=dtype, name="weight")


def test_each_average_moves_by_one_minus_decay():
    averages = [variable([1.0, 2.0]), variable([[0.0]])]
    variables = [variable([3.0, 2.0]), variable([[-1.0]])]
    update_moving_average(averages, variables, 0.75)
    np.testing.assert_allclose(averages[0].numpy(), [1.5, 2.0])
    np.testing.assert_allclose(averages[1].numpy(), [[-0.25]])
    np.testing.assert_array_equal(variables[0].numpy(), [3.0, 2.0])


def test_decay_zero_copies_and_decay_one_keeps():
    for decay, expected in ((0.0, 5.0), (1.0, 1.0)):
        average = variable([1.0])
        update_moving_average([average], [variable([5.0])], decay)
        assert average.numpy() == expected


def test_an_average_that_has_arrived_stays():
    value = np.random.default_rng(0).standard_normal(100)
    average = variable(value)
    update_moving_average([average], [variable(value)], 0.999)
    np.testing.assert_array_equal(average.numpy(), variable(value).numpy())


def test_integers_are_copied():
    average = variable([1], "int64")
    update_moving_average([average], [variable([7], "int64")], 0.999)
    assert average.numpy() == 7


def test_decay_may_be_a_tensor_in_a_graph():
    average, value = variable([0.0]), variable([1.0])

    @tf.function
    def update(decay):
        update_moving_average([average], [value], decay)

    update(tf.constant(0.9))
    update(tf.constant(0.5))
    np.testing.assert_allclose(average.numpy(), [0.55], rtol=1e-6)


def test_replicas_hold_the_same_average(mirrored):
    with mirrored.scope():
        average, value = variable([0.0, 1.0]), variable([1.0, -1.0])

    @tf.function
    def update():
        update_moving_average([average], [value], 0.9)

    mirrored.run(update)
    np.testing.assert_allclose(average.numpy(), [0.1, 0.8], rtol=1e-6)
    assert_replicas_agree(mirrored, [average])


def test_wrong_arguments_are_refused():
    one, other = variable([1.0]), variable([1.0, 2.0])
    with pytest.raises(ValueError, match="decay=1.5"):
        update_moving_average([one], [one], 1.5)
    with pytest.raises(ValueError, match="1 averages for 2 variables"):
        update_moving_average([one], [one, one], 0.9)
    with pytest.raises(ValueError, match="weight must have its shape"):
        update_moving_average([one], [other], 0.9)
    np.testing.assert_array_equal(one.numpy(), [1.0])


def test_a_rising_decay_soon_forgets_the_start():
    start = 1.0
    for step in range(100):
        decay = float(rising_decay(0.999, tf.constant(step)))
        start *= decay
    assert start < 1e-9
    assert decay == pytest.approx(100 / 109)
    assert float(rising_decay(0.9, tf.constant(1000))) == pytest.approx(0.9)
