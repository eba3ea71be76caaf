"""RAGAN: images translated as words, labels or other images say."""

import keras
import tensorflow as tf

from tfragan.distribution import current_replica
from tfragan.losses import adversarial_losses
from tfragan.models.damsm.damsm_owner import DAMSMOwner
from tfragan.models.ragan.guidance import Guidance
from tfragan.models.ragan.ragan_images import check_image_size
from tfragan.models.ragan.ragan_images import grayscale
from tfragan.models.ragan.ragan_images import scaled_down
from tfragan.models.ragan.ragan_networks import DOMAINS
from tfragan.models.ragan.ragan_networks import RAGANNetworks
from tfragan.models.ragan.ragan_noise import draw_noise
from tfragan.models.ragan.ragan_settings import find_setting
from tfragan.models.ragan.ragan_translation import RAGANTranslation
from tfragan.models.ragan.ragan_update import RAGANUpdate
from tfragan.models.training_model import TrainingModel
from tfragan.models.training_model import unfold_batch
from tfragan.optimizers import Adam


@keras.saving.register_keras_serializable(package="tfragan")
class RAGAN(
    DAMSMOwner, RAGANNetworks, RAGANTranslation, RAGANUpdate, TrainingModel
):
    """Residual attention generative adversarial network.

    A generator translates an image as its guidance says, at three sizes, each
    judged by a discriminator. Unsupervised, a photo is edited: what the
    guidance of another image changes, its own has to change back. Supervised,
    there is a target for every input, by default the photo itself in color.

    | supervised | guidance | the batch has, beside `images` |
    | --- | --- | --- |
    | no | `text` | `token_ids` |
    | no | `label` | `label_ids` |
    | no | `image` | `images_a` and `images_b` instead |
    | yes | `text`, `image_text` | `token_ids` |
    | yes | `label`, `image_label` | `label_ids` |
    | yes | `image` | |

    `images` are the photos or targets at 1/4, 1/2 and all of `image_size`.
    Supervised, `inputs` may be there too; otherwise the target in gray is
    the input. With `image_text` and `image_label` a code of the target is
    appended to the guidance, so that the background can be had from any
    image, or at random.

    Args:
        damsm: a trained `DAMSM`, whose text encoder reads the text and stays
            as it is; None for other guidance.
        supervised: whether there is a target image for every input.
        guidance: see above.
        image_size: height and width of the training images in pixels, a
            multiple of 4 from 24 on.
        labels: number of labels, for guidance by labels.
        embedding_dim: width of the guidance; of text that of the DAMSM.
        code_dim: width of the code of `image_text` and `image_label`.
        input_channels: channels of the input, 1 for gray.
        generator_width: channels of the generator's first layer.
        discriminator_width: channels of the discriminators' first layers.
        encoder_width: channels of the image encoder's first layer.
        encoder_blocks: how often the image encoder halves an image; what is
            left are the positions that guide in place of words.
        residual_blocks: residual blocks of the generator's coarse stage.
        normalization: `"instance"` as published, or `"batch"`.
        scale_start: how normalization scales start: `"uniform"` between 0 and
            1 as published, or at `"ones"`.
        mask_order: `"correct"`, or `"published"` for the word mask in
            training as the published code tiles it, see
            `WordContextAttention`.
        conditional_loss: of the logits together with a sentence: `"gan"` as
            published, or `"lsgan"`.
        reconstruction_weight: weight of the distance to the target, or to the
            photo there and back.
        scale_weights: weights of the three sizes in it.
        identity_weight: weight of the distance of a photo under its own text,
            with guidance by text alone; 0 leaves it out.
        code_weight: weight of codes found again in generated images.
        kl_weight: weight of the divergence of codes.
        seed: seed of all random numbers of training.

    Call arguments:
        inputs: dict of `inputs` `(batch, height, width, input_channels)` and
            of what guides, see `sample`.

    Raises:
        ValueError: for guidance that does not exist, or that lacks its DAMSM
            or its number of labels.

    Example:

    ```python
    model = tfragan.models.RAGAN(damsm, image_size=128)
    model.compile()
    model.fit(data.batches(8, model.tokenizer, model.image_sizes), epochs=9,
              steps_per_epoch=data.steps_per_epoch(8))
    edited = model.translate(photos, ["this bird is red with black wings"])
    ```

    Reference:
        - Yu, 2018, RAGAN, published code
        - [Yu et al., 2018, Central Biasing Normalization](
          https://arxiv.org/abs/1806.10050)
    """

    config_name = "ragan"
    experiment = "tfragan.cli.families.ragan_experiment:RAGANExperiment"
    serving = "tfragan.export.ragan_serving:RAGANServing"
    published_config = {
        "batch_size": 8,
        "epochs": 200,
    }
    tiny = {
        "image_size": 32,
        "embedding_dim": 8,
        "code_dim": 3,
        "generator_width": 4,
        "discriminator_width": 4,
        "encoder_width": 4,
        "encoder_blocks": 3,
        "residual_blocks": 1,
    }

    def __init__(
        self,
        damsm=None,
        supervised=False,
        guidance="text",
        image_size=256,
        labels=0,
        embedding_dim=256,
        code_dim=8,
        input_channels=None,
        generator_width=32,
        discriminator_width=64,
        encoder_width=64,
        encoder_blocks=6,
        residual_blocks=4,
        normalization="instance",
        scale_start="uniform",
        mask_order="correct",
        conditional_loss="gan",
        reconstruction_weight=10.0,
        scale_weights=(0.33, 0.67, 1.0),
        identity_weight=10.0,
        code_weight=0.5,
        kl_weight=0.01,
        seed=0,
        **kwargs,
    ):
        check_image_size(image_size)
        setting = _checked_setting(supervised, guidance, damsm, labels)
        sizes = tuple(image_size >> shift for shift in (2, 1, 0))
        terms = _loss_terms(setting, sizes, identity_weight)
        super().__init__(terms, seed, **kwargs)
        self.setting, self.image_sizes = setting, sizes
        self.damsm = damsm
        self.supervised = bool(supervised)
        self.guidance = guidance
        self.image_size = image_size
        self.labels = labels
        self.embedding_dim = damsm.embedding_dim if damsm else embedding_dim
        self.code_dim = code_dim
        self.input_channels = input_channels or (1 if supervised else 3)
        self.generator_width = generator_width
        self.discriminator_width = discriminator_width
        self.encoder_width = encoder_width
        self.encoder_blocks = encoder_blocks
        self.residual_blocks = residual_blocks
        self.normalization = normalization
        self.scale_start = scale_start
        self.mask_order = mask_order
        self.conditional_loss = conditional_loss
        self.reconstruction_weight = reconstruction_weight
        self.scale_weights = tuple(scale_weights)
        self.identity_weight = identity_weight
        self.code_weight = code_weight
        self.kl_weight = kl_weight
        kinds = ("lsgan", conditional_loss)
        self.adversarial_losses = tuple(map(adversarial_losses, kinds))
        self.make_networks()
        self.build()

    @property
    def optimizer_names(self):
        """Names of the optimizers; that of the encoder where there is one."""
        encoder = () if self.encoder is None else ("encoder_optimizer",)
        return ("generator_optimizer", "discriminator_optimizer", *encoder)

    @property
    def generator_updates(self):
        """How often the generator's optimizer moves in a training step."""
        return 1 if self.encoder is None else 2

    def published_optimizer(self, learning_rate=2e-4):
        """A new optimizer as the published code sets it.

        Args:
            learning_rate: a float or a schedule.

        Returns:
            A Keras optimizer.
        """
        return Adam(
            learning_rate,
            beta_1=0.5,
            beta_2=0.999,
            epsilon=1e-8,
            epsilon_after_correction=False,
        )

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        encoder_optimizer=None,
        **kwargs,
    ):
        """Sets the optimizers.

        Args:
            generator_optimizer: by default as published. It moves
                `generator_updates` times in a step.
            discriminator_optimizer: one for all discriminators, by default
                the same.
            encoder_optimizer: that of the image encoder, where there is one,
                by default the same.
            **kwargs: see `TrainingModel.compile`.
        """
        super().compile(**kwargs)
        given = {
            "generator_optimizer": generator_optimizer,
            "discriminator_optimizer": discriminator_optimizer,
            "encoder_optimizer": encoder_optimizer,
        }
        variables = {
            "generator_optimizer": self.generator.trainable_variables,
            "discriminator_optimizer": self.discriminator_variables(),
            "encoder_optimizer": self.encoder_variables(),
        }
        for name in self.optimizer_names:
            optimizer = given[name] or self.published_optimizer()
            optimizer.build(variables[name])
            setattr(self, name, optimizer)

    def train_step(self, batch):
        batch = unfold_batch(batch)
        replica = current_replica()
        images = self._real_images(batch)
        losses = self.update_networks(
            images,
            self._inputs(batch, images),
            self.guidance_of(batch),
            self._noise(tf.shape(images[-1])[0], replica),
            replica,
        )
        return self.report_losses(losses, replica)

    def _real_images(self, batch):
        if not self.setting.both_ways:
            return list(batch["images"])
        images = tf.concat([batch["images_a"], batch["images_b"]], 0)
        return scaled_down(images, self.image_sizes)

    def _inputs(self, batch, images):
        if "inputs" in batch:
            return batch["inputs"]
        if self.input_channels == 1:
            return grayscale(images[-1])
        return images[-1]

    def guidance_of(self, batch, text_encoder=None):
        """The guidance by text or labels.

        Args:
            batch: dict with `token_ids` or `label_ids`.
            text_encoder: a `TextEncoder` in place of the DAMSM's.

        Returns:
            A `Guidance`, or None where images guide.
        """
        if self.setting.source == "text":
            token_ids = batch["token_ids"]
            text_encoder = text_encoder or self.damsm.text_encoder
            words, sentence = text_encoder(token_ids, training=False)
            return Guidance(sentence, words, tf.not_equal(token_ids, 0))
        if self.setting.source == "label":
            words, sentence = self.label_encoder(batch["label_ids"])
            return Guidance(sentence, words)
        return None

    def _noise(self, batch, replica):
        shape = self.code_shape()
        if shape is None:
            return None
        domains = DOMAINS if self.setting.both_ways else 1
        step = self.global_step.value
        return draw_noise(shape, batch, domains, self.seed, step, replica)

    def batch_spec(self, batch_size, max_words=None):
        """What a training batch looks like.

        Args:
            batch_size: number of images.
            max_words: words of a caption; by default the tokenizer's.

        Returns:
            Dict of `tf.TensorSpec`, nested.
        """
        if self.setting.both_ways:
            shape = (batch_size, self.image_size, self.image_size, 3)
            return {
                name: tf.TensorSpec(shape, tf.float32, name)
                for name in ("images_a", "images_b")
            }
        spec = {
            "images": tuple(
                tf.TensorSpec((batch_size, size, size, 3), tf.float32)
                for size in self.image_sizes
            )
        }
        if self.setting.source == "text":
            words = max_words or self.tokenizer.max_words
            spec["token_ids"] = tf.TensorSpec((batch_size, words), tf.int32)
        if self.setting.source == "label":
            spec["label_ids"] = tf.TensorSpec((batch_size, None), tf.int32)
        return spec

    def checkpoint_items(self):
        return {**super().checkpoint_items(), **self.preset_parts()}

    def get_preset_config(self):
        config = super().get_preset_config()
        config.update(
            {
                "supervised": self.supervised,
                "guidance": self.guidance,
                "image_size": self.image_size,
                "labels": self.labels,
                "embedding_dim": self.embedding_dim,
                "code_dim": self.code_dim,
                "input_channels": self.input_channels,
                "generator_width": self.generator_width,
                "discriminator_width": self.discriminator_width,
                "encoder_width": self.encoder_width,
                "encoder_blocks": self.encoder_blocks,
                "residual_blocks": self.residual_blocks,
                "normalization": self.normalization,
                "scale_start": self.scale_start,
                "mask_order": self.mask_order,
                "conditional_loss": self.conditional_loss,
                "reconstruction_weight": self.reconstruction_weight,
                "scale_weights": self.scale_weights,
                "identity_weight": self.identity_weight,
                "code_weight": self.code_weight,
                "kl_weight": self.kl_weight,
            }
        )
        return config


def _checked_setting(supervised, guidance, damsm, labels):
    setting = find_setting(supervised, guidance)
    if (setting.source == "text") != (damsm is not None):
        raise ValueError(
            "Guidance by text takes a DAMSM, and other guidance takes none. "
            f"Received: damsm={damsm}"
        )
    if (setting.source == "label") != (labels > 0):
        raise ValueError(
            "Guidance by labels takes the number of labels, and other "
            f"guidance takes none. Received: labels={labels}"
        )
    return setting


def _loss_terms(setting, sizes, identity_weight):
    identity = setting.identity and identity_weight
    encoder = ("loss/kl", "loss/code") if setting.has_encoder else ()
    return (
        "generator_loss",
        "discriminator_loss",
        *(f"loss/generator_{size}" for size in sizes),
        *(f"loss/discriminator_{size}" for size in sizes),
        "loss/reconstruction",
        *(("loss/identity",) if identity else ()),
        *encoder,
    )
