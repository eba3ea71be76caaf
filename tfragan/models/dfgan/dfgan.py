"""DF-GAN: sentence to image in one stage, the baseline of SSA-GAN."""

import keras

from tfragan.models.dfgan.dfgan_generator import DFGANGenerator
from tfragan.models.dfgan.dfgan_layers import get_version
from tfragan.models.text_to_image.one_stage_model import OneStageModel


@keras.saving.register_keras_serializable(package="tfragan")
class DFGAN(OneStageModel):
    """Deep fusion generative adversarial network.

    Args:
        damsm: a trained `DAMSM`; its encoders stay as they are, and only its
            text encoder is used.
        image_size: height and width of the images: a power of two, 64, 128 or
            256 as published; it sets the number of blocks.
        version: `"2022"` or `"2020"`, the published programs.
        generator_width: channels of the generator's last block.
        discriminator_width: channels after the discriminator's first layer.
        noise_dim: width of the noise.
        penalty_weight: weight of the gradient penalty; 0 leaves it out.
        penalty_power: even exponent of the slope in it.
        penalty_every: in which steps there is a penalty, see `SSAGAN`.
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
        seed: seed of the noise.

    Call arguments:
        inputs: dict of `token_ids` and `seeds`, see `TextToImageModel`.

    Reference:
        - [Tao et al., 2020](https://arxiv.org/abs/2008.05865)
    """

    config_name = "dfgan"
    converter = "tfragan.convert.one_stage_weights"
    published_config = {
        "batch_size": 32,
        "epochs": 1300,
        "optimizer.generator_learning_rate": 0.0001,
        "optimizer.discriminator_learning_rate": 0.0004,
    }
    tiny = {
        "image_size": 32,
        "generator_width": 4,
        "discriminator_width": 4,
        "noise_dim": 8,
    }

    def __init__(
        self,
        damsm,
        image_size=256,
        version="2022",
        generator_width=32,
        discriminator_width=32,
        noise_dim=100,
        penalty_weight=2.0,
        penalty_power=6,
        penalty_every=1,
        penalty_of_sentences=True,
        projected=False,
        start="published",
        augment="",
        seed=0,
        **kwargs,
    ):
        super().__init__(damsm, image_size, noise_dim, seed, **kwargs)
        choices = get_version(version)
        self.version = version
        self.generator_width = generator_width
        self.discriminator_width = discriminator_width
        self.penalty_weight = penalty_weight
        self.penalty_power = penalty_power
        self.penalty_every = penalty_every
        self.penalty_of_sentences = penalty_of_sentences
        self.projected = projected
        self.start = start
        self.augment = augment
        self.widest = choices.widest
        self.wrong_pairs = choices.wrong_pairs
        self.joint_penalty = choices.joint_penalty
        self._finish()

    def make_generator(self, name):
        return DFGANGenerator(
            self.image_size,
            self.damsm.embedding_dim,
            self.generator_width,
            self.noise_dim,
            self.version,
            self.start,
            dtype=self.dtype_policy,
            name=name,
        )

    def generate(self, captions, seed=0, truncation=None, batch_size=1):
        """Images of sentences.

        Args:
            captions: list of strings, or one string.
            seed: an int, where caption `i` uses `seed + i`; or a list of
                ints, one a caption.
            truncation: a factor of noise that is drawn within two standard
                deviations only, 0.88 as the version of 2022 is evaluated; by
                default all noise is drawn as in training.
            batch_size: how many images are made at once, see
                `generate_outputs`.

        Returns:
            uint8 array `(captions, size, size, 3)`.

        Raises:
            ValueError: seeds and captions differ in number.
        """
        outputs = self.generate_outputs(
            captions, seed, batch_size, truncation=truncation
        )
        return outputs["image"]
