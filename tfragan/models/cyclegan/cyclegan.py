"""CycleGAN: the baseline of unpaired image translation."""

import keras
import tensorflow as tf

from tfragan.losses import absolute_error
from tfragan.losses import adversarial_losses
from tfragan.models.cyclegan.cyclegan_discriminator import CycleGANDiscriminator
from tfragan.models.cyclegan.cyclegan_generator import CycleGANGenerator
from tfragan.models.cyclegan.image_pool import ImagePool
from tfragan.models.translation import ImageTranslationModel
from tfragan.optimizers import Adam

_TERMS = ("adversarial", "cycle", "identity", "discriminator")
_POOL_STREAMS = {"a": 1, "b": 2}


@keras.saving.register_keras_serializable(package="tfragan")
class CycleGAN(ImageTranslationModel):
    """Cycle-consistent adversarial networks.

    Args:
        image_size: height and width of the training images in pixels, a
            multiple of 4.
        width: channels of the generators' first layers.
        residual_blocks: 9 as published, 6 for images of 128 pixels.
        discriminator_width: channels of the discriminators' first layers.
        discriminator_layers: layers that halve the image; 3 score patches of
            70 x 70 pixels.
        cycle_weight: weight of the way to the other domain and back.
        identity_weight: weight of images that are of the target domain, as a
            share of `cycle_weight`; 0 leaves them out.
        pool_size: generated images of each domain that are kept for the
            discriminators; 0 shows them the new ones only.
        dropout: share of the residual blocks' features that is dropped.
        adversarial_loss: `"lsgan"` as published, `"gan"` or `"hinge"`.
        seed: seed of all random numbers of training.

    Call arguments:
        inputs: dict of `images_a` and `images_b`, each `(batch, height,
            width, 3)` in [-1, 1].

    Output:
        Dict of `images_b`, made of A, and `images_a`, made of B.

    Raises:
        ValueError: for an adversarial loss with a gradient penalty.

    Reference:
        - [Zhu et al., 2017](https://arxiv.org/abs/1703.10593)
    """

    config_name = "cyclegan"
    published_config = {
        "epochs": 200,
        "optimizer.schedule": "cyclegan",
    }
    tiny = {
        "image_size": 32,
        "width": 4,
        "residual_blocks": 1,
        "discriminator_width": 4,
        "pool_size": 4,
    }
    discriminators_first = False

    def __init__(
        self,
        image_size=256,
        width=64,
        residual_blocks=9,
        discriminator_width=64,
        discriminator_layers=3,
        cycle_weight=10.0,
        identity_weight=0.5,
        pool_size=50,
        dropout=0.0,
        adversarial_loss="lsgan",
        seed=0,
        **kwargs,
    ):
        terms = [
            term for term in _TERMS if identity_weight or term != "identity"
        ]
        super().__init__(
            (
                "generator_loss",
                "discriminator_loss",
                *(f"loss/{term}_{domain}" for term in terms for domain in "ab"),
            ),
            image_size,
            seed,
            **kwargs,
        )
        self.width = width
        self.residual_blocks = residual_blocks
        self.discriminator_width = discriminator_width
        self.discriminator_layers = discriminator_layers
        self.cycle_weight = cycle_weight
        self.identity_weight = identity_weight
        self.pool_size = pool_size
        self.dropout = dropout
        self.adversarial_loss = adversarial_loss
        self.makes_identities = bool(identity_weight)
        self.adversarial_losses = adversarial_losses(adversarial_loss)
        if self.adversarial_losses.penalty is not None:
            raise ValueError(
                "CycleGAN has no gradient penalty: adversarial_loss must be "
                "lsgan, gan or hinge. "
                f"Received: adversarial_loss={adversarial_loss!r}"
            )
        self.pools = {domain: self._pool(domain) for domain in "ab"}
        self._finish()

    def make_discriminators(self):
        networks = [self._discriminator(domain) for domain in "ab"]
        return {network.name: network for network in networks}

    def _discriminator(self, domain):
        network = CycleGANDiscriminator(
            self.discriminator_width,
            self.discriminator_layers,
            dtype=self.dtype_policy,
            name=f"discriminator_{domain}",
        )
        if self.image_size < network.smallest_image_size:
            raise ValueError(
                f"Discriminators of {self.discriminator_layers} layers need "
                f"images of at least {network.smallest_image_size} pixels. "
                f"Received: image_size={self.image_size}"
            )
        return network

    def _pool(self, domain):
        pool = ImagePool(
            self.pool_size,
            self.seed,
            stream=_POOL_STREAMS[domain],
            name=f"pool_{domain}",
        )
        pool.build((None, self.image_size, self.image_size, 3))
        return pool

    @classmethod
    def generator_from_config(cls, config, name):
        keys = ("width", "residual_blocks", "dropout", "seed", "dtype")
        options = {key: config[key] for key in keys if key in config}
        return CycleGANGenerator(**options, name=name)

    def published_optimizer(self, role, **changes):
        settings = {
            "name": f"{role}_optimizer",
            "learning_rate": 2e-4,
            "beta_1": 0.5,
            "beta_2": 0.999,
            "epsilon": 1e-8,
        }
        return Adam(**{**settings, **changes})

    def consistency_losses(self, domain, real, passes, replica):
        del domain
        cycle = replica.mean(absolute_error(passes["cycle"], real))
        terms = {"cycle": cycle, "consistency": self.cycle_weight * cycle}
        if self.makes_identities:
            identity = replica.mean(absolute_error(passes["identity"], real))
            weight = self.cycle_weight * self.identity_weight
            terms["identity"] = identity
            terms["consistency"] += weight * identity
        return terms

    def domain_generator_losses(self, domain, fake, replica, training):
        network = self.discriminators[f"discriminator_{domain}"]
        logits = network(fake, training=training)
        return {
            "adversarial": replica.mean(
                self.adversarial_losses.generator(logits)
            )
        }

    def domain_discriminator_losses(
        self, domain, real, fake, replica, training
    ):
        network = self.discriminators[f"discriminator_{domain}"]
        logits = network(tf.concat([real, fake], 0), training=training)
        of_real, of_fake = tf.split(logits, 2)
        loss = replica.mean(
            self.adversarial_losses.discriminator_real(of_real)
        ) + replica.mean(self.adversarial_losses.discriminator_fake(of_fake))
        # Halved, so that the discriminators learn more slowly.
        return {"discriminator": loss / 2.0}

    def images_for_discriminators(self, images, replica):
        del replica
        step = self.global_step.value
        return {
            domain: self.pools[domain](fake, step)
            for domain, fake in images.items()
        }

    def checkpoint_items(self):
        pools = {pool.name: pool for pool in self.pools.values()}
        return {**super().checkpoint_items(), **pools}
