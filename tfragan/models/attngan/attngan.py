"""AttnGAN: sentence to image with attention to the words."""

import keras
import tensorflow as tf

from tfragan.distribution import current_replica
from tfragan.distribution import replica_normal
from tfragan.models.attngan.attngan_discriminator import AttnGANDiscriminator
from tfragan.models.attngan.attngan_generator import AttnGANGenerator
from tfragan.models.attngan.attngan_update import AdversarialUpdate
from tfragan.models.text_to_image.caption_sampling import seeded_noise
from tfragan.models.text_to_image.text_to_image_model import TextToImageModel
from tfragan.models.training_model import unfold_batch

# Of training, and of images that have a seed each.
_NOISE_STREAM, _CONDITION_STREAM = 1, 2
_SAMPLED_NOISE, _SAMPLED_CONDITION = 0, 1


@keras.saving.register_keras_serializable(package="tfragan")
class AttnGAN(AdversarialUpdate, TextToImageModel):
    """Attentional generative adversarial network.

    Args:
        damsm: a trained `DAMSM`; its encoders stay as they are.
        base_size: image size of the first stage: 16, 32 or 64.
        stages: 1 to 3; each but the first doubles the size.
        generator_width: channels of the generator's feature maps.
        discriminator_width: channels after a discriminator's first layer.
        noise_dim: width of the noise.
        condition_dim: width of the condition.
        residual_blocks: residual blocks in each later stage.
        dcgan: whether only the last stage makes an image, judged by one
            discriminator that has no head without the sentence.
        damsm_weight: weight of the matching losses.
        average_decay: decay of the averaged generator.
        mask_order: `"correct"`, or `"published"` for the mask as the
            published code tiles it, see `WordContextAttention`.
        seed: seed of the noise.

    Call arguments:
        inputs: dict of `token_ids` `(batch, words)` and `seeds` `(batch,)`.

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
    optimizer_names = ("generator_optimizer", "discriminator_optimizer")
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
        average_decay=0.999,
        mask_order="correct",
        seed=0,
        **kwargs,
    ):
        sizes = [base_size << stage for stage in range(stages)]
        sizes = tuple(sizes[-1:] if dcgan else sizes)
        super().__init__(_loss_terms(sizes), damsm, seed, **kwargs)
        self.base_size = base_size
        self.stages = stages
        self.generator_width = generator_width
        self.discriminator_width = discriminator_width
        self.noise_dim = noise_dim
        self.condition_dim = condition_dim
        self.residual_blocks = residual_blocks
        self.dcgan = dcgan
        self.damsm_weight = damsm_weight
        self.average_decay = average_decay
        self.mask_order = mask_order
        self.image_sizes = sizes
        damsm.trainable = False
        self.generator = self._make_generator("generator")
        self.generator_average = self._make_generator("generator_average")
        self.discriminators = [
            AttnGANDiscriminator(
                size,
                damsm.embedding_dim,
                discriminator_width,
                unconditional=not dcgan,
                dtype=self.dtype_policy,
                name=f"discriminator_{size}",
            )
            for size in sizes
        ]
        self.build()

    def _make_generator(self, name):
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

    def build(self, input_shape=None):
        for network in (
            self.generator,
            self.generator_average,
            *self.discriminators,
        ):
            network.build()
        self.generator_average.trainable = False
        self.reset_average()
        self.built = True

    def reset_average(self):
        """Sets the averaged generator to the generator itself."""
        for average, value in zip(
            self.generator_average.weights, self.generator.weights, strict=True
        ):
            average.assign(value)

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        **kwargs,
    ):
        """Sets the optimizers.

        Args:
            generator_optimizer: by default Adam as published: rate 2e-4,
                betas 0.5 and 0.999.
            discriminator_optimizer: one for all discriminators, by default
                the same.
            **kwargs: see `TrainingModel.compile`.
        """
        super().compile(**kwargs)
        self.generator_optimizer = generator_optimizer or _published_adam()
        self.discriminator_optimizer = (
            discriminator_optimizer or _published_adam()
        )
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self._discriminator_variables())

    def _discriminator_variables(self):
        return [
            variable
            for discriminator in self.discriminators
            for variable in discriminator.trainable_variables
        ]

    def train_step(self, batch):
        batch = unfold_batch(batch)
        replica = current_replica()
        words, sentence = self.damsm.text_encoder(
            batch["token_ids"], training=False
        )
        size = tf.shape(sentence)[0]
        step = self.global_step.value
        noise, condition_noise = (
            replica_normal((size, width), self.seed, step, stream, replica)
            for width, stream in (
                (self.noise_dim, _NOISE_STREAM),
                (self.condition_dim, _CONDITION_STREAM),
            )
        )
        losses = self.update_networks(
            batch, words, sentence, noise, condition_noise, replica
        )
        return self.report_losses(losses, replica)

    def draw_noise(self, seeds):
        """Noise of the image and of the condition."""
        return (
            seeded_noise(seeds, self.noise_dim, _SAMPLED_NOISE),
            seeded_noise(seeds, self.condition_dim, _SAMPLED_CONDITION),
        )

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
            token_ids: integer tensor of shape `(batch, words)`.
            seeds: integer tensor of shape `(batch,)`.
            text_encoder: by default that of the DAMSM.
            noise: what `draw_noise` gave, in place of `seeds`.
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
        """The parts whose weights a preset keeps, by name."""
        parts = {
            "generator": self.generator,
            "generator_average": self.generator_average,
            "text_encoder": self.damsm.text_encoder,
            "image_encoder": self.damsm.image_encoder,
        }
        for discriminator in self.discriminators:
            parts[f"discriminator_{discriminator.image_size}"] = discriminator
        return parts

    def get_preset_config(self):
        config = super().get_preset_config()
        config.update(
            {
                "base_size": self.base_size,
                "stages": self.stages,
                "generator_width": self.generator_width,
                "discriminator_width": self.discriminator_width,
                "noise_dim": self.noise_dim,
                "condition_dim": self.condition_dim,
                "residual_blocks": self.residual_blocks,
                "dcgan": self.dcgan,
                "damsm_weight": self.damsm_weight,
                "average_decay": self.average_decay,
                "mask_order": self.mask_order,
            }
        )
        return config


def _loss_terms(sizes):
    return (
        "generator_loss",
        "discriminator_loss",
        *(f"loss/generator_{size}" for size in sizes),
        *(f"loss/discriminator_{size}" for size in sizes),
        "loss/damsm_words",
        "loss/damsm_sentence",
        "loss/kl",
    )


def _published_adam():
    return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8)
