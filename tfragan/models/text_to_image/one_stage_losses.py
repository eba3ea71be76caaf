"""Wrong pairs and hinge terms of one-stage models."""

import tensorflow as tf

from tfragan.losses import adversarial_losses
from tfragan.losses import matching_aware_penalty

_HINGE = adversarial_losses("hinge")


def next_pairs(features, sentence, replica):
    """Each image of the global batch with the sentence after its own.

    The last image has none, so that there is one pair less than there are
    images.

    Args:
        features: tensor of shape `(batch, ...)`, this replica's.
        sentence: sentence embeddings `(batch, dim)`, this replica's.
        replica: the `Replica`.

    Returns:
        This replica's features and the sentences beside them, and the number
        of pairs over all replicas, for means; 1 where the last batch of an
        evaluation is a single image and has none.

    Raises:
        ValueError: the global batch is known to be a single image.
    """
    batch = _batch_size(features, replica)
    pairs = batch * replica.count - 1
    total = pairs if isinstance(pairs, int) else tf.maximum(pairs, 1)
    if replica.count == 1:
        return features[:pairs], sentence[1:], total
    start = replica.index * batch
    sentences = replica.gather(sentence)
    count = tf.minimum(batch, pairs - start)
    return features[:count], sentences[start + 1 : start + 1 + count], total


def rolled_pairs(features, sentence, replica):
    """Each image of the global batch with the sentence before its own.

    The first image gets the last sentence. As for `next_pairs`.
    """
    batch = _batch_size(features, replica)
    sentences = tf.roll(replica.gather(sentence), 1, axis=0)
    start = replica.index * batch
    return features, sentences[start : start + batch], batch * replica.count


def _batch_size(features, replica):
    batch = features.shape[0] or tf.shape(features)[0]
    if isinstance(batch, int) and batch * replica.count < 2:
        raise ValueError(
            "A wrong pair needs the sentence of another image: the global "
            "batch must hold 2 images at least. Received: 1"
        )
    return batch


WRONG_PAIRS = {"next": next_pairs, "rolled": rolled_pairs}


def near_miss_pairs(features, sentences):
    """Each image with each of its near misses.

    Args:
        features: of images, `(batch, height, width, channels)`.
        sentences: `(batch, count, dim)`.

    Returns:
        Features and sentences of `batch * count` pairs.
    """
    _, count, dim = sentences.shape
    return tf.repeat(features, count, 0), tf.reshape(sentences, (-1, dim))


def near_miss_mean(losses, usable, replica):
    """The mean loss of images with captions that are wrong by a word.

    Args:
        losses: float `(batch * count,)`, this replica's.
        usable: bool `(batch, count)`; false where a caption is not wrong.
        replica: the `Replica`.

    Returns:
        This replica's share of the mean over usable ones, a scalar; zero
        where there are none.
    """
    weights = tf.cast(tf.reshape(usable, [-1]), losses.dtype)
    count = tf.reduce_sum(replica.gather(weights))
    return replica.mean_of_sum(losses * weights, tf.maximum(count, 1.0))


def _per_image(losses):
    """Losses `(batch,)` of those of one score or of several an image."""
    if losses.shape.rank == 1:
        return losses
    return tf.reduce_mean(losses, tf.range(1, tf.rank(losses)))


def discriminator_terms(
    head,
    real,
    fake,
    sentence,
    wrong_pairs,
    replica,
    near_misses=None,
    training=True,
):
    """What a discriminator loses on right, wrong and generated pairs.

    Args:
        head: the discriminator's `head`.
        real: features of real images.
        fake: features of generated images of the same sentences.
        sentence: sentence embeddings `(batch, dim)`.
        wrong_pairs: a key of `WRONG_PAIRS`.
        replica: the `Replica`.
        near_misses: what `DAMSM.encode_near_misses` gave: these sentences
            make half of the loss of wrong pairs.
        training: whether the head does power iterations, if it has any.

    Returns:
        Dict of scalars `real`, `wrong`, `fake`, and the scores of the real
        pairs under `scores`.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865), eq. 1
    """

    def fake_losses(features, sentences):
        scores = head(features, sentences, training=training)
        return _per_image(_HINGE.discriminator_fake(scores))

    scores = head(real, sentence, training=training)
    features, sentences, pairs = WRONG_PAIRS[wrong_pairs](
        real, sentence, replica
    )
    wrong = replica.mean_of_sum(fake_losses(features, sentences), pairs)
    if near_misses is not None:
        near = fake_losses(*near_miss_pairs(real, near_misses["sentence"]))
        near = near_miss_mean(near, near_misses["usable"], replica)
        wrong = (wrong + near) / 2.0
    return {
        "real": replica.mean(_HINGE.discriminator_real(scores)),
        "wrong": wrong,
        "fake": replica.mean(fake_losses(fake, sentence)),
        "scores": scores,
    }


def discriminator_loss(terms):
    """The loss of a discriminator from its terms, a scalar."""
    return terms["real"] + (terms["fake"] + terms["wrong"]) / 2.0


def generator_loss(scores, replica):
    """The adversarial loss of generated images from their scores."""
    return replica.mean(_HINGE.generator(scores))


def penalty(tape, scores, inputs, power, replica):
    """The matching-aware gradient penalty of real pairs.

    Args:
        tape: a `tf.GradientTape` that has watched `inputs`.
        scores: the scores `(batch,)` that were made of them.
        inputs: list of images and, as published, sentence embeddings.
        power: see `matching_aware_penalty`.
        replica: the `Replica`.

    Returns:
        A scalar, not yet weighted.
    """
    slopes = tape.gradient(scores, inputs)
    return replica.mean(matching_aware_penalty(slopes, power))
