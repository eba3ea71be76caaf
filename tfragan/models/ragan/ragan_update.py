"""The training step of RAGAN in all its settings."""

import dataclasses

import tensorflow as tf

from tfragan.distribution import apply_synced
from tfragan.distribution import scale_of
from tfragan.losses import absolute_error
from tfragan.models.ragan import ragan_losses
from tfragan.models.ragan.guidance import local_guidance
from tfragan.models.ragan.reference_encoder import sampled_code


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What one set of discriminators, one a size, compares.

    Attributes:
        discriminators: list of networks.
        real: list of real images.
        fakes: list of pairs: generated images, a list, and the sentence
            embeddings that they were made with, or None where no
            discriminator looks at these.
        own: sentence embeddings of the real images, or None.
        other: sentence embeddings of other images, or None.
    """

    discriminators: list
    real: list
    fakes: list
    own: tf.Tensor | None = None
    other: tf.Tensor | None = None

    def sizes(self):
        """Each discriminator, its real images and its fakes."""
        for number, discriminator in enumerate(self.discriminators):
            fakes = [
                (images[number], made_by) for images, made_by in self.fakes
            ]
            yield discriminator, self.real[number], fakes


class RAGANUpdate:
    """The part of `RAGAN` that moves weights.

    One update of the discriminators, then one of the generator and the image
    encoder, judged by discriminators that have moved; then, where there is a
    random code, one more of the generator alone, by how well the code is
    found again in the image. Both gradients of the generator are taken at the
    same weights, before either is applied; the published code takes the
    second one through weights that have half changed.
    """

    def update_networks(self, images, inputs, guidance, noise, replica):
        """One update of all networks.

        Args:
            images: list of real images of rising size; where images go both
                ways, those of domain A, then those of B.
            inputs: what the generator takes in, `(batch, size, size,
                input_channels)`.
            guidance: the images' own `Guidance`, or None if an image guides.
            noise: the `Noise`, or None without an encoder.
            replica: the `Replica`.

        Returns:
            Dict of loss name to this replica's share.
        """
        encodes = self.encoder is not None
        with tf.GradientTape(persistent=encodes) as tape:
            own, other, losses = self._guide(images, guidance, noise, replica)
            fakes, kept = self._make(images, inputs, own, other, replica)
            losses.update(kept)
            cost = tf.add_n(list(losses.values()))
            scale = scale_of(self.generator_optimizer)
            scaled = cost * scale
        made = [made_images for made_images, _ in fakes]
        losses.update(
            self._update_discriminators(
                self._comparisons(images, fakes, own, other), replica
            )
        )
        judged, by_image = self._judge(images, fakes, own, other, replica)
        losses.update(judged)
        losses["generator_loss"] = judged["generator_loss"] + cost
        variables = list(self.generator.trainable_variables)
        if encodes:
            losses["loss/code"], by_code = self._find_code(
                made[-1][-1], other, noise, replica
            )
            losses["generator_loss"] += losses["loss/code"]
            for_code = _gradients(tape, made[-1][-1], variables, by_code)
        gradients = _gradients(
            tape,
            [scaled, *tf.nest.flatten(made)],
            variables + self.encoder_variables(),
            [tf.ones_like(scaled), *by_image],
        )
        self._apply(gradients, variables, scale, replica)
        if encodes:
            apply_synced(
                self.generator_optimizer,
                for_code,
                variables,
                replica,
                scale=scale,
            )
        return losses

    def _apply(self, gradients, variables, scale, replica):
        count = len(variables)
        apply_synced(
            self.generator_optimizer, gradients[:count], variables, replica
        )
        if self.encoder is not None:
            apply_synced(
                self.encoder_optimizer,
                gradients[count:],
                self.encoder_variables(),
                replica,
                scale=scale,
            )

    def _guide(self, images, guidance, noise, replica):
        """The images' own guidance, another one, and what the codes cost."""
        setting = self.setting
        if not setting.has_encoder:
            return guidance, guidance.of_next_sample(replica), {}
        domain = self._target_domains(images[-1])
        own_domain = None if domain is None else 1.0 - domain
        mean, log_variance = self.encoder(images[-1], own_domain, training=True)
        codes = sampled_code(mean, log_variance, noise.reference)
        if setting.source == "image":
            own = local_guidance(codes, own_domain)
            other = local_guidance(noise.random, domain)
        else:
            own = guidance.with_code(codes)
            other = guidance.of_next_sample(replica).with_code(noise.random)
        divergence = ragan_losses.divergence(mean, log_variance)
        return own, other, {"loss/kl": self.kl_weight * divergence}

    def _target_domains(self, images):
        """The domains that images of A, then of B, go to, one-hot."""
        if not self.setting.both_ways:
            return None
        half = tf.shape(images)[0] // 2
        numbers = tf.repeat(tf.constant([0, 1]), [half, half])
        return tf.one_hot(numbers, 2)

    def _make(self, images, inputs, own, other, replica):
        """Generated images with their guidance, and what was to be kept."""
        if self.setting.supervised:
            fakes = [
                (self._generated(inputs, guidance), guidance)
                for guidance in (own, other)
            ]
            kept = fakes[0][0]
        else:
            fakes = [(self._generated(inputs, other), other)]
            kept = self._generated(fakes[0][0][-1], own)
        distances = ragan_losses.reconstruction_terms(kept, images, replica)
        weighted = [
            weight * distance
            for weight, distance in zip(
                self.scale_weights, distances, strict=True
            )
        ]
        losses = {
            "loss/reconstruction": self.reconstruction_weight
            * tf.add_n(weighted)
        }
        if self.setting.identity and self.identity_weight:
            same = self._generated(inputs, own)[-1]
            losses["loss/identity"] = self.identity_weight * replica.mean(
                absolute_error(same, images[-1])
            )
        return fakes, losses

    def _generated(self, inputs, guidance):
        return self.generator(
            inputs,
            guidance.sentence,
            guidance.words,
            guidance.word_mask,
            guidance.code,
            training=True,
        )["images"]

    def _comparisons(self, images, fakes, own, other):
        """What each set of discriminators compares."""
        if self.setting.conditional:
            fakes = [(made, guidance.sentence) for made, guidance in fakes]
            return [
                Comparison(
                    self.discriminators,
                    images,
                    fakes,
                    own.sentence,
                    other.sentence,
                )
            ]
        made = [part for part, _ in fakes]
        if not self.setting.both_ways:
            return [
                Comparison(
                    self.discriminators, images, [(part, None) for part in made]
                )
            ]
        into_b, into_a = _halves(made[0])
        from_a, from_b = _halves(images)
        return [
            Comparison(self.discriminators, from_b, [(into_b, None)]),
            Comparison(self.second_discriminators, from_a, [(into_a, None)]),
        ]

    def _update_discriminators(self, comparisons, replica):
        optimizer = self.discriminator_optimizer
        variables = self.discriminator_variables()
        # With two sets the published sum has no halves.
        factor = len(comparisons)
        losses = {}
        with tf.GradientTape() as tape:
            for comparison in comparisons:
                for discriminator, real, fakes in comparison.sizes():
                    terms = ragan_losses.discriminator_terms(
                        discriminator,
                        self.adversarial_losses,
                        real,
                        fakes,
                        comparison.own,
                        comparison.other,
                        replica,
                    )
                    _add(
                        losses,
                        f"loss/discriminator_{discriminator.image_size}",
                        factor * ragan_losses.mean_of_terms(terms),
                    )
            total = tf.add_n(list(losses.values()))
            scaled = total * scale_of(optimizer)
        gradients = tape.gradient(scaled, variables)
        apply_synced(optimizer, gradients, variables, replica)
        losses["discriminator_loss"] = total
        return losses

    def _judge(self, images, fakes, own, other, replica):
        """What the discriminators say, and its gradients on the images."""
        made = tf.nest.flatten([part for part, _ in fakes])
        losses = {}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(made)
            for comparison in self._comparisons(images, fakes, own, other):
                for discriminator, _, size_fakes in comparison.sizes():
                    terms = ragan_losses.generator_terms(
                        discriminator,
                        self.adversarial_losses,
                        size_fakes,
                        replica,
                    )
                    _add(
                        losses,
                        f"loss/generator_{discriminator.image_size}",
                        ragan_losses.mean_of_terms(terms),
                    )
            total = tf.add_n(list(losses.values()))
            scaled = total * scale_of(self.generator_optimizer)
        losses["generator_loss"] = total
        return losses, tape.gradient(scaled, made)

    def _find_code(self, images, other, noise, replica):
        """How far a code is from that of the image made with it."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            mean, log_variance = self.encoder(
                images, self._target_domains(images), training=True
            )
            if self.setting.source == "image":
                codes = sampled_code(mean, log_variance, noise.generated)
                found, wanted = tf.reduce_mean(codes, 1), other.sentence
            else:
                found, wanted = mean, noise.random
            loss = self.code_weight * replica.mean(
                absolute_error(found, wanted)
            )
            scaled = loss * scale_of(self.generator_optimizer)
        return loss, tape.gradient(scaled, images)


def _halves(images):
    """The first and the second half of the batch, at all sizes."""
    pairs = [tf.split(size, 2) for size in images]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _add(losses, name, value):
    losses[name] = losses[name] + value if name in losses else value


def _gradients(tape, targets, variables, upstream):
    """Gradients, with zeros for what the targets do not depend on.

    An optimizer moves such variables by their momentum, as published.
    """
    gradients = tape.gradient(targets, variables, upstream)
    return [
        tf.zeros_like(variable.value) if gradient is None else gradient
        for gradient, variable in zip(gradients, variables, strict=True)
    ]
