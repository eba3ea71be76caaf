"""U-GAT-IT's sums of loss terms, as shares of this replica."""

import tensorflow as tf

from tfragan.losses import absolute_error
from tfragan.losses import class_activation_loss

_LOGITS = {"ad": "logit", "cam": "cam_logit"}


def discriminator_terms(losses, real, fake, replica):
    """The terms of one discriminator.

    Args:
        losses: the `AdversarialLosses`.
        real: what the discriminator says of real images, a dict of `logit`
            `(batch, height, width, 1)` and `cam_logit` `(batch, 2)`.
        fake: the same of generated images.
        replica: the `Replica`.

    Returns:
        Dict of `ad`, of the logits, and `cam`, of the attention's logits:
        scalars.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          eq. 2 and 6, in the form of the published code
    """
    return {
        term: replica.mean(losses.discriminator_real(real[key]))
        + replica.mean(losses.discriminator_fake(fake[key]))
        for term, key in _LOGITS.items()
    }


def generator_terms(losses, fake, replica):
    """The terms of the generator's images with one discriminator.

    Args:
        losses: the `AdversarialLosses`.
        fake: dict of `logit` and `cam_logit`, see `discriminator_terms`.
        replica: the `Replica`.

    Returns:
        Dict of `ad` and `cam`: scalars.
    """
    return {
        term: replica.mean(losses.generator(fake[key]))
        for term, key in _LOGITS.items()
    }


def consistency_terms(
    real, cycled, unchanged, source_logit, target_logit, replica
):
    """How far cycles and identities are from the real images of one domain.

    The logits are those of the generator *to* the domain.

    Args:
        real: images of the domain `(batch, height, width, 3)`.
        cycled: these, translated to the other domain and back.
        unchanged: these after the generator to their own domain.
        source_logit: `cam_logit` `(batch, 2)` of the images of the other
            domain.
        target_logit: `cam_logit` of `real`.
        replica: the `Replica`.

    Returns:
        Dict of `cycle`, `identity` and `cam`: scalars.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          eq. 3 to 5
    """
    classification = class_activation_loss(source_logit, target_logit)
    return {
        "cycle": replica.mean(absolute_error(cycled, real)),
        "identity": replica.mean(absolute_error(unchanged, real)),
        "cam": replica.mean(classification),
    }


def adversarial_sum(terms, weight):
    """The weighted sum over discriminators.

    Args:
        terms: list of dicts, see `discriminator_terms` and `generator_terms`.
        weight: the adversarial weight.

    Returns:
        A scalar.
    """
    return weight * tf.add_n([term["ad"] + term["cam"] for term in terms])


def consistency_sum(terms, cycle_weight, identity_weight, cam_weight):
    """The weighted sum of the terms of one domain.

    Args:
        terms: dict, see `consistency_terms`.
        cycle_weight: weight of the way to the other domain and back.
        identity_weight: weight of images of the target domain.
        cam_weight: weight of the generator's domain classifier.

    Returns:
        A scalar.
    """
    return (
        cycle_weight * terms["cycle"]
        + identity_weight * terms["identity"]
        + cam_weight * terms["cam"]
    )


def decay_term(networks, names, weight):
    """The L2 term of a weight decay, for reports: it has no gradient.

    Args:
        networks: the networks.
        names: names of the variables that decay.
        weight: factor of the decay.

    Returns:
        A scalar, `weight / 2` times the sum of squares.
    """
    squares = [
        tf.nn.l2_loss(tf.stop_gradient(variable.value))
        for network in networks
        for variable in network.trainable_variables
        if variable.name in names
    ]
    return weight * tf.add_n(squares)
