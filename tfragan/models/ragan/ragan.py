"""RAGAN: images translated as words, labels or other images say."""

import dataclasses
import typing

import keras
import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.distribution import apply_synced
from tfragan.distribution import scale_of
from tfragan.distribution import scaled_loss
from tfragan.losses import absolute_error
from tfragan.losses import adversarial_losses
from tfragan.models.adversarial_model import Fakes
from tfragan.models.damsm.damsm_guided_model import DAMSM_TERMS
from tfragan.models.damsm.damsm_guided_model import DAMSMGuidedModel
from tfragan.models.ragan import ragan_losses
from tfragan.models.ragan.ragan_discriminator import RAGANDiscriminator
from tfragan.models.ragan.ragan_encoders import LabelEncoder
from tfragan.models.ragan.ragan_encoders import ReferenceEncoder
from tfragan.models.ragan.ragan_encoders import sampled_code
from tfragan.models.ragan.ragan_generator import RAGANGenerator
from tfragan.models.ragan.ragan_guidance import DOMAINS
from tfragan.models.ragan.ragan_guidance import Guidance
from tfragan.models.ragan.ragan_guidance import check_image_size
from tfragan.models.ragan.ragan_guidance import draw_noise
from tfragan.models.ragan.ragan_guidance import find_setting
from tfragan.models.ragan.ragan_guidance import grayscale
from tfragan.models.ragan.ragan_guidance import local_guidance
from tfragan.models.ragan.ragan_guidance import scaled_down
from tfragan.models.seeded_noise import seed_list
from tfragan.models.seeded_noise import seeded_noise
from tfragan.models.training_model import needed
from tfragan.models.translation import check_direction
from tfragan.optimizers import Adam

# Embeddings of one caption differ by the rounding of a batch at most.
_SAME_SENTENCE = 1e-4


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What one set of discriminators, one a size, compares.

    Attributes:
        discriminators: list of networks.
        real: list of real images.
        fakes: list of pairs: generated images, a list, and the sentence
            embeddings that they were made with, or None where no
            discriminator looks at these.
        own: sentence embeddings of the real images, or None.
        other: sentence embeddings of other images, or None.
    """

    discriminators: list
    real: list
    fakes: list
    own: tf.Tensor | None = None
    other: tf.Tensor | None = None

    def sizes(self):
        """Each discriminator, its real images and its fakes."""
        for number, discriminator in enumerate(self.discriminators):
            fakes = [
                (images[number], made_by) for images, made_by in self.fakes
            ]
            yield discriminator, self.real[number], fakes


@keras.saving.register_keras_serializable(package="tfragan")
class RAGAN(DAMSMGuidedModel):
    """Residual attention generative adversarial network.

    A generator translates an image as its guidance says, at three sizes, each
    scored by a discriminator. Unsupervised, a photo is edited: what the
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

    In a step the discriminators move first, then the generator and the image
    encoder; then, where there is a random code, the generator alone once
    more, by how well the code is found again in the image. Both gradients of
    the generator are taken at the same weights, before either is applied; the
    published code takes the second one through weights that have half
    changed.

    The guidance that an image is translated by is that of the next image of
    the batch. Where a batch has `near_miss_ids`, every second step takes the
    image's own caption with another word instead: an edit of one thing.

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
        damsm_weight: with guidance by text, weight of the matching losses of
            generated images with the text that they were made by.
        change_mask: whether the generator also says where an image changes,
            and keeps the input elsewhere, see `RAGANGenerator`.
        change_weight: with edits by text, weight of the distance between an
            image and what a caption with another word made of it.
        seed: seed of all random numbers of training.

    Attributes:
        generator: the `RAGANGenerator`.
        encoder: the `ReferenceEncoder`, or None.
        label_encoder: the `LabelEncoder`, or None.
        discriminators: dict of name to `RAGANDiscriminator`; where images go
            both ways, those of domain B, then those of A.

    Call arguments:
        inputs: dict of `inputs` `(batch, height, width, input_channels)` and
            of what guides, see `sample`; or a training batch.

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
    converter = "tfragan.convert.ragan_weights"
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

    zero_gradients = True

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
        damsm_weight=0.0,
        change_mask=False,
        change_weight=0.0,
        seed=0,
        **kwargs,
    ):
        check_image_size(image_size)
        extra = damsm_weight, change_weight
        setting = _checked_setting(supervised, guidance, damsm, labels, *extra)
        sizes = tuple(image_size >> shift for shift in (2, 1, 0))
        terms = _loss_terms(setting, sizes, identity_weight, *extra)
        super().__init__(terms, damsm, seed, **kwargs)
        self.setting, self.image_sizes = setting, sizes
        self.supervised = bool(supervised)
        self.guidance, self.image_size = guidance, image_size
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
        self.code_weight, self.kl_weight = code_weight, kl_weight
        self.damsm_weight, self.change_weight = extra
        self.change_mask = change_mask
        self._make_networks()
        self.build()

    def updates_per_step(self, role):
        twice = role == "generator" and self.encoder is not None
        return 2 if twice else 1

    def _make_networks(self):
        setting = self.setting
        if setting.has_encoder:
            self.optimizer_roles = (*self.optimizer_roles, "encoder")
        kinds = ("lsgan", self.conditional_loss)
        self.adversarial_losses = tuple(map(adversarial_losses, kinds))
        self.label_encoder: typing.Any = None
        if setting.source == "label":
            self.label_encoder = LabelEncoder(
                self.labels, self.embedding_dim, name="label_encoder"
            )
        self.generator = self.make_generator("generator")
        self.encoder: typing.Any = None
        if setting.has_encoder:
            local = setting.source == "image"
            self.encoder = ReferenceEncoder(
                self.embedding_dim if local else self.code_dim,
                local,
                DOMAINS if setting.both_ways else 0,
                self.encoder_width,
                self.encoder_blocks,
                name="encoder",
                **self._options(),
            )
        self.discriminators = self.make_discriminators()

    def make_generator(self, name):
        return RAGANGenerator(
            self.embedding_dim,
            self._appended_code_dim(),
            self.input_channels,
            width=self.generator_width,
            residual_blocks=self.residual_blocks,
            mask_order=self.mask_order,
            change_mask=self.change_mask,
            name=name,
            **self._options(),
        )

    def make_discriminators(self):
        networks = self._discriminators("discriminator")
        if self.setting.both_ways:
            networks |= self._discriminators("second_discriminator")
        return networks

    def _options(self):
        return {
            "normalization": self.normalization,
            "scale_start": self.scale_start,
            "dtype": self.dtype_policy,
        }

    def _appended_code_dim(self):
        dims = {"": 0, "background": self.code_dim, "domain": DOMAINS}
        return dims[self.setting.code]

    def _discriminators(self, name):
        return {
            f"{name}_{size}": RAGANDiscriminator(
                size,
                self.discriminator_width,
                2 if size == self.image_size else 1,
                self.embedding_dim if self.setting.conditional else 0,
                name=f"{name}_{size}",
                **self._options(),
            )
            for size in self.image_sizes
        }

    def discriminators_of(self, domain):
        """The discriminators of a domain, by rising size.

        Args:
            domain: `"b"`; or `"a"`, where images go both ways.

        Returns:
            List of `RAGANDiscriminator`.
        """
        name = {"a": "second_discriminator", "b": "discriminator"}[domain]
        return [self.discriminators[f"{name}_{s}"] for s in self.image_sizes]

    def build(self, input_shape=None):
        for network in self._trained_networks():
            network.build()
        if self.label_encoder is not None:
            self.label_encoder.build()
        self.built = True

    def _trained_networks(self):
        encoder = [] if self.encoder is None else [self.encoder]
        return [self.generator, *encoder, *self.discriminators.values()]

    def variables_of(self, role):
        if role == "encoder":
            return list(self.encoder.trainable_variables)
        return super().variables_of(role)

    def code_shape(self):
        """Shape of the codes of one image, or None without an encoder."""
        if self.encoder is None:
            return None
        if not self.encoder.local:
            return (self.encoder.code_dim,)
        positions = self.encoder.positions(self.image_size)
        return (positions, self.encoder.code_dim)

    def preset_parts(self):
        parts = {network.name: network for network in self._trained_networks()}
        if self.label_encoder is not None:
            parts["label_encoder"] = self.label_encoder
        return {**parts, **self.damsm_parts_of_preset()}

    def published_optimizer(self, role, **changes):
        settings = {
            "name": f"{role}_optimizer",
            "learning_rate": 2e-4,
            "beta_1": 0.5,
            "beta_2": 0.999,
            "epsilon": 1e-8,
            "epsilon_after_correction": False,
        }
        return Adam(**{**settings, **changes})

    def prepare_step(self, batch, replica, training):
        images = self._real_images(batch)
        condition = {
            "images": images,
            "inputs": self._inputs(batch, images),
            "guidance": self.guidance_of(batch),
            "near_miss": self._near_miss(batch, training),
            "noise": self._noise(tf.shape(images[-1])[0], replica, training),
        }
        return condition, {}

    def make_fakes(self, batch, condition, replica, training):
        """See `AdversarialModel`.

        Args:
            batch: not used.
            condition: dict of `images`, a list of real images of rising size,
                where images go both ways those of domain A, then those of B;
                `inputs` `(batch, size, size, input_channels)`; `guidance`,
                their own `Guidance`, or None if an image guides; `near_miss`,
                the `Guidance` that is wrong by a word and which rows are
                edited by it in this step, or None; and `noise`, a `Noise`, or
                None without an encoder.
            replica: the `Replica`.
            training: whether this is a step of training.
        """
        images = condition["images"]
        own, other, losses = self._guide(
            images,
            condition["guidance"],
            condition.get("near_miss"),
            condition["noise"],
            replica,
            training,
        )
        fakes, more = self._make(
            images, condition["inputs"], own, other, replica, training
        )
        losses.update(more)
        losses.update(self._change_losses(images, fakes, condition, replica))
        cost = tf.add_n(list(losses.values()))
        made = [generated for generated, _ in fakes]
        made_by = [guidance for _, guidance in fakes]
        guidance = {"own": own, "other": other, "made_by": made_by}
        return Fakes(made, losses, cost, guidance)

    def discriminator_losses(self, batch, fakes, condition, replica, training):
        comparisons = self._comparisons(condition["images"], fakes)
        # With two sets the published sum has no halves.
        factor = len(comparisons)
        losses = {}
        for comparison in comparisons:
            for discriminator, real, size_fakes in comparison.sizes():
                terms = ragan_losses.discriminator_terms(
                    discriminator,
                    self.adversarial_losses,
                    real,
                    size_fakes,
                    comparison.own,
                    comparison.other,
                    replica,
                    training,
                )
                _add(
                    losses,
                    f"loss/discriminator_{discriminator.image_size}",
                    factor * ragan_losses.mean_of_terms(terms),
                )
        losses["discriminator_loss"] = tf.add_n(list(losses.values()))
        return losses

    def generator_losses(self, batch, fakes, condition, replica, training):
        losses = {}
        for comparison in self._comparisons(condition["images"], fakes):
            for discriminator, _, size_fakes in comparison.sizes():
                terms = ragan_losses.generator_terms(
                    discriminator,
                    self.adversarial_losses,
                    size_fakes,
                    replica,
                    training,
                )
                _add(
                    losses,
                    f"loss/generator_{discriminator.image_size}",
                    ragan_losses.mean_of_terms(terms),
                )
        losses |= self._damsm_losses(fakes, replica, training)
        losses["generator_loss"] = tf.add_n(list(losses.values()))
        return losses

    def _damsm_losses(self, fakes, replica, training):
        """Whether images that others' text made match it, and not their own."""
        if not self.damsm_weight:
            return {}
        own, other = fakes.guidance["own"], fakes.guidance["other"]
        distance = tf.reduce_max(tf.abs(own.sentence - other.sentence), 1)
        losses = self.matching_losses(
            fakes.images[-1][-1],
            other.words,
            other.sentence,
            {
                "token_ids": tf.cast(other.word_mask, tf.int32),
                "class_ids": other.class_ids,
            },
            replica,
            ("words", "sentence"),
            near_misses={
                "words": own.words[:, tf.newaxis],
                "sentence": own.sentence[:, tf.newaxis],
                "token_ids": tf.cast(own.word_mask, tf.int32)[:, tf.newaxis],
                "usable": (distance > _SAME_SENTENCE)[:, tf.newaxis],
            },
            training=training,
        )
        return {name: self.damsm_weight * loss for name, loss in losses.items()}

    def update_generators(
        self, tape, targets, upstream, fakes, condition, replica
    ):
        """See `AdversarialModel`; the encoder and the code's update, too."""
        if self.encoder is None:
            return super().update_generators(
                tape, targets, upstream, fakes, condition, replica
            )
        scale = scale_of(self.generator_optimizer)
        variables = self.variables_of("generator")
        encoder_variables = self.variables_of("encoder")
        last = fakes.images[-1][-1]
        with tf.GradientTape(watch_accessed_variables=False) as code_tape:
            code_tape.watch(last)
            code_loss = self._code_loss(
                last, fakes.guidance["other"], condition["noise"], replica
            )
            scaled = scaled_loss(code_loss, self.generator_optimizer)
        on_last = code_tape.gradient(scaled, last)
        for_code = self.gradients(tape, [last], variables, [on_last])
        gradients = self.gradients(
            tape, targets, variables + encoder_variables, upstream
        )
        count = len(variables)
        apply_synced(
            self.generator_optimizer, gradients[:count], variables, replica
        )
        apply_synced(
            self.encoder_optimizer,
            gradients[count:],
            encoder_variables,
            replica,
            scale=scale,
        )
        apply_synced(
            self.generator_optimizer, for_code, variables, replica, scale=scale
        )
        return {"loss/code": code_loss}

    def _change_losses(self, images, fakes, condition, replica):
        """How far edits by a word are from their images."""
        if not self.change_weight:
            return {}
        made = fakes[0][0][-1]
        if condition.get("near_miss") is None:
            return {"loss/change": tf.zeros(())}
        _, edited = condition["near_miss"]
        changes = tf.reduce_mean(absolute_error(made, images[-1]), (1, 2, 3))
        change = replica.mean(changes * tf.cast(edited, tf.float32))
        return {"loss/change": self.change_weight * change}

    def _guide(self, images, guidance, near_miss, noise, replica, training):
        """The images' own guidance, another one, and what the codes cost."""
        setting = self.setting
        if not setting.has_encoder:
            other = self._other_guidance(guidance, near_miss, replica)
            return guidance, other, {}
        domain = self._target_domains(images[-1])
        own_domain = None if domain is None else 1.0 - domain
        mean, log_variance = self.encoder(
            images[-1], own_domain, training=training
        )
        codes = sampled_code(mean, log_variance, noise.reference)
        if setting.source == "image":
            own = local_guidance(codes, own_domain)
            other = local_guidance(noise.random, domain)
        else:
            own = guidance.with_code(codes)
            other = self._other_guidance(guidance, near_miss, replica)
            other = other.with_code(noise.random)
        divergence = ragan_losses.divergence(mean, log_variance)
        return own, other, {"loss/kl": self.kl_weight * divergence}

    def _other_guidance(self, guidance, near_miss, replica):
        """That of the next image, or in turn the image's own but for a word."""
        other = guidance.of_next_sample(replica)
        if near_miss is None:
            return other
        near, edited = near_miss
        return near.where(edited, other)

    def _near_miss(self, batch, training):
        """Captions that are wrong by a word, and which edit in this step."""
        if self.setting.source != "text":
            return None
        found = self.damsm.encode_near_misses(batch)
        if found is None:
            return None
        sentence, words, token_ids, usable = (
            found[name][:, 0]
            for name in ("sentence", "words", "token_ids", "usable")
        )
        mask = tf.not_equal(token_ids, 0)
        near = Guidance(sentence, words, mask, class_ids=batch["class_ids"])
        odd = self.random_step(training) % 2 == 1
        return near, tf.logical_and(usable, odd)

    def _target_domains(self, images):
        """The domains that images of A, then of B, go to, one-hot."""
        if not self.setting.both_ways:
            return None
        half = tf.shape(images)[0] // 2
        numbers = tf.repeat(tf.constant([0, 1]), [half, half])
        return tf.one_hot(numbers, 2)

    def _make(self, images, inputs, own, other, replica, training):
        """Generated images with their guidance, and what was to be kept."""
        if self.setting.supervised:
            fakes = [
                (self._generated(inputs, guidance, training), guidance)
                for guidance in (own, other)
            ]
            kept = fakes[0][0]
        else:
            fakes = [(self._generated(inputs, other, training), other)]
            kept = self._generated(fakes[0][0][-1], own, training)
        distances = ragan_losses.reconstruction_terms(kept, images, replica)
        weighted = [
            weight * distance
            for weight, distance in zip(
                self.scale_weights, distances, strict=True
            )
        ]
        losses = {
            "loss/reconstruction": self.reconstruction_weight
            * tf.add_n(weighted)
        }
        if self.setting.identity and self.identity_weight:
            same = self._generated(inputs, own, training)[-1]
            losses["loss/identity"] = self.identity_weight * replica.mean(
                absolute_error(same, images[-1])
            )
        return fakes, losses

    def _generated(self, inputs, guidance, training):
        return self.generator(
            inputs,
            guidance.sentence,
            guidance.words,
            guidance.word_mask,
            guidance.code,
            training=training,
        )["images"]

    def _comparisons(self, images, fakes):
        """What each set of discriminators compares."""
        if self.setting.conditional:
            guidance = fakes.guidance
            sentences = [one.sentence for one in guidance["made_by"]]
            return [
                Comparison(
                    self.discriminators_of("b"),
                    images,
                    list(zip(fakes.images, sentences, strict=True)),
                    guidance["own"].sentence,
                    guidance["other"].sentence,
                )
            ]
        if not self.setting.both_ways:
            made = [(part, None) for part in fakes.images]
            return [Comparison(self.discriminators_of("b"), images, made)]
        into_b, into_a = _halves(fakes.images[0])
        from_a, from_b = _halves(images)
        return [
            Comparison(self.discriminators_of("b"), from_b, [(into_b, None)]),
            Comparison(self.discriminators_of("a"), from_a, [(into_a, None)]),
        ]

    def _code_loss(self, images, other, noise, replica, training=True):
        """How far a code is from that of the image made with it."""
        mean, log_variance = self.encoder(
            images, self._target_domains(images), training=training
        )
        if self.setting.source == "image":
            codes = sampled_code(mean, log_variance, noise.generated)
            found, wanted = tf.reduce_mean(codes, 1), other.sentence
        else:
            found, wanted = mean, noise.random
        return self.code_weight * replica.mean(absolute_error(found, wanted))

    def further_losses(self, batch, fakes, condition, replica):
        if self.encoder is None:
            return {}
        loss = self._code_loss(
            fakes.images[-1][-1],
            fakes.guidance["other"],
            condition["noise"],
            replica,
            training=False,
        )
        return {"loss/code": loss}

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
            return Guidance(
                sentence,
                words,
                tf.not_equal(token_ids, 0),
                class_ids=batch.get("class_ids"),
            )
        if self.setting.source == "label":
            words, sentence = self.label_encoder(batch["label_ids"])
            return Guidance(sentence, words)
        return None

    def _noise(self, batch, replica, training):
        shape = self.code_shape()
        if shape is None:
            return None
        domains = DOMAINS if self.setting.both_ways else 1
        step = self.random_step(training)
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
        if self.damsm_weight:
            spec["class_ids"] = tf.TensorSpec((batch_size,), tf.int32)
        if self.setting.source == "label":
            spec["label_ids"] = tf.TensorSpec((batch_size, None), tf.int32)
        return spec

    def call(self, inputs, training=False):
        given = {
            name: inputs[name]
            for name in ("token_ids", "label_ids", "references", "seeds")
            if name in inputs
        }
        if self.setting.both_ways and "inputs" not in inputs:
            images = needed(inputs, "images_a")
            if "images_b" in inputs:
                given.setdefault("references", inputs["images_b"])
        elif "inputs" in inputs:
            images = inputs["inputs"]
        else:
            images = self._inputs(inputs, needed(inputs, "images"))
        if not given.keys() & {"references", "seeds"}:
            given["seeds"] = tf.range(tf.shape(images)[0])
        return self.sample(images, **given)

    def matched_embeddings(self, batch, made):
        embedding, own = super().matched_embeddings(batch, made)
        # What the first images were made with need not be their own caption.
        guidance = made.guidance["made_by"][0]
        return embedding, own if guidance is None else guidance.sentence

    def compared_images(self, batch, made):
        both_ways = self.setting.both_ways
        real = batch["images_b"] if both_ways else batch["images"][-1]
        fake = made.images[0][-1]
        # Where images go both ways, those into domain B come first.
        return real, tf.split(fake, 2)[0] if both_ways else fake

    def sample(
        self,
        inputs,
        token_ids=None,
        label_ids=None,
        references=None,
        seeds=None,
        direction="ab",
        text_encoder=None,
        codes=None,
    ):
        """Translates images in inference mode, in graph ops.

        Args:
            inputs: tensor of shape `(batch, height, width, input_channels)`
                in [-1, 1].
            token_ids: integer tensor `(batch, words)`, for text.
            label_ids: integer tensor `(batch, attributes)`, for labels.
            references: images `(batch, image_size, image_size, 3)` in
                [-1, 1] whose codes are used, where there is an encoder.
            seeds: integer tensor `(batch,)`, for random codes instead.
            direction: `"ab"` or `"ba"`, where images of two domains go both
                ways: references are of the domain that is translated to.
            text_encoder: a `TextEncoder` in place of the DAMSM's.
            codes: what `draw_codes` gave, in place of `seeds`.

        Returns:
            Dict of `image`, float32 `(batch, height, width, 3)` in [-1, 1];
            `images`, the list of all three sizes; `attention_maps`, a list
            of float32 `(batch, height, width, words)`; and with `change_mask`
            `change_masks`, see `RAGANGenerator`.
        """
        guidance = self.guidance_of(
            {"token_ids": token_ids, "label_ids": label_ids}, text_encoder
        )
        if self.encoder is not None:
            domain = self._domain(direction, tf.shape(inputs)[0])
            if references is not None:
                codes, *_ = self.encoder(references, domain, training=False)
            elif codes is None:
                codes = self.draw_codes(seeds)
            if guidance is None:
                guidance = local_guidance(codes, domain)
            else:
                guidance = guidance.with_code(codes)
        outputs = self.generator(
            inputs,
            guidance.sentence,
            guidance.words,
            guidance.word_mask,
            guidance.code,
            training=False,
            mask_order="correct",
        )
        return {**outputs, "image": outputs["images"][-1]}

    def _domain(self, direction, batch):
        check_direction(direction)
        if not self.setting.both_ways:
            return None
        numbers = tf.fill((batch,), ["ab", "ba"].index(direction))
        return tf.one_hot(numbers, 2)

    def draw_codes(self, seeds):
        """Random codes.

        Args:
            seeds: integer tensor of shape `(batch,)`.

        Returns:
            float32 tensor `(batch, ...)`: each row is of its seed alone.
        """
        shape = self.code_shape()
        flat = seeded_noise(seeds, int(np.prod(shape)))
        return tf.reshape(flat, (-1, *shape))

    def translate(
        self,
        images,
        captions=None,
        label_ids=None,
        references=None,
        seed=0,
        direction="ab",
        batch_size=1,
    ):
        """Translates images as captions, labels or references say.

        Args:
            images: uint8 array `(n, height, width, 3)` or, for a gray input,
                with one channel too. Height and width are multiples of 4.
            captions: list of strings, one an image, for guidance by text.
            label_ids: list of lists of label ids, one an image, for guidance
                by labels.
            references: uint8 array `(n, image_size, image_size, 3)`: images
                that are the guidance or that give the background; None for a
                random one.
            seed: an int, where image `i` uses `seed + i`; or a list of ints,
                one an image: of random codes.
            direction: `"ab"` or `"ba"`, where images go both ways.
            batch_size: how many are translated at once, see
                `translate_images`.

        Returns:
            Dict of `image`, uint8 `(n, height, width, 3)`; `images`, a list
            of the three sizes, uint8; `attention_maps`, a list of float32
            arrays `(n, height, width, words)` at 1/4 and 1/2 of the size; and
            with `change_mask` `change_masks`, `(n, height, width, 1)` each.

        Raises:
            ValueError: the images or the guidance are not as described.
            NotFiniteError: the weights give NaN instead of colors.
        """
        images = self._checked_images(images)
        given = self._checked_guidance(
            len(images), captions, label_ids, references, seed
        )
        parts = []
        for start in range(0, len(images), batch_size):
            rows = slice(start, start + batch_size)
            part = {name: value[rows] for name, value in given.items()}
            outputs = self._translate(images[rows], part, direction)
            parts.append(
                {
                    "image": to_uint8(outputs["image"]),
                    "images": [*map(to_uint8, outputs["images"])],
                    **{
                        name: outputs[name]
                        for name in ("attention_maps", "change_masks")
                        if name in outputs
                    },
                }
            )
        return tf.nest.map_structure(
            lambda *values: np.concatenate(values), *parts
        )

    def _checked_images(self, images):
        images = np.asarray(images)
        channels = {self.input_channels, 3}
        if (
            images.dtype != np.uint8
            or images.ndim != 4
            or images.shape[-1] not in channels
            or not len(images)
        ):
            numbers = " or ".join(str(count) for count in sorted(channels))
            raise ValueError(
                "images must be uint8 of shape (n, height, width, channels) "
                f"with {numbers} channels. Received: {images.dtype} of shape "
                f"{images.shape}"
            )
        return images

    def _checked_guidance(self, count, captions, label_ids, references, seed):
        given = {}
        if self.setting.source == "text":
            given["token_ids"] = self._token_ids(captions, count)
        if self.setting.source == "label":
            given["label_ids"] = self._label_ids(label_ids, count)
        if self.encoder is None:
            return given
        if references is None:
            given["seeds"] = np.asarray(seed_list(seed, count), np.int32)
            return given
        references = np.asarray(references)
        shape = (count, self.image_size, self.image_size, 3)
        if references.dtype != np.uint8 or references.shape != shape:
            raise ValueError(
                f"references must be uint8 of shape {shape}. Received: "
                f"{references.dtype} of shape {references.shape}"
            )
        return {**given, "references": references}

    def _token_ids(self, captions, count):
        captions = [captions] if isinstance(captions, str) else captions
        if captions is None or len(captions) != count:
            raise ValueError(
                f"There must be one caption an image, {count}. Received: "
                f"captions={captions!r}"
            )
        token_ids = self.tokenizer(tf.constant(list(captions))).numpy()
        for caption, row in zip(captions, token_ids, strict=True):
            if not row.any():
                raise ValueError(
                    "A caption must hold a word of the vocabulary. Received: "
                    f"{caption!r}"
                )
        self.tokenizer.warn(captions)
        return token_ids

    def _label_ids(self, label_ids, count):
        ids = np.asarray([] if label_ids is None else label_ids)
        good = ids.ndim == 2 and len(ids) == count and ids.dtype.kind in "iu"
        if not good or ids.min() < 0 or ids.max() >= self.labels:
            raise ValueError(
                f"label_ids must be {count} lists of ids from 0 to "
                f"{self.labels - 1}. Received: label_ids={label_ids!r}"
            )
        return ids.astype(np.int32)

    @tf.function(reduce_retracing=True)
    def _translate(self, images, given, direction):
        images = normalize_image(images)
        if images.shape[-1] != self.input_channels:
            images = grayscale(images)
        given = dict(given)
        if "references" in given:
            given["references"] = normalize_image(given["references"])
        return self.sample(images, direction=direction, **given)


def _checked_setting(
    supervised, guidance, damsm, labels, damsm_weight, change_weight
):
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
    if damsm_weight and setting.source != "text":
        raise ValueError(
            "damsm_weight is of guidance by text. Received: "
            f"guidance={guidance!r}, damsm_weight={damsm_weight}"
        )
    if change_weight and (setting.source != "text" or supervised):
        raise ValueError(
            "change_weight is of edits by text, without targets. Received: "
            f"supervised={supervised}, guidance={guidance!r}, "
            f"change_weight={change_weight}"
        )
    return setting


def _loss_terms(setting, sizes, identity_weight, damsm_weight, change_weight):
    identity = setting.identity and identity_weight
    encoder = ("loss/kl", "loss/code") if setting.has_encoder else ()
    return (
        "generator_loss",
        "discriminator_loss",
        *(f"loss/generator_{size}" for size in sizes),
        *(f"loss/discriminator_{size}" for size in sizes),
        "loss/reconstruction",
        *(("loss/identity",) if identity else ()),
        *(("loss/change",) if change_weight else ()),
        *(DAMSM_TERMS if damsm_weight else ()),
        *encoder,
    )


def _halves(images):
    """The first and the second half of the batch, at all sizes."""
    pairs = [tf.split(size, 2) for size in images]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _add(losses, name, value):
    losses[name] = losses[name] + value if name in losses else value
