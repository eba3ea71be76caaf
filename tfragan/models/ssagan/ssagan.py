"""SSA-GAN: sentence to image with a semantic mask in every block."""

import keras
import tensorflow as tf

from tfragan.distribution import apply_synced
from tfragan.distribution import scaled_loss
from tfragan.models.damsm.damsm_guided_model import copied_damsm
from tfragan.models.ssagan.ssagan_generator import SSAGANGenerator
from tfragan.models.text_to_image.one_stage_model import LOSS_TERMS
from tfragan.models.text_to_image.one_stage_model import OneStageModel

_PARTS = ("words", "sentence")


@keras.saving.register_keras_serializable(package="tfragan")
class SSAGAN(OneStageModel):
    """Semantic-spatial aware generative adversarial network.

    Args:
        damsm: a trained `DAMSM`.
        image_size: height and width of the images: a power of two, 64, 128 or
            256 as published; it sets the number of blocks.
        generator_width: channels of the generator's last block.
        discriminator_width: channels after the discriminator's first layer.
        noise_dim: width of the noise.
        mask_filters: channels inside the mask predictors.
        damsm_weight: weight of the matching losses: 0.05 as published, 0.1
            with `finetune_encoders`.
        damsm_parts: which matching losses there are, `("words", "sentence")`,
            `("sentence",)` or `("words",)`; the published code has a file for
            each.
        damsm_gamma1: sharpness of the attention in the matching losses; None
            for that of the DAMSM.
        penalty_weight: weight of the gradient penalty; 0 leaves it out.
        penalty_power: even exponent of the slope in it.
        penalty_every: in which steps there is a penalty; more than 1 makes it
            as many times heavier, and a part of the loss of those steps
            instead of a step of its own.
        wrong_pairs: `"next"`, as published, or `"rolled"`, which has one more
            wrong pair, see `tfragan.models.text_to_image.one_stage_losses`.
        penalty_of_sentences: whether slopes of sentences count in it, as
            published; they keep the discriminator from telling sentences
            apart whose embeddings are close to each other.
        projected: whether images are scored by features of a pretrained
            network, see `ProjectedDiscriminator`; meant to go without a
            penalty.
        start: how the convolutions of both networks start, but for a
            projected discriminator: `"published"`, or `"he"`, which learns
            faster, see `tfragan.layers.fan_in_convolution.start_of`.
        augment: how the discriminator sees images: names of `AUGMENTATIONS`,
            separated by commas, see `augmented_images`.
        finetune_encoders: whether the encoders go on learning from real
            images, in a copy of the DAMSM. The statistics of the image
            encoder's batch normalizations stay as they are; the published
            code lets them drift.
        finetune_dropout: whether fine-tuned sentences have dropout, as
            published, for the other networks too.
        seed: seed of the noise.

    Call arguments:
        inputs: dict of `token_ids` and `seeds`, see `TextToImageModel`.

    Example:

    ```python
    model = tfragan.models.SSAGAN(damsm, image_size=64, generator_width=32)
    model.compile()
    model.fit(data.batches(24, model.tokenizer, model.image_sizes), epochs=9,
              steps_per_epoch=data.steps_per_epoch(24))
    images, masks = model.generate(["a red bird with black wings"],
                                   return_masks=True)
    ```

    Reference:
        - [Liao et al., 2021](https://arxiv.org/abs/2104.00567)
    """

    config_name = "ssagan"
    converter = "tfragan.convert.one_stage_weights"
    published_config = {
        "batch_size": 24,
        "epochs": 600,
        "optimizer.generator_learning_rate": 0.0001,
        "optimizer.discriminator_learning_rate": 0.0004,
        "optimizer.encoder_learning_rate": 4e-05,
    }
    tiny = {
        "image_size": 32,
        "generator_width": 4,
        "discriminator_width": 4,
        "noise_dim": 8,
        "mask_filters": 4,
    }
    map_name = "masks"

    def __init__(
        self,
        damsm,
        image_size=256,
        generator_width=64,
        discriminator_width=64,
        noise_dim=100,
        mask_filters=100,
        damsm_weight=0.05,
        damsm_parts=_PARTS,
        damsm_gamma1=5.0,
        penalty_weight=2.0,
        penalty_power=6,
        penalty_every=1,
        penalty_of_sentences=True,
        projected=False,
        start="published",
        augment="",
        wrong_pairs="next",
        finetune_encoders=False,
        finetune_dropout=True,
        seed=0,
        **kwargs,
    ):
        terms = LOSS_TERMS
        if finetune_encoders:
            damsm = copied_damsm(damsm)
            terms = (*terms, "encoder_loss")
        super().__init__(damsm, image_size, noise_dim, seed, terms, **kwargs)
        if finetune_encoders:
            self.optimizer_roles = (*self.optimizer_roles, "encoder")
            self.damsm_learns = True
        self.generator_width = generator_width
        self.discriminator_width = discriminator_width
        self.mask_filters = mask_filters
        self.damsm_weight = damsm_weight
        self.damsm_parts = checked_parts(damsm_parts)
        self.damsm_gamma1 = damsm_gamma1
        self.penalty_weight = penalty_weight
        self.penalty_power = penalty_power
        self.penalty_every = penalty_every
        self.penalty_of_sentences = penalty_of_sentences
        self.projected = projected
        self.start = start
        self.augment = augment
        self.wrong_pairs = wrong_pairs
        self.finetune_encoders = finetune_encoders
        self.finetune_dropout = finetune_dropout
        self._finish()

    def make_generator(self, name):
        return SSAGANGenerator(
            self.image_size,
            self.damsm.embedding_dim,
            self.generator_width,
            self.noise_dim,
            self.mask_filters,
            self.start,
            dtype=self.dtype_policy,
            name=name,
        )

    def variables_of(self, role):
        if role == "encoder":
            return self.damsm.trainable_variables
        return super().variables_of(role)

    def encode_batch(self, batch, replica, training):
        """See `OneStageModel`; encoders that learn take their step here."""
        if not self.finetune_encoders:
            return super().encode_batch(batch, replica, training)
        damsm = self.damsm
        variables = damsm.trainable_variables
        token_ids = batch["token_ids"]
        keep_mask = None
        if self.finetune_dropout and training:
            keep_mask = damsm.draw_dropout(
                token_ids, self.global_step.value, replica
            )
        with tf.GradientTape() as tape:
            words, sentence = damsm.text_encoder(
                token_ids,
                training=self.finetune_dropout and training,
                keep_mask=keep_mask,
            )
            losses = self.matching_losses(
                batch["images"][-1],
                words,
                sentence,
                batch,
                replica,
                self.damsm_parts,
                self.damsm_gamma1,
                training=training,
            )
            loss = tf.add_n(list(losses.values()))
            scaled = scaled_loss(loss, self.encoder_optimizer)
        if training:
            gradients = tape.gradient(scaled, variables)
            apply_synced(self.encoder_optimizer, gradients, variables, replica)
        return words, sentence, {"encoder_loss": loss}

    def map_shapes(self):
        return [(size, size, 1) for size in self.generator.mask_sizes]

    def generate(self, captions, seed=0, return_masks=False, batch_size=1):
        """Images of sentences.

        Args:
            captions: list of strings, or one string.
            seed: an int, where caption `i` uses `seed + i`; or a list of
                ints, one a caption.
            return_masks: whether the predicted masks come along.
            batch_size: how many images are made at once, see
                `generate_outputs`.

        Returns:
            uint8 array `(captions, size, size, 3)`; with masks a tuple of it
            and a list, one entry a block, of float32 arrays `(captions,
            height, width, 1)` in [0, 1].

        Raises:
            ValueError: seeds and captions differ in number.
        """
        outputs = self.generate_outputs(captions, seed, batch_size)
        if return_masks:
            return outputs["image"], outputs["masks"]
        return outputs["image"]


def checked_parts(parts):
    """The names of matching losses as a tuple.

    Raises:
        ValueError: there is none, or another name.
    """
    parts = tuple(parts)
    if not parts or not set(parts) <= set(_PARTS):
        raise ValueError(
            f"damsm_parts must be some of {_PARTS}. Received: {parts}"
        )
    return parts
