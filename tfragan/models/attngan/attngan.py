"""AttnGAN: sentence to image with attention to the words."""

import keras
import tensorflow as tf

from tfragan.distribution import replica_normal
from tfragan.losses import kl_divergence
from tfragan.models.adversarial_model import Fakes
from tfragan.models.attngan import attngan_losses
from tfragan.models.attngan.attngan_discriminator import AttnGANDiscriminator
from tfragan.models.attngan.attngan_generator import AttnGANGenerator
from tfragan.models.damsm.damsm_guided_model import DAMSM_TERMS
from tfragan.models.moving_average import rising_decay
from tfragan.models.moving_average import update_moving_average
from tfragan.models.seeded_noise import seeded_noise
from tfragan.models.text_to_image.differentiable_augmentation import (
    check_augmentations,
)
from tfragan.models.text_to_image.text_to_image_model import TextToImageModel
from tfragan.optimizers import Adam

# Of training, and of images that have a seed each.
_NOISE_STREAM, _CONDITION_STREAM = 1, 2
_SAMPLED_NOISE, _SAMPLED_CONDITION = 0, 1


@keras.saving.register_keras_serializable(package="tfragan")
class AttnGAN(TextToImageModel):
    """Attentional generative adversarial network.

    Args:
        damsm: a trained `DAMSM`; its encoders do not learn.
        base_size: image size of the first stage: 16, 32 or 64.
        stages: 1 to 3; each but the first doubles the size.
        generator_width: channels of the generator's feature maps.
        discriminator_width: channels after a discriminator's first layer.
        noise_dim: width of the noise.
        condition_dim: width of the condition.
        residual_blocks: residual blocks in each later stage.
        dcgan: whether only the last stage makes an image, scored by one
            discriminator that has no head without the sentence.
        damsm_weight: weight of the matching losses.
        kl_weight: weight of the divergence that keeps conditions close to
            standard normal; with 0 a condition is its mean, without noise.
        augment: how discriminators see images: names of `AUGMENTATIONS`,
            separated by commas, see `augmented_images`.
        average_decay: decay of the averaged generator.
        average_rises: whether that decay is only risen to, see
            `rising_decay`: for runs of fewer than 10,000 steps.
        mask_order: `"correct"`, or `"published"` for the mask as the
            published code tiles it, see `WordContextAttention`.
        seed: seed of the noise.

    Call arguments:
        inputs: dict of `token_ids` and `seeds`, see `TextToImageModel`.

    Example:

    ```python
    model = tfragan.models.AttnGAN(damsm, base_size=16, stages=3)
    model.compile()
    model.fit(data.batches(16, model.tokenizer, model.image_sizes), epochs=9,
              steps_per_epoch=data.steps_per_epoch(16))
    images = model.generate(["a red bird with black wings"], seed=0)
    ```

    Reference:
        - [Xu et al., 2017](https://arxiv.org/abs/1711.10485)
    """

    config_name = "attngan"
    converter = "tfragan.convert.attngan_weights"
    published_config = {
        "batch_size": 20,
        "epochs": 600,
    }
    tiny = {
        "base_size": 16,
        "stages": 2,
        "generator_width": 4,
        "discriminator_width": 4,
        "noise_dim": 8,
        "condition_dim": 8,
        "residual_blocks": 1,
    }
    map_name = "attention_maps"

    def __init__(
        self,
        damsm,
        base_size=64,
        stages=3,
        generator_width=32,
        discriminator_width=64,
        noise_dim=100,
        condition_dim=100,
        residual_blocks=2,
        dcgan=False,
        damsm_weight=5.0,
        kl_weight=1.0,
        augment="",
        average_decay=0.999,
        average_rises=False,
        mask_order="correct",
        seed=0,
        **kwargs,
    ):
        first = stages - 1 if dcgan else 0
        sizes = tuple(base_size << stage for stage in range(first, stages))
        super().__init__(_loss_terms(sizes), damsm, seed, **kwargs)
        check_augmentations(augment)
        self.base_size = base_size
        self.stages = stages
        self.generator_width = generator_width
        self.discriminator_width = discriminator_width
        self.noise_dim = noise_dim
        self.condition_dim = condition_dim
        self.residual_blocks = residual_blocks
        self.dcgan = dcgan
        self.damsm_weight = damsm_weight
        self.kl_weight = kl_weight
        self.augment = augment
        self.average_decay = average_decay
        self.average_rises = average_rises
        self.mask_order = mask_order
        self.image_sizes = sizes
        self.generator = self.make_generator("generator")
        self.generator_average = self.make_generator("generator_average")
        self.discriminators = self.make_discriminators()
        self.build()

    def make_generator(self, name):
        return AttnGANGenerator(
            self.damsm.embedding_dim,
            self.base_size,
            self.stages,
            self.generator_width,
            self.noise_dim,
            self.condition_dim,
            self.residual_blocks,
            image_every_stage=not self.dcgan,
            mask_order=self.mask_order,
            dtype=self.dtype_policy,
            name=name,
        )

    def make_discriminators(self):
        return {
            f"discriminator_{size}": AttnGANDiscriminator(
                size,
                self.damsm.embedding_dim,
                self.discriminator_width,
                unconditional=not self.dcgan,
                dtype=self.dtype_policy,
                name=f"discriminator_{size}",
            )
            for size in self.image_sizes
        }

    def build(self, input_shape=None):
        for network in (
            self.generator,
            self.generator_average,
            *self.discriminators.values(),
        ):
            network.build()
        self.generator_average.trainable = False
        self.reset_average()

    def reset_average(self):
        """Sets the averaged generator to the generator itself."""
        for average, value in zip(
            self.generator_average.weights, self.generator.weights, strict=True
        ):
            average.assign(value)

    def published_optimizer(self, role, **changes):
        settings = {
            "name": f"{role}_optimizer",
            "learning_rate": 2e-4,
            "beta_1": 0.5,
            "beta_2": 0.999,
            "epsilon": 1e-8,
            # As PyTorch had it when the code was published.
            "epsilon_after_correction": False,
        }
        return Adam(**{**settings, **changes})

    def prepare_step(self, batch, replica, training):
        words, sentence = self.damsm.text_encoder(
            batch["token_ids"], training=False
        )
        size = tf.shape(sentence)[0]
        step = self.random_step(training)
        noise, condition_noise = (
            replica_normal((size, width), self.seed, step, stream, replica)
            for width, stream in (
                (self.noise_dim, _NOISE_STREAM),
                (self.condition_dim, _CONDITION_STREAM),
            )
        )
        if not self.kl_weight:
            condition_noise = tf.zeros_like(condition_noise)
        condition = {
            "words": words,
            "sentence": sentence,
            "noise": noise,
            "condition_noise": condition_noise,
            "near_misses": self.damsm.encode_near_misses(batch),
        }
        return condition, {}

    def make_fakes(self, batch, condition, replica, training):
        outputs = self.generator(
            condition["sentence"],
            condition["words"],
            tf.not_equal(batch["token_ids"], 0),
            condition["noise"],
            condition["condition_noise"],
            training=training,
        )
        # Of the augmented condition, equation 3 of StackGAN.
        divergence = self.kl_weight * replica.mean(
            kl_divergence(outputs["mean"], outputs["log_variance"])
        )
        return Fakes(outputs["images"], {"loss/kl": divergence}, divergence)

    def discriminator_losses(self, batch, fakes, condition, replica, training):
        losses = {}
        for index, (discriminator, real, fake) in enumerate(
            zip(
                self.discriminators.values(),
                batch["images"][-len(fakes.images) :],
                fakes.images,
                strict=True,
            )
        ):
            terms = attngan_losses.discriminator_terms(
                discriminator,
                self.seen_by_discriminator(
                    real, index, True, replica, training
                ),
                self.seen_by_discriminator(
                    fake, index, False, replica, training
                ),
                condition["sentence"],
                replica,
                training,
                condition.get("near_misses"),
            )
            name = f"loss/discriminator_{discriminator.image_size}"
            losses[name] = attngan_losses.discriminator_loss(terms)
        losses["discriminator_loss"] = tf.add_n(list(losses.values()))
        return losses

    def generator_losses(self, batch, fakes, condition, replica, training):
        losses = {}
        for index, (discriminator, fake) in enumerate(
            zip(self.discriminators.values(), fakes.images, strict=True)
        ):
            terms = attngan_losses.generator_terms(
                discriminator,
                self.seen_by_discriminator(
                    fake, index, False, replica, training
                ),
                condition["sentence"],
                replica,
                training,
            )
            name = f"loss/generator_{discriminator.image_size}"
            losses[name] = tf.add_n(list(terms.values()))
        parts = ("words", "sentence") if self.damsm_weight else ()
        matching = self.matching_losses(
            fakes.images[-1],
            condition["words"],
            condition["sentence"],
            batch,
            replica,
            parts,
            near_misses=condition.get("near_misses"),
            training=training,
        )
        for name, value in matching.items():
            losses[name] = self.damsm_weight * value
        losses["generator_loss"] = tf.add_n(list(losses.values()))
        return losses

    def after_generator_update(self):
        """Moves the averaged generator towards the generator."""
        average, generator = self.generator_average, self.generator
        decay = self.average_decay
        if self.average_rises:
            decay = rising_decay(decay, self.global_step.value)
        update_moving_average(
            _variables(average, learned=True),
            _variables(generator, learned=True),
            decay,
        )
        # Batch statistics are the generator's own, as published.
        for copy, variable in zip(
            _variables(average, learned=False),
            _variables(generator, learned=False),
            strict=True,
        ):
            copy.assign(variable.value)

    def draw_noise(self, seeds):
        """Noise of the image and of the condition."""
        condition = seeded_noise(seeds, self.condition_dim, _SAMPLED_CONDITION)
        if not self.kl_weight:
            condition = tf.zeros_like(condition)
        return seeded_noise(seeds, self.noise_dim, _SAMPLED_NOISE), condition

    def sample(
        self,
        token_ids,
        seeds,
        text_encoder=None,
        noise=None,
        use_average=True,
    ):
        """See `TextToImageModel.sample`.

        Args:
            use_average: whether the averaged generator is used.

        Returns:
            Dict of `image`; `early_images`, those of the stages before; and
            `attention_maps`, a list with one entry a later stage of float32
            `(batch, height, width, words)`.
        """
        encoder = text_encoder or self.damsm.text_encoder
        words, sentence = encoder(token_ids, training=False)
        generator = self.generator_average if use_average else self.generator
        outputs = generator(
            sentence,
            words,
            tf.not_equal(token_ids, 0),
            *(self.draw_noise(seeds) if noise is None else noise),
            training=False,
        )
        return {
            "image": outputs["images"][-1],
            "early_images": outputs["images"][:-1],
            "attention_maps": outputs["attention_maps"],
        }

    def map_shapes(self):
        # A later stage looks at the words at the size it doubles.
        sizes = [self.base_size << stage for stage in range(self.stages - 1)]
        return [(size, size, self.tokenizer.max_words) for size in sizes]

    def sampling_weights(self):
        return self.generator_average

    def generate(
        self,
        captions,
        seed=0,
        return_attention_maps=False,
        use_average=True,
        batch_size=1,
    ):
        """Images of sentences.

        Args:
            captions: list of strings, or one string.
            seed: an int, where caption `i` uses `seed + i`; or a list of
                ints, one a caption.
            return_attention_maps: whether the maps come along.
            use_average: whether the averaged generator is used.
            batch_size: how many images are made at once, see
                `generate_outputs`.

        Returns:
            uint8 array `(captions, size, size, 3)`; with attention maps a
            tuple of it and a list, one entry a later stage, of float32 arrays
            `(captions, height, width, words)`.

        Raises:
            ValueError: seeds and captions differ in number.
        """
        outputs = self.generate_outputs(
            captions, seed, batch_size, use_average=use_average
        )
        if return_attention_maps:
            return outputs["image"], outputs["attention_maps"]
        return outputs["image"]

    def preset_parts(self):
        return {
            "generator": self.generator,
            "generator_average": self.generator_average,
            **self.damsm_parts_of_preset(),
            **self.discriminators,
        }


def _loss_terms(sizes):
    return (
        "generator_loss",
        "discriminator_loss",
        *(f"loss/generator_{size}" for size in sizes),
        *(f"loss/discriminator_{size}" for size in sizes),
        *DAMSM_TERMS,
        "loss/kl",
    )


def _variables(network, learned):
    # Batch statistics are told by their name: the average itself is frozen.
    return [
        weight
        for weight in network.weights
        if weight.name.startswith("moving_") != learned
    ]
