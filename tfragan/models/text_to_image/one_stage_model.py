"""What text-to-image models with one generator and one judge share."""

import tensorflow as tf

from tfragan.data.image_augmentation import to_uint8
from tfragan.distribution import current_replica
from tfragan.distribution import replica_normal
from tfragan.losses.gradient_penalty import check_power
from tfragan.models.text_to_image.caption_sampling import seeded_noise
from tfragan.models.text_to_image.one_stage_update import OneStageUpdate
from tfragan.models.text_to_image.text_to_image_model import TextToImageModel
from tfragan.models.text_to_image.wrong_pairs import WRONG_PAIRS
from tfragan.models.training_model import unfold_batch
from tfragan.optimizers import Adam

_NOISE_STREAM = 1
_GENERATOR_RATE = 1e-4
_DISCRIMINATOR_RATE = 4e-4

LOSS_TERMS = (
    "generator_loss",
    "discriminator_loss",
    "loss/real",
    "loss/wrong",
    "loss/fake",
    "loss/gradient_penalty",
    "loss/adversarial",
    "loss/damsm_words",
    "loss/damsm_sentence",
)


class OneStageModel(OneStageUpdate, TextToImageModel):
    """A generator, a discriminator and the step that trains them.

    A subclass makes both networks and ends its constructor with `_finish`.

    Args:
        damsm: a trained `DAMSM`.
        image_size: height and width of the images.
        noise_dim: width of the noise.
        seed: seed of the noise.
        loss_terms: names of the losses that a step reports.
    """

    optimizer_names = ("generator_optimizer", "discriminator_optimizer")
    truncates = True

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

    def _finish(self, generator, discriminator):
        self._check_arguments()
        self.generator = generator
        self.discriminator = discriminator
        self.build()

    def _check_arguments(self):
        check_power(self.penalty_power)
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

    def build(self, input_shape=None):
        self.generator.build()
        self.discriminator.build()
        self.built = True

    def published_optimizer(self, learning_rate):
        """Adam as the published code sets it.

        Args:
            learning_rate: 1e-4 of the generator and 4e-4 of the
                discriminator, as published; or a schedule.

        Returns:
            A Keras optimizer.
        """
        return Adam(learning_rate, beta_1=0.0, beta_2=0.9, epsilon=1e-8)

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss_limit=1e6,
        **kwargs,
    ):
        """Sets the optimizers.

        Args:
            generator_optimizer: by default as published.
            discriminator_optimizer: by default as published.
            loss_limit: see `TrainingModel.compile`.
            **kwargs: see `TrainingModel.compile`.
        """
        super().compile(loss_limit=loss_limit, **kwargs)
        self.generator_optimizer = (
            generator_optimizer or self.published_optimizer(_GENERATOR_RATE)
        )
        self.discriminator_optimizer = (
            discriminator_optimizer
            or self.published_optimizer(_DISCRIMINATOR_RATE)
        )
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(
            self.discriminator.trainable_variables
        )

    def train_step(self, batch):
        batch = unfold_batch(batch)
        replica = current_replica()
        words, sentence, losses = self.encode_batch(batch, replica)
        noise = replica_normal(
            (tf.shape(sentence)[0], self.noise_dim),
            self.seed,
            self.global_step.value,
            _NOISE_STREAM,
            replica,
        )
        losses.update(
            self.update_networks(batch, words, sentence, noise, replica)
        )
        return self.report_losses(losses, replica)

    def encode_batch(self, batch, replica):
        """What the networks see of the captions.

        Args:
            batch: dict with `token_ids`.
            replica: the `Replica`.

        Returns:
            Word embeddings `(batch, words, dim)`, sentence embeddings
            `(batch, dim)` and a dict of losses of encoders that learn.
        """
        del replica
        words, sentence = self.damsm.text_encoder(
            batch["token_ids"], training=False
        )
        return words, sentence, {}

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
            token_ids: integer tensor of shape `(batch, words)`.
            seeds: integer tensor of shape `(batch,)`.
            text_encoder: by default that of the DAMSM.
            noise: what `draw_noise` gave, in place of `seeds`.
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

    @tf.function(reduce_retracing=True)
    def generate_between(self, sentence_embeddings, noise):
        """Images of points between captions, or between noises.

        Args:
            sentence_embeddings: float tensor `(n, embedding_dim)`, such as a
                mixture of what `damsm.encode_captions` gives.
            noise: float tensor `(n, noise_dim)`, such as a mixture of what
                `noise_of` gives.

        Returns:
            Dict as of `sample`, with uint8 `image`.
        """
        outputs = self.generator(sentence_embeddings, noise, training=False)
        return {**outputs, "image": to_uint8(outputs["image"])}

    def preset_parts(self):
        """The parts whose weights a preset keeps, by name."""
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "text_encoder": self.damsm.text_encoder,
            "image_encoder": self.damsm.image_encoder,
        }
