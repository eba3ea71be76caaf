"""One adversarial update of AttnGAN's networks."""

import tensorflow as tf

from tfragan.distribution import apply_synced
from tfragan.distribution import scale_of
from tfragan.losses import kl_divergence
from tfragan.models.attngan import attngan_losses
from tfragan.models.moving_average import update_moving_average


class AdversarialUpdate:
    """The part of `AttnGAN` that moves weights."""

    def update_networks(
        self, batch, words, sentence, noise, condition_noise, replica
    ):
        """One update of the discriminators, then of the generator.

        The same generated images serve both, as published; the generator is
        judged by discriminators that have already moved.

        Args:
            batch: dict with `images`, `token_ids` and `class_ids`.
            words: word embeddings `(batch, words, dim)`.
            sentence: sentence embeddings `(batch, dim)`.
            noise: `(batch, noise_dim)`.
            condition_noise: `(batch, condition_dim)`.
            replica: the `Replica`.

        Returns:
            Dict of loss name to this replica's share.
        """
        optimizer = self.generator_optimizer
        variables = self.generator.trainable_variables
        with tf.GradientTape() as tape:
            outputs = self.generator(
                sentence,
                words,
                tf.not_equal(batch["token_ids"], 0),
                noise,
                condition_noise,
                training=True,
            )
            divergence = replica.mean(
                kl_divergence(outputs["mean"], outputs["log_variance"])
            )
            scaled_divergence = divergence * scale_of(optimizer)
        images = outputs["images"]
        losses = self._update_discriminators(
            batch["images"][-len(images) :], images, sentence, replica
        )
        judged, image_gradients = self._judge(
            images, words, sentence, batch, replica
        )
        gradients = tape.gradient(
            [*images, scaled_divergence],
            variables,
            output_gradients=[*image_gradients, tf.ones(())],
        )
        apply_synced(optimizer, gradients, variables, replica)
        self._update_average()
        losses.update(judged)
        losses["loss/kl"] = divergence
        losses["generator_loss"] = judged["generator_loss"] + divergence
        return losses

    def _update_discriminators(self, real, fake, sentence, replica):
        optimizer = self.discriminator_optimizer
        variables = self._discriminator_variables()
        losses = {}
        with tf.GradientTape() as tape:
            for discriminator, real_size, fake_size in zip(
                self.discriminators, real, fake, strict=True
            ):
                terms = attngan_losses.discriminator_terms(
                    discriminator, real_size, fake_size, sentence, replica
                )
                name = f"loss/discriminator_{discriminator.image_size}"
                losses[name] = attngan_losses.discriminator_loss(terms)
            total = tf.add_n(list(losses.values()))
            scaled = total * scale_of(optimizer)
        gradients = tape.gradient(scaled, variables)
        apply_synced(optimizer, gradients, variables, replica)
        losses["discriminator_loss"] = total
        return losses

    def _judge(self, images, words, sentence, batch, replica):
        """Losses of the images and their gradients on the images."""
        losses = {}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            for discriminator, fake in zip(
                self.discriminators, images, strict=True
            ):
                terms = attngan_losses.generator_terms(
                    discriminator, fake, sentence, replica
                )
                name = f"loss/generator_{discriminator.image_size}"
                losses[name] = tf.add_n(list(terms.values()))
            parts = ("words", "sentence") if self.damsm_weight else ()
            matching = self.matching_losses(
                images[-1], words, sentence, batch, replica, parts
            )
            for name, value in matching.items():
                losses[name] = self.damsm_weight * value
            total = tf.add_n(list(losses.values()))
            scaled = total * scale_of(self.generator_optimizer)
        losses["generator_loss"] = total
        return losses, tape.gradient(scaled, images)

    def _update_average(self):
        average, generator = self.generator_average, self.generator
        update_moving_average(
            _variables(average, True),
            _variables(generator, True),
            self.average_decay,
        )
        # Batch statistics are the generator's own, as published.
        for copy, variable in zip(
            _variables(average, False),
            _variables(generator, False),
            strict=True,
        ):
            copy.assign(variable.value)


def _variables(network, learned):
    # Batch statistics are told by their name: the average itself is frozen.
    return [
        weight
        for weight in network.weights
        if weight.name.startswith("moving_") != learned
    ]
