"""The training step of text-to-image models with one stage."""

import contextlib

import tensorflow as tf

from tfragan.distribution import apply_synced
from tfragan.distribution import scale_of
from tfragan.models.text_to_image import one_stage_losses


class OneStageUpdate:
    """The part of a `OneStageModel` that moves weights.

    Attributes:
        wrong_pairs: see `tfragan.models.text_to_image.wrong_pairs`.
        joint_penalty: whether the gradient penalty is part of the loss of the
            discriminator's step. Otherwise it has a step of its own after it,
            with the same optimizer.
        penalty_weight: weight of the penalty; 0 leaves it out.
        penalty_power: even exponent of the slope in it.
        penalty_every: in which steps there is a penalty; more than 1 makes it
            as many times heavier, and a part of the loss of those steps.
        damsm_weight: weight of the matching losses.
        damsm_parts: which are taken, of `"words"` and `"sentence"`.
        damsm_gamma1: see `DAMSM.matching_terms`.
    """

    wrong_pairs = "next"
    joint_penalty = False
    penalty_weight = 2.0
    penalty_power = 6
    penalty_every = 1
    damsm_weight = 0.0
    damsm_parts: tuple[str, ...] = ()
    damsm_gamma1: float | None = None

    def update_networks(self, batch, words, sentence, noise, replica):
        """One update of the discriminator, then of the generator.

        The generator makes its images once; it is judged by a discriminator
        that has already moved.

        Args:
            batch: dict with `images`, `token_ids` and `class_ids`.
            words: word embeddings `(batch, words, dim)`.
            sentence: sentence embeddings `(batch, dim)`.
            noise: `(batch, noise_dim)`.
            replica: the `Replica`.

        Returns:
            Dict of loss name to this replica's share.
        """
        optimizer = self.generator_optimizer
        variables = self.generator.trainable_variables
        with tf.GradientTape() as tape:
            image = self.generator(sentence, noise, training=True)["image"]
        losses = self._update_discriminator(
            batch["images"][-1], image, sentence, replica
        )
        judged, by_image = self._judge(image, words, sentence, batch, replica)
        gradients = tape.gradient(image, variables, output_gradients=by_image)
        apply_synced(optimizer, gradients, variables, replica)
        return {**losses, **judged}

    def _update_discriminator(self, real, fake, sentence, replica):
        variables = self.discriminator.trainable_variables
        optimizer = self.discriminator_optimizer
        if (
            self.penalty_weight
            and self.joint_penalty
            and self.penalty_every == 1
        ):
            losses, gradients = self._joint(real, fake, sentence, replica)
            apply_synced(optimizer, gradients, variables, replica)
            return losses
        losses, gradients = self._hinge(real, fake, sentence, replica)
        if not self.penalty_weight:
            apply_synced(optimizer, gradients, variables, replica)
            penalty = tf.zeros(())
        elif self.penalty_every > 1:
            penalty, more = self._penalty_now_and_then(real, sentence, replica)
            gradients = [
                one + other for one, other in zip(gradients, more, strict=True)
            ]
            apply_synced(optimizer, gradients, variables, replica)
        else:
            apply_synced(optimizer, gradients, variables, replica)
            penalty, gradients = self._penalty(real, sentence, replica)
            apply_synced(optimizer, gradients, variables, replica)
        return _with_penalty(losses, penalty)

    def _hinge(self, real, fake, sentence, replica):
        """Hinge losses and their gradients."""
        judge = self.discriminator
        with tf.GradientTape() as tape:
            # Samples do not mix: both go through in one call.
            features = judge(tf.concat([real, fake], 0))
            terms = one_stage_losses.discriminator_terms(
                judge.head,
                *tf.split(features, 2),
                sentence,
                self.wrong_pairs,
                replica,
            )
            loss = one_stage_losses.discriminator_loss(terms)
            scaled = loss * scale_of(self.discriminator_optimizer)
        gradients = tape.gradient(scaled, judge.trainable_variables)
        return _named(terms, loss), gradients

    def _penalty(self, real, sentence, replica):
        """The weighted gradient penalty and its gradients."""
        judge = self.discriminator
        with tf.GradientTape() as tape:
            with _watching(real, sentence) as slopes:
                scores = judge.head(judge(real), sentence)
            penalty = self._weighted_penalty(
                slopes, scores, real, sentence, replica
            )
            scaled = penalty * scale_of(self.discriminator_optimizer)
        return penalty, _gradients(tape, scaled, judge.trainable_variables)

    def _penalty_now_and_then(self, real, sentence, replica):
        def due():
            penalty, gradients = self._penalty(real, sentence, replica)
            factor = float(self.penalty_every)
            return factor * penalty, [factor * one for one in gradients]

        def not_due():
            variables = self.discriminator.trainable_variables
            return tf.zeros(()), [tf.zeros_like(v.value) for v in variables]

        step = self.global_step.value
        return tf.cond(tf.equal(step % self.penalty_every, 0), due, not_due)

    def _joint(self, real, fake, sentence, replica):
        """Hinge losses with the penalty, of one pass of the real images."""
        judge = self.discriminator
        with tf.GradientTape() as tape:
            with _watching(real, sentence) as slopes:
                real_features = judge(real)
                terms = one_stage_losses.discriminator_terms(
                    judge.head,
                    real_features,
                    judge(fake),
                    sentence,
                    self.wrong_pairs,
                    replica,
                )
            hinge = one_stage_losses.discriminator_loss(terms)
            penalty = self._weighted_penalty(
                slopes, terms["scores"], real, sentence, replica
            )
            scaled = (hinge + penalty) * scale_of(self.discriminator_optimizer)
        gradients = _gradients(tape, scaled, judge.trainable_variables)
        return _with_penalty(_named(terms, hinge), penalty), gradients

    def _weighted_penalty(self, tape, scores, real, sentence, replica):
        return self.penalty_weight * one_stage_losses.penalty(
            tape, scores, [real, sentence], self.penalty_power, replica
        )

    def _judge(self, image, words, sentence, batch, replica):
        """Losses of the images and their gradients on the images."""
        judge = self.discriminator
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(image)
            scores = judge.head(judge(image), sentence)
            adversarial = one_stage_losses.generator_loss(scores, replica)
            losses = {"loss/adversarial": adversarial}
            parts = self.damsm_parts if self.damsm_weight else ()
            matching = self.matching_losses(
                image, words, sentence, batch, replica, parts, self.damsm_gamma1
            )
            for name, value in matching.items():
                losses[name] = self.damsm_weight * value
            total = tf.add_n(list(losses.values()))
            scaled = total * scale_of(self.generator_optimizer)
        losses["generator_loss"] = total
        return losses, tape.gradient(scaled, image)


@contextlib.contextmanager
def _watching(*tensors):
    """A tape of what is done with the tensors alone."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        yield tape


def _gradients(tape, target, variables):
    # A bias that only shifts what a leaky ReLU takes in has no part in the
    # slope. PyTorch gives it a gradient of zero, by which Adam remembers.
    return tape.gradient(
        target,
        [variable.value for variable in variables],
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )


def _named(terms, loss):
    names = ("real", "wrong", "fake")
    return {
        "discriminator_loss": loss,
        **{f"loss/{name}": terms[name] for name in names},
    }


def _with_penalty(losses, penalty):
    return {
        **losses,
        "loss/gradient_penalty": penalty,
        "discriminator_loss": losses["discriminator_loss"] + penalty,
    }
