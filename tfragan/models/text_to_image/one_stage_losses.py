"""The hinge terms of one-stage models, as shares of this replica."""

from tfragan.losses import adversarial_losses
from tfragan.losses import matching_aware_penalty
from tfragan.models.text_to_image.wrong_pairs import WRONG_PAIRS

_HINGE = adversarial_losses("hinge")


def discriminator_terms(head, real, fake, sentence, wrong_pairs, replica):
    """What a discriminator loses on right, wrong and generated pairs.

    Args:
        head: the discriminator's `head`.
        real: features of real images.
        fake: features of generated images of the same sentences.
        sentence: sentence embeddings `(batch, dim)`.
        wrong_pairs: a key of `WRONG_PAIRS`.
        replica: the `Replica`.

    Returns:
        Dict of scalars `real`, `wrong`, `fake`, and the scores of the real
        pairs under `scores`.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865), eq. 1
    """
    scores = head(real, sentence)
    features, sentences, pairs = WRONG_PAIRS[wrong_pairs](
        real, sentence, replica
    )
    wrong = _HINGE.discriminator_fake(head(features, sentences))
    return {
        "real": replica.mean(_HINGE.discriminator_real(scores)),
        "wrong": replica.mean_of_sum(wrong, pairs),
        "fake": replica.mean(_HINGE.discriminator_fake(head(fake, sentence))),
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
        inputs: list of images and sentence embeddings.
        power: see `matching_aware_penalty`.
        replica: the `Replica`.

    Returns:
        A scalar, not yet weighted.
    """
    slopes = tape.gradient(scores, inputs)
    return replica.mean(matching_aware_penalty(slopes, power))
