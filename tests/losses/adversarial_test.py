import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import load
from tfragan.losses import GradientPenalty
from tfragan.losses import adversarial_losses

_PENALTIES = {
    "lsgan": None,
    "gan": None,
    "dragan": GradientPenalty(around_real=True),
    "hinge": None,
    "wgan-gp": GradientPenalty(),
    "wgan-lp": GradientPenalty(one_sided=True),
}


@pytest.mark.golden
@pytest.mark.parametrize("name", _PENALTIES)
def test_ugatit_losses_are_those_of_tensorflow1(name):
    arrays = load("ugatit", "tf1_losses")
    losses = adversarial_losses(name)

    def summed(loss, kind):
        return sum(
            tf.reduce_mean(loss(tf.constant(arrays[f"in/{kind}{index}"])))
            for index in (0, 1)
        )

    discriminator = summed(losses.discriminator_real, "real")
    discriminator += summed(losses.discriminator_fake, "fake")
    generator = summed(losses.generator, "fake")

    assert_close(discriminator, arrays[f"out/d_{name}"], 1e-5)
    assert_close(generator, arrays[f"out/g_{name}"], 1e-5)


@pytest.mark.parametrize("name", _PENALTIES)
def test_each_element_has_a_loss(name):
    losses = adversarial_losses(name)
    logits = tf.reshape(tf.range(-6.0, 6.0), (2, 3, 2, 1))

    for function in (
        losses.discriminator_real,
        losses.discriminator_fake,
        losses.generator,
    ):
        values = function(logits)
        assert values.shape == logits.shape
        one = function(logits[1, 2, 0, 0])
        np.testing.assert_allclose(values[1, 2, 0, 0], one)


@pytest.mark.parametrize(("name", "penalty"), _PENALTIES.items())
def test_a_name_stands_for_its_penalty(name, penalty):
    assert adversarial_losses(name).penalty == penalty


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="'lsgan2'") as error:
        adversarial_losses("lsgan2")

    for name in _PENALTIES:
        assert name in str(error.value)
