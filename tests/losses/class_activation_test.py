import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import load
from tfragan.losses import class_activation_loss


@pytest.mark.golden
def test_ugatit_loss_is_that_of_tensorflow1():
    arrays = load("ugatit", "tf1_losses")

    losses = class_activation_loss(
        arrays["in/cam_source"], arrays["in/cam_non_source"]
    )

    assert_close(tf.reduce_mean(losses), arrays["out/cam_loss"], 1e-5)


@pytest.mark.parametrize("logit", [-90.0, 90.0])
def test_large_logits_have_exact_losses_and_gradients(logit):
    source, target = tf.constant(logit), tf.constant(-logit)
    with tf.GradientTape() as tape:
        tape.watch([source, target])
        loss = class_activation_loss(source, target)
    gradients = tape.gradient(loss, [source, target])

    wrong = logit < 0.0
    np.testing.assert_allclose(loss, 180.0 if wrong else 0.0, atol=1e-30)
    np.testing.assert_allclose(
        gradients, [-1.0, 1.0] if wrong else [0.0, 0.0], atol=1e-30
    )
