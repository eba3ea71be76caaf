"""The training step of models that translate both ways."""

import tensorflow as tf

from tfragan.distribution import apply_synced
from tfragan.distribution import current_replica
from tfragan.distribution import scale_of
from tfragan.models.training_model import unfold_batch

DOMAINS = ("a", "b")


class TranslationUpdate:
    """The part of an `ImageTranslationModel` that moves weights.

    Each image goes through the generators once a step: the translations that
    the discriminators learn from are those that the generators are judged
    by, since no generator moves in between. The published code computes them
    twice, with the same result.

    A subclass gives the terms of the losses:

    - `kept_terms(domain, real, passes, replica)`: dict of what is lost of
      the images of a domain, with the weighted sum as `"kept"`.
    - `judged_terms(domain, fake, replica)`: dict of what the discriminators
      of a domain say, with the weighted sum as `"adversarial"`.
    - `discriminator_terms(domain, real, fake, replica)`: dict of the losses
      of a domain's discriminators, with the weighted sum as
      `"discriminator"`.

    They are reported as `loss/<name>_<domain>`. All are shares of the
    replica.

    Attributes:
        discriminators_first: which networks move first.
        critic_steps: updates of the discriminators in a step, each on a part
            of the batch of its own.
        makes_identities: whether images of a domain go through the generator
            into that domain, too.
    """

    discriminators_first = True
    critic_steps = 1
    makes_identities = True

    def after_generator_update(self):
        """Called when the generators have moved."""

    def fakes_to_judge(self, fakes, replica):
        """The generated images that the discriminators learn from.

        Args:
            fakes: dict of domain to images.
            replica: the `Replica`.

        Returns:
            A dict of the same form.
        """
        del replica
        return fakes

    def train_step(self, batch):
        replica = current_replica()
        first, *others = _parts(unfold_batch(batch), self.critic_steps)
        losses = self.update_networks(first, replica)
        for part in others:
            passes = self.translate_both_ways(part, fakes_only=True)
            self._update_discriminators(part, _fakes(passes), replica)
        return self.report_losses(losses, replica)

    def update_networks(self, batch, replica):
        """One update of all networks.

        Args:
            batch: dict of `images_a` and `images_b`.
            replica: the `Replica`.

        Returns:
            Dict of loss name to this replica's share.
        """
        optimizer = self.generator_optimizer
        with tf.GradientTape() as tape:
            passes = self.translate_both_ways(batch)
            losses, kept = self._keep(batch, passes, replica)
            scaled = kept * scale_of(optimizer)
        fakes = _fakes(passes)
        if self.discriminators_first:
            losses.update(self._update_discriminators(batch, fakes, replica))
        judged, by_image = self._judge(fakes, replica)
        variables = self.generator_variables()
        gradients = tape.gradient(
            [scaled, *fakes.values()],
            variables,
            output_gradients=[tf.ones_like(scaled), *by_image],
        )
        apply_synced(optimizer, gradients, variables, replica)
        self.after_generator_update()
        if not self.discriminators_first:
            losses.update(self._update_discriminators(batch, fakes, replica))
        losses.update(judged)
        losses["generator_loss"] = kept + judged["adversarial"]
        return losses

    def translate_both_ways(self, batch, fakes_only=False):
        """Translations, identities and cycles of a batch, in training mode.

        Args:
            batch: dict of `images_a` and `images_b`.
            fakes_only: whether translations are enough.

        Returns:
            Dict of domain to a dict of what the generator *into* that domain
            made: of `fake` (out of the other domain), `identity` (out of the
            domain itself) and `cycle` (out of its translation), with
            `fake_logit` and `identity_logit` where the generator has an
            attention.
        """
        sources = {domain: batch[f"images_{domain}"] for domain in DOMAINS}
        identities = self.makes_identities and not fakes_only
        into = _with_identities if identities else _fakes_alone
        passes = {
            domain: into(generator, sources[other], sources[domain])
            for domain, other, generator in self._ways()
        }
        if fakes_only:
            return passes
        for domain, other, generator in self._ways():
            fake = passes[other]["fake"]
            passes[domain]["cycle"] = generator(fake, training=True)["image"]
        return passes

    def _ways(self):
        """Each domain, the other one, and the generator between them."""
        return (
            ("a", "b", self.generator_ba),
            ("b", "a", self.generator_ab),
        )

    def _keep(self, batch, passes, replica):
        """What the generators' own outputs cost, and the sum."""
        losses = {}
        for domain in DOMAINS:
            real = batch[f"images_{domain}"]
            terms = self.kept_terms(domain, real, passes[domain], replica)
            losses.update(named(terms, domain))
        total = tf.add_n([losses[f"loss/kept_{domain}"] for domain in DOMAINS])
        return losses, total

    def _update_discriminators(self, batch, fakes, replica):
        optimizer = self.discriminator_optimizer
        variables = self.discriminator_variables()
        fakes = self.fakes_to_judge(fakes, replica)
        losses = {}
        with tf.GradientTape() as tape:
            for domain in DOMAINS:
                terms = self.discriminator_terms(
                    domain,
                    batch[f"images_{domain}"],
                    tf.stop_gradient(fakes[domain]),
                    replica,
                )
                losses.update(named(terms, domain))
            total = tf.add_n(
                [losses[f"loss/discriminator_{domain}"] for domain in DOMAINS]
            )
            scaled = total * scale_of(optimizer)
        gradients = tape.gradient(scaled, variables)
        apply_synced(optimizer, gradients, variables, replica)
        losses["discriminator_loss"] = total
        return losses

    def _judge(self, fakes, replica):
        """What the discriminators say, and its gradients on the images."""
        images = list(fakes.values())
        losses = {}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            for domain, fake in fakes.items():
                terms = self.judged_terms(domain, fake, replica)
                losses.update(named(terms, domain))
            total = tf.add_n(
                [losses[f"loss/adversarial_{domain}"] for domain in DOMAINS]
            )
            scaled = total * scale_of(self.generator_optimizer)
        losses["adversarial"] = total
        return losses, tape.gradient(scaled, images)


def named(terms, domain):
    """The terms under the names of reports, `loss/<name>_<domain>`."""
    return {f"loss/{name}_{domain}": value for name, value in terms.items()}


def _parts(batch, count):
    """The batch cut into equal parts, list of dicts."""
    if count == 1:
        return [batch]
    parts = {name: tf.split(value, count) for name, value in batch.items()}
    return [
        {name: values[index] for name, values in parts.items()}
        for index in range(count)
    ]


def _fakes(passes):
    return {domain: passes[domain]["fake"] for domain in DOMAINS}


def _fakes_alone(generator, others, own):
    del own
    outputs = generator(others, training=True)
    passes = {"fake": outputs["image"]}
    if "cam_logit" in outputs:
        passes["fake_logit"] = outputs["cam_logit"]
    return passes


def _with_identities(generator, others, own):
    """Translations and identities in one call: samples do not mix."""
    outputs = generator(tf.concat([others, own], 0), training=True)
    fake, identity = tf.split(outputs["image"], 2)
    passes = {"fake": fake, "identity": identity}
    if "cam_logit" in outputs:
        logits = tf.split(outputs["cam_logit"], 2)
        passes["fake_logit"], passes["identity_logit"] = logits
    return passes
