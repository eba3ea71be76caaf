"""AttnGAN's sums of loss terms, as shares of this replica."""

import tensorflow as tf

from tfragan.losses import fake_loss
from tfragan.losses import real_loss
from tfragan.models.text_to_image.one_stage_losses import near_miss_mean
from tfragan.models.text_to_image.one_stage_losses import near_miss_pairs
from tfragan.models.text_to_image.one_stage_losses import next_pairs


def discriminator_terms(
    discriminator,
    real,
    fake,
    sentence,
    replica,
    training=True,
    near_misses=None,
):
    """The five terms of one discriminator.

    Real and fake images go through the network apart, each with its own
    batch statistics. A wrong pair is image `k` with sentence `k + 1` of the
    global batch, so that there is one pair less than there are images.

    Args:
        discriminator: an `AttnGANDiscriminator`.
        real: images `(batch, size, size, 3)`.
        fake: generated images of the same shape.
        sentence: sentence embeddings `(batch, dim)`.
        replica: the `Replica`.
        training: whether batches normalize themselves.
        near_misses: what `DAMSM.encode_near_misses` gave: beside their own
            sentences they make half of the losses of right and wrong pairs.

    Returns:
        Dict of `cond_real`, `cond_fake`, `cond_wrong` and, with an
        unconditional head, `real` and `fake`: scalars.
    """
    real_features = discriminator(real, training=training)
    fake_features = discriminator(fake, training=training)
    head = discriminator.conditional_head
    cond_real = head(real_features, sentence, training=training)
    cond_fake = head(fake_features, sentence, training=training)
    wrong_features, wrong_sentence, pairs = next_pairs(
        real_features, sentence, replica
    )
    cond_wrong = head(wrong_features, wrong_sentence, training=training)
    cond_real = replica.mean(real_loss(cond_real))
    cond_wrong = replica.mean_of_sum(fake_loss(cond_wrong), pairs)
    if near_misses is not None:
        right, near = _beside_near_misses(
            head, real_features, sentence, near_misses, replica, training
        )
        cond_real = (cond_real + right) / 2.0
        cond_wrong = (cond_wrong + near) / 2.0
    terms = {
        "cond_real": cond_real,
        "cond_fake": replica.mean(fake_loss(cond_fake)),
        "cond_wrong": cond_wrong,
    }
    if discriminator.unconditional_head is not None:
        head = discriminator.unconditional_head
        terms["real"] = replica.mean(real_loss(head(real_features)))
        terms["fake"] = replica.mean(fake_loss(head(fake_features)))
    return terms


def _beside_near_misses(
    head, features, sentence, near_misses, replica, training
):
    """Losses of right sentences and of near misses, in one batch.

    In batches apart, what the head has to tell could be had from the batch
    statistics alone, whatever the images show: near misses have less in
    common with each other than sentences, and images occur several times.
    """
    near_features, near_sentences = near_miss_pairs(
        features, near_misses["sentence"]
    )
    logits = head(
        tf.concat([features, near_features], 0),
        tf.concat([sentence, near_sentences], 0),
        training=training,
    )
    batch = tf.shape(features)[0]
    return (
        replica.mean(real_loss(logits[:batch])),
        near_miss_mean(
            fake_loss(logits[batch:]), near_misses["usable"], replica
        ),
    )


def discriminator_loss(terms):
    """The loss of one discriminator from its terms.

    Args:
        terms: see `discriminator_terms`.

    Returns:
        A scalar.
    """
    if "real" not in terms:
        wrong = terms["cond_fake"] + terms["cond_wrong"]
        return terms["cond_real"] + wrong / 2.0
    real = (terms["real"] + terms["cond_real"]) / 2.0
    fake = terms["fake"] + terms["cond_fake"] + terms["cond_wrong"]
    return real + fake / 3.0


def generator_terms(discriminator, fake, sentence, replica, training=True):
    """What one discriminator says of the generator's images.

    Args:
        discriminator: an `AttnGANDiscriminator`.
        fake: generated images `(batch, size, size, 3)`.
        sentence: sentence embeddings `(batch, dim)`.
        replica: the `Replica`.
        training: whether batches normalize themselves.

    Returns:
        Dict of `cond` and, with an unconditional head, `uncond`: scalars.
    """
    features = discriminator(fake, training=training)
    logits = discriminator.conditional_head(
        features, sentence, training=training
    )
    terms = {"cond": replica.mean(real_loss(logits))}
    if discriminator.unconditional_head is not None:
        logits = discriminator.unconditional_head(features)
        terms["uncond"] = replica.mean(real_loss(logits))
    return terms
