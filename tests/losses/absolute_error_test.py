import numpy as np
import tensorflow as tf

from tfragan.losses import absolute_error


def test_each_value_has_its_distance():
    errors = absolute_error(tf.constant([[1.0, -2.0]]), tf.constant([[3.0, 1]]))

    np.testing.assert_array_equal(errors, [[2.0, 3.0]])


def test_equal_values_have_no_gradient():
    images = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(images)
        errors = absolute_error(images, tf.constant([0.0, 2.0, 5.0]))

    np.testing.assert_array_equal(tape.gradient(errors, images), [1, 0, -1])
