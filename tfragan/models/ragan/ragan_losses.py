"""RAGAN's loss terms, as shares of this replica."""

import tensorflow as tf

from tfragan.losses import absolute_error
from tfragan.losses import kl_divergence


def discriminator_terms(
    discriminator, losses, real, fakes, own, other, replica, training=True
):
    """What a discriminator learns from.

    Images go through the network apart, each with its own batch statistics.

    Args:
        discriminator: a `RAGANDiscriminator`.
        losses: pair of `AdversarialLosses`: of the logits of images alone,
            and of those together with a sentence.
        real: images `(batch, size, size, channels)`.
        fakes: list of generated images with the sentence embeddings that they
            were made with.
        own: sentence embeddings of the real images, or None if the
            discriminator looks at none.
        other: sentence embeddings that do not belong to the real images, or
            None.
        replica: the `Replica`.
        training: whether batches normalize themselves.

    Returns:
        Dict of `"alone"`, terms of the fakes and of the real images; and of
        `"together"`, terms of the fakes, of the real images with the other
        sentence, and with their own; lists of scalars.
    """
    of_alone, of_together = losses
    terms = {"alone": [], "together": []}
    for images, sentence in fakes:
        features = discriminator(images, training=training)
        logits = discriminator.unconditional(features)
        terms["alone"].append(
            _of_parts(of_alone.discriminator_fake, logits, replica)
        )
        if own is not None:
            logits = discriminator.conditional(features, sentence, training)
            terms["together"].append(
                _of_parts(of_together.discriminator_fake, logits, replica)
            )
    features = discriminator(real, training=training)
    logits = discriminator.unconditional(features)
    terms["alone"].append(
        _of_parts(of_alone.discriminator_real, logits, replica)
    )
    if own is not None:
        for sentence, loss in (
            (other, of_together.discriminator_fake),
            (own, of_together.discriminator_real),
        ):
            logits = discriminator.conditional(features, sentence, training)
            terms["together"].append(_of_parts(loss, logits, replica))
    return terms


def generator_terms(discriminator, losses, fakes, replica, training=True):
    """What a discriminator says of generated images.

    Args:
        discriminator: a `RAGANDiscriminator`.
        losses: see `discriminator_terms`.
        fakes: list of generated images with the sentence embeddings that they
            were made with, or with None if the discriminator looks at none.
        replica: the `Replica`.
        training: whether batches normalize themselves.

    Returns:
        Dict of `"alone"` and `"together"`, lists of scalars.
    """
    of_alone, of_together = losses
    terms = {"alone": [], "together": []}
    for images, sentence in fakes:
        features = discriminator(images, training=training)
        logits = discriminator.unconditional(features)
        terms["alone"].append(_of_parts(of_alone.generator, logits, replica))
        if sentence is not None:
            logits = discriminator.conditional(features, sentence, training)
            terms["together"].append(
                _of_parts(of_together.generator, logits, replica)
            )
    return terms


def mean_of_terms(terms):
    """The loss of a discriminator or generator from its terms.

    Args:
        terms: see `discriminator_terms`.

    Returns:
        A scalar: the means of both lists, added.
    """
    return tf.add_n(
        [tf.add_n(values) / len(values) for values in terms.values() if values]
    )


def reconstruction_terms(images, targets, replica):
    """The L1 distances of images to their targets, one a size.

    Args:
        images: list of `(batch, size, size, channels)`.
        targets: list of tensors of the same shapes.
        replica: the `Replica`.

    Returns:
        List of scalars.
    """
    return [
        replica.mean(absolute_error(image, target))
        for image, target in zip(images, targets, strict=True)
    ]


def divergence(mean, log_variance):
    """The divergence of all codes from N(0, 1), summed up.

    As published, a sum over samples too: its weight grows with the batch.

    Args:
        mean: tensor of any shape.
        log_variance: tensor of that shape.

    Returns:
        A scalar.
    """
    return tf.reduce_sum(kl_divergence(mean, log_variance))


def _of_parts(loss, logits, replica):
    """The sum over the parts of a discriminator of their mean losses."""
    return tf.add_n([replica.mean(loss(part)) for part in logits])
