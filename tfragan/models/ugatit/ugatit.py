"""U-GAT-IT: unpaired image translation with attention."""

import keras
import tensorflow as tf

from tfragan.distribution import replica_uniform
from tfragan.losses import adversarial_losses
from tfragan.models.translation import ImageTranslationModel
from tfragan.models.ugatit import ugatit_losses
from tfragan.models.ugatit.ugatit_discriminator import UGATITDiscriminator
from tfragan.models.ugatit.ugatit_generator import UGATITGenerator
from tfragan.models.ugatit.ugatit_layers import get_variant
from tfragan.optimizers import Adam

_TERMS = ("adversarial", "cycle", "identity", "cam", "discriminator")
# Streams of random numbers, two for each domain.
_PENALTY_STREAMS = {"a": (1, 2), "b": (3, 4)}


@keras.saving.register_keras_serializable(package="tfragan")
class UGATIT(ImageTranslationModel):
    """Unsupervised generative attentional networks for image translation.

    Each generator finds by class activation maps what makes its source
    domain differ from its target domain, and normalizes by a learned mix of
    instance and layer statistics. Each domain is scored by a global and a
    local discriminator, with attention too.

    `variant="pytorch"` is the published PyTorch code, `"tensorflow1"` the
    published TensorFlow code, which made the numbers of the paper; the two
    are not the same networks.

    Args:
        image_size: height and width of the training images in pixels, a
            multiple of 4.
        light: whether the generators' normalization is steered by pooled
            features. Else by every single feature: at 256 pixels a generator
            has 279 million weights instead of 11, and takes that size only.
        variant: `"pytorch"` or `"tensorflow1"`.
        width: channels of the networks' first layers.
        residual_blocks: residual blocks before the attention, and as many
            behind it.
        discriminator_depth: the global discriminators halve the image
            `discriminator_depth - 1` times, the local ones two times less.
        adversarial_weight: weight of the losses of the discriminators.
        cycle_weight: weight of the way to the other domain and back.
        identity_weight: weight of images that are of the target domain.
        cam_weight: weight of the generators' domain classifiers.
        adversarial_loss: see `tfragan.losses.adversarial_losses`; as
            published, `"lsgan"`.
        gradient_penalty_weight: weight of the penalty, for the adversarial
            losses that have one.
        critic_steps: updates of the discriminators in a step, each on its
            part of the batch; the generators move with the first one.
        spectral_normalization: whether the discriminators have it.
        smoothing: whether, in the variant `"tensorflow1"`, 0.1 is taken off
            the share of instance statistics.
        encoder_normalization: of the generators' first layers: `"instance"`
            as published, which keeps contrasts and loses the color of a flat
            background, or `"layer_instance"`, which keeps both.
        recompute: whether activations are computed a second time for the
            gradients instead of being kept: less memory, more time.
        seed: seed of all random numbers of training.

    Call arguments:
        inputs: dict of `images_a` and `images_b`, each `(batch, height,
            width, 3)` in [-1, 1].

    Output:
        Dict of `images_b`, made of A, and `images_a`, made of B.

    Example:

    ```python
    data = tfragan.data.unpaired_images("cat2dog")
    model = tfragan.models.UGATIT(image_size=128, light=True)
    model.compile()
    model.fit(data.batches(1, 128), epochs=100,
              steps_per_epoch=data.steps_per_epoch(1))
    dogs = model.translate(cats)
    ```

    Reference:
        - [Kim et al., 2019](https://arxiv.org/abs/1907.10830)
    """

    config_name = "ugatit"
    converter = "tfragan.convert.ugatit_weights"
    published_config = {
        "steps": 1_000_000,
        "optimizer.learning_rate": 0.0001,
        "optimizer.weight_decay": 0.0001,
        "optimizer.schedule": "ugatit",
    }
    tiny = {
        "image_size": 32,
        "width": 4,
        "residual_blocks": 1,
        "discriminator_depth": 4,
    }
    has_heat_maps = True

    def __init__(
        self,
        image_size=256,
        light=False,
        variant="pytorch",
        width=64,
        residual_blocks=4,
        discriminator_depth=6,
        adversarial_weight=1.0,
        cycle_weight=10.0,
        identity_weight=10.0,
        cam_weight=1000.0,
        adversarial_loss="lsgan",
        gradient_penalty_weight=10.0,
        critic_steps=1,
        spectral_normalization=True,
        smoothing=True,
        encoder_normalization="instance",
        recompute=False,
        seed=0,
        **kwargs,
    ):
        super().__init__(_loss_terms(), image_size, seed, **kwargs)
        self.light = light
        self.variant = variant
        self.width = width
        self.residual_blocks = residual_blocks
        self.discriminator_depth = discriminator_depth
        self.adversarial_weight = adversarial_weight
        self.cycle_weight = cycle_weight
        self.identity_weight = identity_weight
        self.cam_weight = cam_weight
        self.adversarial_loss = adversarial_loss
        self.gradient_penalty_weight = gradient_penalty_weight
        self.critic_steps = critic_steps
        self.spectral_normalization = spectral_normalization
        self.smoothing = smoothing
        self.encoder_normalization = encoder_normalization
        self.recompute = recompute
        self.fixed_size = None if light else image_size
        self.adversarial_losses = adversarial_losses(adversarial_loss)
        self._settings = get_variant(variant)
        self._finish()

    def make_discriminators(self):
        discriminators = {}
        for domain in "ab":
            for kind, more in (("global", 1), ("local", -1)):
                name = f"discriminator_{domain}_{kind}"
                discriminators[name] = UGATITDiscriminator(
                    self.discriminator_depth + more,
                    self.width,
                    self.variant,
                    self.spectral_normalization,
                    dtype=self.dtype_policy,
                    name=name,
                )
        smallest = max(
            network.smallest_image_size for network in discriminators.values()
        )
        if self.image_size < smallest:
            raise ValueError(
                f"Discriminators of depth {self.discriminator_depth} need "
                f"images of at least {smallest} pixels; a smaller "
                "discriminator_depth takes smaller ones. "
                f"Received: image_size={self.image_size}"
            )
        return discriminators

    @classmethod
    def generator_from_config(cls, config, name):
        keys = (
            "image_size",
            "light",
            "variant",
            "width",
            "residual_blocks",
            "smoothing",
            "encoder_normalization",
            "recompute",
            "dtype",
        )
        options = {key: config[key] for key in keys if key in config}
        return UGATITGenerator(**options, name=name)

    def published_optimizer(self, role, **changes):
        variant = self._settings
        settings = {
            "name": f"{role}_optimizer",
            "learning_rate": 1e-4,
            "beta_1": 0.5,
            "beta_2": 0.999,
            "epsilon": 1e-8,
            "weight_decay": variant.weight_decay,
            "decayed_names": variant.decayed_names,
            "epsilon_after_correction": variant.epsilon_after_correction,
        }
        return Adam(**{**settings, **changes})

    def consistency_losses(self, domain, real, passes, replica):
        terms = ugatit_losses.consistency_terms(
            real,
            passes["cycle"],
            passes["identity"],
            passes["fake_logit"],
            passes["identity_logit"],
            replica,
        )
        terms["consistency"] = ugatit_losses.consistency_sum(
            terms, self.cycle_weight, self.identity_weight, self.cam_weight
        )
        # The generator into this domain.
        generator = self.generator_ba if domain == "a" else self.generator_ab
        terms["consistency"] += self._reported_decay([generator], replica)
        return terms

    def domain_generator_losses(self, domain, fake, replica, training):
        terms = {
            name: ugatit_losses.generator_terms(
                self.adversarial_losses,
                network(fake, training=training),
                replica,
            )
            for name, network in self.discriminators_of(domain).items()
        }
        return _with_sum(terms, "adversarial", self.adversarial_weight)

    def domain_discriminator_losses(
        self, domain, real, fake, replica, training
    ):
        terms = {}
        networks = self.discriminators_of(domain)
        for name, network in networks.items():
            outputs = network(
                tf.concat([real, fake], 0), training=training, passes=2
            )
            halves = {key: tf.split(x, 2) for key, x in outputs.items()}
            of_real, of_fake = (
                {key: half[index] for key, half in halves.items()}
                for index in range(2)
            )
            terms[name] = ugatit_losses.discriminator_terms(
                self.adversarial_losses, of_real, of_fake, replica
            )
        terms = _with_sum(terms, "discriminator", self.adversarial_weight)
        terms["discriminator"] += self._reported_decay(
            networks.values(), replica
        )
        if self.adversarial_losses.penalty is not None:
            terms["penalty"] = self._penalty(
                domain, real, fake, replica, training
            )
            terms["discriminator"] += self.adversarial_weight * terms["penalty"]
        return terms

    def _penalty(self, domain, real, fake, replica, training):
        """The slopes of both discriminators, of logits and attention."""
        step = self.random_step(training)
        alpha_stream, noise_stream = _PENALTY_STREAMS[domain]
        batch = tf.shape(real)[0]
        alpha = replica_uniform(
            (batch, 1, 1, 1), self.seed, step, alpha_stream, replica
        )
        noise = None
        if self.adversarial_losses.penalty.around_real:
            shape = (batch, *real.shape[1:])
            noise = replica_uniform(
                shape, self.seed, step, noise_stream, replica
            )

        def scores(images):
            outputs = [
                network(images, training=training)
                for network in self.discriminators_of(domain).values()
            ]
            return [[one["logit"], one["cam_logit"]] for one in outputs]

        penalty = self.adversarial_losses.penalty
        samples = penalty.samples(real, fake, alpha, replica, noise)
        slopes = tf.nest.flatten(penalty(scores, samples))
        total = tf.add_n([replica.mean(slope) for slope in slopes])
        return self.gradient_penalty_weight * total

    def _reported_decay(self, networks, replica):
        """The L2 term, which one variant adds to the losses it reports.

        Its gradient is the optimizer's affair in both.
        """
        settings = self._settings
        if not settings.reports_decay:
            return 0.0
        return replica.share(
            ugatit_losses.decay_term(
                networks, settings.decayed_names, settings.weight_decay
            )
        )

    def after_generator_update(self):
        """Keeps the shares of instance statistics in [0, 1]."""
        self.generator_ab.clip_rho()
        self.generator_ba.clip_rho()


def _loss_terms():
    return (
        "generator_loss",
        "discriminator_loss",
        *(f"loss/{term}_{domain}" for term in _TERMS for domain in "ab"),
    )


def _with_sum(terms, name, weight):
    """Terms of several discriminators in one dict, with their sum."""
    total = ugatit_losses.adversarial_sum(list(terms.values()), weight)
    flat = {
        f"{name}_{kind}_{term}": value
        for kind, pair in terms.items()
        for term, value in pair.items()
    }
    return {**flat, name: total}
