import keras
import numpy as np
import pytest
import tensorflow as tf

from tfragan.distribution import Replica
from tfragan.distribution import apply_synced
from tfragan.distribution import scale_of
from tfragan.distribution import scaled_loss


def _scaled_sgd(scale):
    return keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(1.0), initial_scale=scale
    )


def _moved(optimizer, gradient, **options):
    variable = keras.Variable(np.zeros(2, "float32"))
    optimizer.build([variable])
    apply_synced(
        optimizer,
        [tf.constant(gradient, tf.float32)],
        [variable],
        Replica(1, 0),
        **options,
    )
    return variable.numpy()


def test_gradients_that_carry_another_scale_count_as_much():
    plain = _moved(keras.optimizers.SGD(1.0), [1.0, -2.0])
    own = _moved(_scaled_sgd(8.0), [8.0, -16.0])
    other = _moved(_scaled_sgd(8.0), [32.0, -64.0], scale=tf.constant(32.0))
    np.testing.assert_allclose(own, plain)
    np.testing.assert_allclose(other, plain)


def test_a_scale_says_nothing_to_an_optimizer_without():
    optimizer = keras.optimizers.SGD(1.0)
    assert float(scale_of(optimizer)) == 1.0
    moved = _moved(optimizer, [1.0, -2.0], scale=tf.constant(1.0))
    np.testing.assert_allclose(moved, [-1.0, 2.0])


@pytest.mark.parametrize(
    ("of", "to"),
    [("float16", "float32"), ("float32", "float32"), ("float64", "float64")],
)
def test_a_scaled_loss_has_room_for_the_scale(of, to):
    loss = scaled_loss(tf.constant(3.0, of), _scaled_sgd(2.0**16))

    assert loss.dtype == to
    assert float(loss) == 3 * 2**16


def test_a_variable_without_a_gradient_is_named():
    variable = keras.Variable([0.0], name="lonely")
    with pytest.raises(ValueError, match="lonely"):
        apply_synced(keras.optimizers.SGD(), [None], [variable], Replica(1, 0))
