"""Adversarial losses on logits, element by element."""

import collections.abc
import dataclasses

import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.losses.gradient_penalty import GradientPenalty


def real_loss(logits):
    """Cross-entropy of logits that should say "real".

    Args:
        logits: tensor of any shape.

    Returns:
        Tensor of the same shape: `-log(sigmoid(logits))`.

    Reference:
        - [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661), eq. 1,
          in the form that does not saturate for the generator
    """
    return tf.nn.softplus(-logits)


def fake_loss(logits):
    """Cross-entropy of logits that should say "fake".

    Args:
        logits: tensor of any shape.

    Returns:
        Tensor of the same shape: `-log(1 - sigmoid(logits))`.
    """
    return tf.nn.softplus(logits)


@dataclasses.dataclass(frozen=True)
class AdversarialLosses:
    """What a discriminator and its generator minimize.

    Every function takes logits of any shape and returns losses of that shape.

    Attributes:
        discriminator_real: the discriminator's loss of real images' logits.
        discriminator_fake: its loss of generated images' logits.
        generator: the generator's loss of generated images' logits.
        penalty: the `GradientPenalty` that belongs to the discriminator's
            loss, or None.
    """

    discriminator_real: collections.abc.Callable
    discriminator_fake: collections.abc.Callable
    generator: collections.abc.Callable
    penalty: GradientPenalty | None = None


def _squared_distance_to_one(logits):
    return tf.square(logits - 1.0)


_CROSS_ENTROPY = AdversarialLosses(real_loss, fake_loss, real_loss)
_WASSERSTEIN = AdversarialLosses(tf.negative, tf.identity, tf.negative)
_BY_NAME = {
    "lsgan": AdversarialLosses(
        _squared_distance_to_one, tf.square, _squared_distance_to_one
    ),
    "gan": _CROSS_ENTROPY,
    "dragan": dataclasses.replace(
        _CROSS_ENTROPY, penalty=GradientPenalty(around_real=True)
    ),
    "hinge": AdversarialLosses(
        lambda logits: tf.nn.relu(1.0 - logits),
        lambda logits: tf.nn.relu(1.0 + logits),
        tf.negative,
    ),
    "wgan-gp": dataclasses.replace(_WASSERSTEIN, penalty=GradientPenalty()),
    "wgan-lp": dataclasses.replace(
        _WASSERSTEIN, penalty=GradientPenalty(one_sided=True)
    ),
}


def adversarial_losses(name):
    """The adversarial losses of a name.

    | name | real logit r | fake logit f | generator | penalty |
    | --- | --- | --- | --- | --- |
    | lsgan | `(r - 1)**2` | `f**2` | `(f - 1)**2` | |
    | gan | `softplus(-r)` | `softplus(f)` | `softplus(-f)` | |
    | dragan | as gan | as gan | as gan | two-sided, around real images |
    | hinge | `relu(1 - r)` | `relu(1 + f)` | `-f` | |
    | wgan-gp | `-r` | `f` | `-f` | two-sided, between real and fake |
    | wgan-lp | `-r` | `f` | `-f` | one-sided, between real and fake |

    Args:
        name: one of the names above.

    Returns:
        An `AdversarialLosses`.

    Raises:
        ValueError: for another name.

    Reference:
        - [Mao et al., 2016, LSGAN](https://arxiv.org/abs/1611.04076), eq. 9
        - [Goodfellow et al., 2014, GAN](https://arxiv.org/abs/1406.2661)
        - [Kodali et al., 2017, DRAGAN](https://arxiv.org/abs/1705.07215)
        - [Lim and Ye, 2017, hinge](https://arxiv.org/abs/1705.02894)
        - [Gulrajani et al., 2017, WGAN-GP](https://arxiv.org/abs/1704.00028)
        - [Petzka et al., 2017, WGAN-LP](https://arxiv.org/abs/1709.08894)

    Example:

    >>> losses = adversarial_losses("lsgan")
    >>> losses.generator(tf.constant([0.0, 1.0])).numpy().tolist()
    [1.0, 0.0]
    """
    check_choice("adversarial_loss", name, _BY_NAME)
    return _BY_NAME[name]
