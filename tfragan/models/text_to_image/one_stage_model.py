"""What text-to-image models with one generator and discriminator share."""

import contextlib

import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.data.image_augmentation import to_uint8
from tfragan.distribution import apply_synced
from tfragan.distribution import replica_normal
from tfragan.distribution import scaled_loss
from tfragan.layers.fan_in_convolution import STARTS
from tfragan.losses.gradient_penalty import check_power
from tfragan.models.adversarial_model import Fakes
from tfragan.models.damsm.damsm_guided_model import DAMSM_TERMS
from tfragan.models.seeded_noise import seeded_noise
from tfragan.models.text_to_image import one_stage_losses
from tfragan.models.text_to_image.differentiable_augmentation import (
    check_augmentations,
)
from tfragan.models.text_to_image.one_stage_losses import WRONG_PAIRS
from tfragan.models.text_to_image.one_way_discriminator import (
    OneWayDiscriminator,
)
from tfragan.models.text_to_image.projected_discriminator import (
    ProjectedDiscriminator,
)
from tfragan.models.text_to_image.text_to_image_model import TextToImageModel
from tfragan.optimizers import Adam

_NOISE_STREAM = 1
_LEARNING_RATES = {"generator": 1e-4, "discriminator": 4e-4, "encoder": 4e-5}

_HINGE_TERMS = ("real", "wrong", "fake")
LOSS_TERMS: tuple[str, ...] = (
    "generator_loss",
    "discriminator_loss",
    "loss/real",
    "loss/wrong",
    "loss/fake",
    "loss/gradient_penalty",
    "loss/adversarial",
    *DAMSM_TERMS,
)


class OneStageModel(TextToImageModel):
    """A generator, a discriminator and hinge losses with a penalty.

    A subclass ends its constructor with `_finish`.

    Args:
        damsm: a trained `DAMSM`.
        image_size: height and width of the images.
        noise_dim: width of the noise.
        seed: seed of the noise.
        loss_terms: names of the losses that a step reports.

    Attributes:
        discriminator_width: channels of the discriminator's first block.
        widest: see `OneWayDiscriminator`.
        wrong_pairs: a key of `WRONG_PAIRS`.
        joint_penalty: whether the gradient penalty is part of the loss of the
            discriminator's step. Otherwise it has a step of its own after it,
            with the same optimizer.
        penalty_weight: weight of the penalty; 0 leaves it out.
        penalty_power: even exponent of the slope in it.
        penalty_every: in which steps there is a penalty; more than 1 makes it
            as many times heavier, and a part of the loss of those steps.
        penalty_of_sentences: whether slopes of sentences count in it.
        projected: whether the discriminator is a `ProjectedDiscriminator`.
        start: how convolutions start: `"published"` or `"he"`.
        damsm_weight: weight of the matching losses.
        damsm_parts: which are taken, of `"words"` and `"sentence"`.
        damsm_gamma1: see `DAMSM.matching_terms`.
    """

    truncates = True
    usual_loss_limit = 1e6
    discriminator_width: int
    widest = 16
    wrong_pairs = "next"
    joint_penalty = False
    penalty_weight = 2.0
    penalty_power = 6
    penalty_every = 1
    penalty_of_sentences = True
    projected = False
    start = "published"
    damsm_weight = 0.0
    damsm_parts: tuple[str, ...] = ()
    damsm_gamma1: float | None = None

    def __init__(
        self,
        damsm,
        image_size,
        noise_dim,
        seed=0,
        loss_terms=LOSS_TERMS,
        **kwargs,
    ):
        super().__init__(loss_terms, damsm, seed, **kwargs)
        self.image_size = image_size
        self.noise_dim = noise_dim
        self.image_sizes = (image_size,)

    def _finish(self):
        self._check_arguments()
        self.generator = self.make_generator("generator")
        self.discriminator = self.make_discriminators()["discriminator"]
        self.build()

    def _check_arguments(self):
        check_power(self.penalty_power)
        check_augmentations(self.augment)
        check_choice("start", self.start, STARTS)
        if self.penalty_every < 1:
            raise ValueError(
                "penalty_every must be 1 at least. "
                f"Received: penalty_every={self.penalty_every}"
            )
        if self.wrong_pairs not in WRONG_PAIRS:
            raise ValueError(
                f"wrong_pairs must be one of {sorted(WRONG_PAIRS)}. "
                f"Received: wrong_pairs={self.wrong_pairs!r}"
            )

    @property
    def discriminators(self):
        return {"discriminator": self.discriminator}

    def make_discriminators(self):
        if self.projected:
            discriminator = ProjectedDiscriminator(
                self.image_size,
                self.damsm.embedding_dim,
                self.discriminator_width,
                dtype=self.dtype_policy,
                name="discriminator",
            )
            return {discriminator.name: discriminator}
        discriminator = OneWayDiscriminator(
            self.image_size,
            self.damsm.embedding_dim,
            self.discriminator_width,
            self.widest,
            self.start,
            dtype=self.dtype_policy,
            name="discriminator",
        )
        return {discriminator.name: discriminator}

    def build(self, input_shape=None):
        self.generator.build()
        self.discriminator.build()

    def published_optimizer(self, role, **changes):
        settings = {
            "name": f"{role}_optimizer",
            "learning_rate": _LEARNING_RATES[role],
            "beta_1": 0.0,
            "beta_2": 0.9,
            "epsilon": 1e-8,
        }
        return Adam(**{**settings, **changes})

    def prepare_step(self, batch, replica, training):
        words, sentence, losses = self.encode_batch(batch, replica, training)
        noise = replica_normal(
            (tf.shape(sentence)[0], self.noise_dim),
            self.seed,
            self.random_step(training),
            _NOISE_STREAM,
            replica,
        )
        condition = {
            "words": words,
            "sentence": sentence,
            "noise": noise,
            "near_misses": self.damsm.encode_near_misses(batch),
        }
        return condition, losses

    def encode_batch(self, batch, replica, training):
        """What the networks see of the captions; encoders may learn here.

        Returns:
            Word embeddings `(batch, words, dim)`, sentence embeddings
            `(batch, dim)` and a dict of losses of encoders that learn.
        """
        del replica, training
        words, sentence = self.damsm.text_encoder(
            batch["token_ids"], training=False
        )
        return words, sentence, {}

    def make_fakes(self, batch, condition, replica, training):
        outputs = self.generator(
            condition["sentence"], condition["noise"], training=training
        )
        return Fakes(outputs["image"])

    def discriminator_losses(self, batch, fakes, condition, replica, training):
        sentence = condition["sentence"]
        real = self._seen_real(batch, replica, training)
        made = self.seen_by_discriminator(
            fakes.images, 0, False, replica, training
        )
        discriminator = self.discriminator
        # Of held-out batches the penalty is reported, whenever it is applied.
        if self._penalty_is_joint() or (self.penalty_weight and not training):
            with _watching(real, sentence) as slopes:
                terms = self._hinge_terms(
                    discriminator(real, training=training),
                    discriminator(made, training=training),
                    condition,
                    replica,
                    training,
                )
            penalty = self._weighted_penalty(
                slopes, terms["scores"], real, sentence, replica
            )
        else:
            # Samples do not mix: both go through in one call.
            features = discriminator(
                tf.concat([real, made], 0), training=training
            )
            real_features, fake_features = tf.split(features, 2)
            terms = self._hinge_terms(
                real_features, fake_features, condition, replica, training
            )
            penalty = tf.zeros(())
        return {
            **{f"loss/{name}": terms[name] for name in _HINGE_TERMS},
            "loss/gradient_penalty": penalty,
            "discriminator_loss": one_stage_losses.discriminator_loss(terms)
            + penalty,
        }

    def _seen_real(self, batch, replica, training=True):
        real = batch["images"][-1]
        return self.seen_by_discriminator(real, 0, True, replica, training)

    def _hinge_terms(
        self, real_features, fake_features, condition, replica, training
    ):
        return one_stage_losses.discriminator_terms(
            self.discriminator.head,
            real_features,
            fake_features,
            condition["sentence"],
            self.wrong_pairs,
            replica,
            condition.get("near_misses"),
            training,
        )

    def _penalty_is_joint(self):
        return (
            self.penalty_weight
            and self.joint_penalty
            and self.penalty_every == 1
        )

    def updates_per_step(self, role):
        apart = (
            self.penalty_weight
            and self.penalty_every == 1
            and not self._penalty_is_joint()
        )
        return 2 if role == "discriminator" and apart else 1

    def update_discriminators(self, batch, fakes, condition, replica):
        """See `AdversarialModel`; the penalty may have a step of its own."""
        if not self.penalty_weight or self._penalty_is_joint():
            return super().update_discriminators(
                batch, fakes, condition, replica
            )
        real, sentence = self._seen_real(batch, replica), condition["sentence"]
        optimizer = self.discriminator_optimizer
        variables = self.variables_of("discriminator")
        losses, gradients = self.discriminator_gradients(
            batch, fakes, condition, replica
        )
        if self.penalty_every > 1:
            penalty, more = self._penalty_now_and_then(real, sentence, replica)
            gradients = [
                one + other for one, other in zip(gradients, more, strict=True)
            ]
            apply_synced(optimizer, gradients, variables, replica)
        else:
            apply_synced(optimizer, gradients, variables, replica)
            penalty, gradients = self._penalty(real, sentence, replica)
            apply_synced(optimizer, gradients, variables, replica)
        losses["loss/gradient_penalty"] = penalty
        losses["discriminator_loss"] += penalty
        return losses

    def _penalty(self, real, sentence, replica):
        """The weighted gradient penalty and its gradients."""
        discriminator = self.discriminator
        with tf.GradientTape() as tape:
            with _watching(real, sentence) as slopes:
                scores = discriminator.head(
                    discriminator(real, training=True), sentence
                )
            penalty = self._weighted_penalty(
                slopes, scores, real, sentence, replica
            )
            scaled = scaled_loss(penalty, self.discriminator_optimizer)
        # A bias that only shifts what a leaky ReLU takes in has no part in
        # the slope. PyTorch gives it a gradient of zero, by which Adam
        # remembers.
        gradients = tape.gradient(
            scaled,
            [variable.value for variable in discriminator.trainable_variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        return penalty, gradients

    def _penalty_now_and_then(self, real, sentence, replica):
        def due():
            penalty, gradients = self._penalty(real, sentence, replica)
            factor = float(self.penalty_every)
            return factor * penalty, [factor * one for one in gradients]

        def not_due():
            variables = self.variables_of("discriminator")
            return tf.zeros(()), [tf.zeros_like(v.value) for v in variables]

        step = self.global_step.value
        return tf.cond(tf.equal(step % self.penalty_every, 0), due, not_due)

    def _weighted_penalty(self, tape, scores, real, sentence, replica):
        inputs = [real, sentence] if self.penalty_of_sentences else [real]
        penalty = one_stage_losses.penalty(
            tape, scores, inputs, self.penalty_power, replica
        )
        return self.penalty_weight * tf.cast(penalty, scores.dtype)

    def generator_losses(self, batch, fakes, condition, replica, training):
        sentence = condition["sentence"]
        made = self.seen_by_discriminator(
            fakes.images, 0, False, replica, training
        )
        scores = self.discriminator.head(
            self.discriminator(made, training=training),
            sentence,
            training=training,
        )
        losses = {
            "loss/adversarial": one_stage_losses.generator_loss(scores, replica)
        }
        matching = self.matching_losses(
            fakes.images,
            condition["words"],
            sentence,
            batch,
            replica,
            self.damsm_parts if self.damsm_weight else (),
            self.damsm_gamma1,
            condition.get("near_misses"),
            training,
        )
        for name, value in matching.items():
            losses[name] = self.damsm_weight * value
        losses["generator_loss"] = tf.add_n(list(losses.values()))
        return losses

    def draw_noise(self, seeds, truncation=None):
        """The noise, as `seeded_noise` gives it."""
        return (seeded_noise(seeds, self.noise_dim, truncation=truncation),)

    def sample(
        self,
        token_ids,
        seeds,
        text_encoder=None,
        noise=None,
        truncation=None,
    ):
        """See `TextToImageModel.sample`.

        Args:
            truncation: see `seeded_noise`.

        Returns:
            Dict of `image` and, where the generator has them, `masks`.
        """
        encoder = text_encoder or self.damsm.text_encoder
        _, sentence = encoder(token_ids, training=False)
        if noise is None:
            noise = self.draw_noise(seeds, truncation)
        return self.generator(sentence, *noise, training=False)

    def sampling_weights(self):
        return self.generator

    def noise_of(self, seed, truncation=None):
        """The noise that `generate` draws for a seed, `(1, noise_dim)`."""
        return self.draw_noise(tf.constant([seed]), truncation)[0]

    def generate_between(self, sentence_embeddings, noise):
        """Images of points between captions, or between noises.

        Args:
            sentence_embeddings: float tensor `(n, embedding_dim)`, such as a
                mixture of what `damsm.encode_captions` gives.
            noise: float tensor `(n, noise_dim)`, such as a mixture of what
                `noise_of` gives.

        Returns:
            Dict as of `sample`, with uint8 `image`.

        Raises:
            NotFiniteError: the weights give NaN instead of colors.
        """
        outputs = self._generate_between(sentence_embeddings, noise)
        return {**outputs, "image": to_uint8(outputs["image"])}

    @tf.function(reduce_retracing=True)
    def _generate_between(self, sentence_embeddings, noise):
        return self.generator(sentence_embeddings, noise, training=False)

    def preset_parts(self):
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            **self.damsm_parts_of_preset(),
        }


@contextlib.contextmanager
def _watching(*tensors):
    """A tape of what is done with the tensors alone."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        yield tape
