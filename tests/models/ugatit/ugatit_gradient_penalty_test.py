import keras
import pytest
import tensorflow as tf

from tests.layers.second_order import slopes
from tfragan.losses import GradientPenalty
from tfragan.models.ugatit import UGATITDiscriminator


@pytest.mark.parametrize("variant", ["pytorch", "tensorflow1"])
def test_gradients_of_the_penalty_are_exact(variant):
    keras.utils.set_random_seed(1)
    network = UGATITDiscriminator(3, 2, variant, dtype="float64")
    network.build()
    images = tf.random.stateless_normal((2, 9, 9, 3), (0, 1), dtype=tf.float64)

    def value():
        def scores(images):
            outputs = network(images)
            # Steep, so that the penalty is more than its constant.
            return [20.0 * outputs[key] for key in ("logit", "cam_logit")]

        return tf.add_n(
            [tf.reduce_sum(x) for x in GradientPenalty()(scores, images)]
        )

    weights = network.trainable_weights
    with tf.GradientTape() as tape:
        total = value()
    # A bias moves no slope but through the sign of the activation behind it.
    gradients = tape.gradient(
        total, [w.value for w in weights], unconnected_gradients="zero"
    )

    found = slopes(value, weights, gradients, 1e-6)
    for weight, (analytic, numeric) in zip(weights, found, strict=True):
        assert analytic == pytest.approx(numeric, rel=1e-6), weight.path
        if weight.name == "kernel":
            assert analytic != 0.0, weight.path
