"""DAMSM: the model that matches sentences and images."""

import keras
import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import normalize_image
from tfragan.distribution import apply_synced
from tfragan.distribution import batch_rows
from tfragan.distribution import current_replica
from tfragan.distribution import on_replicas
from tfragan.distribution import replica_uniform
from tfragan.distribution import scaled_loss
from tfragan.losses import cosine_similarity
from tfragan.losses import masked_similarities
from tfragan.losses import matching_losses
from tfragan.losses import paired_word_similarities
from tfragan.losses import sentence_similarities
from tfragan.losses import word_similarities
from tfragan.models.damsm.image_disturbance import disturbed_images
from tfragan.models.damsm.text_encoder import TextEncoder
from tfragan.models.training_model import TrainingModel
from tfragan.models.training_model import unfold_batch
from tfragan.optimizers import Adam

LOSS_TERMS = (
    "damsm_loss",
    "loss/words_image_to_text",
    "loss/words_text_to_image",
    "loss/sentence_image_to_text",
    "loss/sentence_text_to_image",
)

_DROPOUT_STREAM, _DISTURBANCE_STREAM = 1, 2


@keras.saving.register_keras_serializable(package="tfragan")
class DAMSM(TrainingModel):
    """Deep attentional multimodal similarity model.

    A text encoder and an image encoder are trained so that words match the
    regions of their image, and sentences match their image, better than the
    rest of the batch. AttnGAN is conditioned on the text encoder and judged
    by both.

    Args:
        tokenizer: the `CaptionTokenizer` of the captions.
        image_encoder: a layer that gives `(region_features,
            image_embedding)`, such as `SmallImageEncoder`.
        word_dim: width of the word table.
        rnn_type: `"lstm"` or `"gru"`.
        dropout: rate on the word table's output.
        gamma1: sharpness of the attention over regions.
        gamma2: weight of the best matching words.
        gamma3: inverse temperature of the matching.
        mask_same_class: whether other images of the same class are left out
            of the wrong ones.
        forget_bias: added to the forget gates' bias at the start, see
            `TextEncoder`.
        disturb: whether its training, and any training that it guides, shows
            it disturbed images, see `image_disturbance`.
        seed: seed of dropout.

    Call arguments:
        inputs: dict of `images`, a tuple whose last entry has the shape
            `(batch, size, size, 3)`, in [-1, 1], and `token_ids`
            `(batch, words)`; `fit` also reads `class_ids` `(batch,)`.

    Example:

    ```python
    damsm = tfragan.models.DAMSM(
        tokenizer, tfragan.models.SmallImageEncoder(embedding_dim=128)
    )
    damsm.compile()
    damsm.fit(data.batches(48, tokenizer, image_sizes=(64,)), epochs=10,
              steps_per_epoch=data.steps_per_epoch(48))
    ```

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485),
          section 3.2
    """

    config_name = "damsm"
    converter = "tfragan.convert.attngan_weights"
    experiment = "tfragan.cli.families.damsm_experiment:DAMSMExperiment"
    published_config = {
        "batch_size": 48,
        "epochs": 600,
    }
    tiny = {
        "word_dim": 12,
    }
    optimizer_roles = ("matching",)

    def __init__(
        self,
        tokenizer,
        image_encoder,
        word_dim=300,
        rnn_type="lstm",
        dropout=0.5,
        gamma1=4.0,
        gamma2=5.0,
        gamma3=10.0,
        mask_same_class=True,
        forget_bias=0.0,
        disturb=False,
        seed=0,
        **kwargs,
    ):
        super().__init__(LOSS_TERMS, seed, **kwargs)
        self.tokenizer = tokenizer
        self.image_encoder = image_encoder
        self.word_dim = word_dim
        self.rnn_type = rnn_type
        self.dropout = dropout
        self.gamma1 = gamma1
        self.gamma2 = gamma2
        self.gamma3 = gamma3
        self.mask_same_class = mask_same_class
        self.forget_bias = forget_bias
        self.disturb = disturb
        self.embedding_dim = image_encoder.embedding_dim
        self.text_encoder = TextEncoder(
            len(tokenizer.vocabulary),
            self.embedding_dim,
            word_dim,
            rnn_type,
            dropout,
            forget_bias=forget_bias,
            dtype=self.dtype_policy,
            name="text_encoder",
        )
        self.build()

    def build(self, input_shape=None):
        self.text_encoder.build()
        if not self.image_encoder.built:
            self.image_encoder.build((None, None, None, 3))

    def compile(
        self,
        optimizer=None,
        *args,
        clip_norm=0.25,
        learning_rate=None,
        **kwargs,
    ):
        """Sets the optimizer.

        Args:
            optimizer: an optimizer, its name or its config; by default Adam
                with betas 0.5 and 0.999, as published.
            *args: see `TrainingModel.compile`.
            clip_norm: largest global norm of the text encoder's gradients,
                or None.
            learning_rate: of the default optimizer, a float or a schedule.
            **kwargs: see `TrainingModel.compile`.
        """
        if optimizer is None and learning_rate is not None:
            optimizer = self.published_optimizer(
                "matching", learning_rate=learning_rate
            )
        self.clip_norm = clip_norm
        super().compile(optimizer, *args, **kwargs)

    def get_compile_config(self):
        config = super().get_compile_config()
        return {**config, "clip_norm": self.clip_norm} if config else config

    def published_optimizer(self, role, **changes):
        settings = {
            "name": f"{role}_optimizer",
            "learning_rate": 2e-3,
            "beta_1": 0.5,
            "beta_2": 0.999,
            "epsilon": 1e-8,
            # As PyTorch had it when the code was published.
            "epsilon_after_correction": False,
        }
        return Adam(**{**settings, **changes})

    def variables_of(self, role):
        del role
        # The text encoder's come first: they alone are clipped.
        return (
            self.text_encoder.trainable_variables
            + self.image_encoder.trainable_variables
        )

    def call(self, inputs, training=False):
        words, sentence = self.text_encoder(
            inputs["token_ids"], training=training
        )
        regions, image = self.image_encoder(
            inputs["images"][-1], training=training
        )
        return {
            "word_embeddings": words,
            "sentence_embedding": sentence,
            "region_features": regions,
            "image_embedding": image,
        }

    def train_step(self, batch):
        batch = unfold_batch(batch)
        replica = current_replica()
        keep_mask = self.draw_dropout(
            batch["token_ids"], self.global_step.value, replica
        )
        losses = self.update_encoders(batch, keep_mask, replica)
        return self.report_losses(losses, replica)

    def draw_dropout(self, token_ids, step, replica):
        """Which values of the word table a training step keeps.

        Args:
            token_ids: integer ids `(batch, words)`.
            step: scalar integer tensor.
            replica: the `Replica`.

        Returns:
            float32 tensor `(batch, words, word_dim)` of zeros and ones.
        """
        batch, words = tf.unstack(tf.shape(token_ids))
        shape = (batch, words, self.word_dim)
        uniform = replica_uniform(
            shape, self.seed, step, _DROPOUT_STREAM, replica
        )
        return tf.cast(uniform >= self.dropout, tf.float32)

    def update_encoders(self, batch, keep_mask, replica):
        """One update of both encoders.

        Args:
            batch: dict with `images`, `token_ids` and `class_ids`.
            keep_mask: dropout of the word table `(batch, words, word_dim)`,
                1 where a value is kept.
            replica: the `Replica`.

        Returns:
            Dict of loss name to this replica's share.
        """
        optimizer = self.matching_optimizer
        variables = self.variables_of("matching")
        with tf.GradientTape() as tape:
            words, sentence = self.text_encoder(
                batch["token_ids"], training=True, keep_mask=keep_mask
            )
            images = batch["images"][-1]
            if self.disturb:
                images = disturbed_images(
                    images,
                    self.seed,
                    self.global_step.value,
                    _DISTURBANCE_STREAM,
                    replica,
                )
            regions, image = self.image_encoder(images, training=True)
            near_misses = self.encode_near_misses(batch, True, keep_mask)
            losses = self._share_of_losses(
                words, sentence, regions, image, batch, replica, near_misses
            )
            scaled = scaled_loss(losses["damsm_loss"], optimizer)
        apply_synced(
            optimizer,
            tape.gradient(scaled, variables),
            variables,
            replica,
            self.clip_norm,
            len(self.text_encoder.trainable_variables),
        )
        return losses

    def test_step(self, batch):
        batch = unfold_batch(batch)
        outputs = self(batch, training=False)
        replica = current_replica()
        losses = self._share_of_losses(
            outputs["word_embeddings"],
            outputs["sentence_embedding"],
            outputs["region_features"],
            outputs["image_embedding"],
            batch,
            replica,
        )
        measured = self.measure(batch, outputs)
        return {**self.report_test_losses(losses, replica), **measured}

    def matched_embeddings(self, batch, made):
        """Embeddings of images and of their sentences, of a held-out batch.

        Args:
            batch: not used.
            made: what `call` gives of it.

        Returns:
            Two tensors `(batch, dim)`.
        """
        del batch
        return made["image_embedding"], made["sentence_embedding"]

    def encode_near_misses(self, batch, training=False, keep_mask=None):
        """Embeds the captions of a batch that are wrong by a word.

        Args:
            batch: dict with `token_ids` and, if there are any,
                `near_miss_ids`.
            training: whether there is dropout.
            keep_mask: see `update_encoders`.

        Returns:
            None without any, else a dict, with `count` captions an image:
            `words` `(batch, count, words, dim)`, `sentence`
            `(batch, count, dim)`, `token_ids` `(batch, count, words)`, and
            `usable` `(batch, count)`, false where a caption is not another
            one.
        """
        token_ids = batch.get("near_miss_ids")
        if token_ids is None:
            return None
        count = token_ids.shape[1]
        if keep_mask is not None:
            keep_mask = tf.repeat(keep_mask, count, axis=0)
        words, sentence = self.text_encoder(
            tf.reshape(token_ids, (-1, tf.shape(token_ids)[2])),
            training=training,
            keep_mask=keep_mask,
        )
        differ = tf.not_equal(token_ids, batch["token_ids"][:, tf.newaxis])
        return {
            "words": _split_rows(words, count),
            "sentence": _split_rows(sentence, count),
            "token_ids": token_ids,
            "usable": tf.reduce_any(differ, axis=2),
        }

    def _share_of_losses(
        self, words, sentence, regions, image, batch, replica, near_misses=None
    ):
        pairs = self.matching_terms(
            words,
            sentence,
            batch["token_ids"],
            regions,
            image,
            batch["class_ids"],
            replica,
            near_misses=near_misses,
        )
        terms = [replica.share(x) for pair in pairs.values() for x in pair]
        return dict(zip(LOSS_TERMS, [sum(terms), *terms], strict=True))

    def matching_terms(
        self,
        words,
        sentence,
        token_ids,
        regions,
        image,
        class_ids,
        replica,
        parts=("words", "sentence"),
        gamma1=None,
        near_misses=None,
    ):
        """Word and sentence losses over the global batch.

        Every replica compares its own images with all captions; the small
        tables of similarities are then joined.

        Args:
            words: word embeddings `(batch, words, dim)`.
            sentence: sentence embeddings `(batch, dim)`.
            token_ids: integer ids `(batch, words)`.
            regions: region features `(batch, height, width, dim)`.
            image: image embeddings `(batch, dim)`.
            class_ids: integer `(batch,)`.
            replica: the `Replica`.
            parts: which are computed.
            gamma1: sharpness of the attention over regions, by default that
                of this model.
            near_misses: what `encode_near_misses` gave: further wrong
                captions for each image.

        Returns:
            Dict of part to a pair of scalars, image to text and text to
            image.
        """
        words, sentence, regions, image = (
            tf.cast(x, tf.float32) for x in (words, sentence, regions, image)
        )

        gammas = (
            self.gamma1 if gamma1 is None else gamma1,
            self.gamma2,
            self.gamma3,
        )

        def word_table():
            return word_similarities(
                replica.gather(words),
                tf.not_equal(replica.gather(token_ids), 0),
                regions,
                *gammas,
            )

        def sentence_table():
            return sentence_similarities(
                image, replica.gather(sentence), self.gamma3
            )

        tables = {"words": word_table, "sentence": sentence_table}
        ids = replica.gather(class_ids) if self.mask_same_class else None

        def further_wrong(part):
            if near_misses is None:
                return None
            wrong = self._near_similarities(
                part, near_misses, regions, image, gammas
            )
            return replica.gather(wrong)

        return {
            part: matching_losses(
                replica.gather(tables[part]()), ids, further_wrong(part)
            )
            for part in parts
        }

    def _near_similarities(self, part, near_misses, regions, image, gammas):
        """How well each image matches the captions that nearly are its own."""
        words, sentence = (
            tf.cast(near_misses[name], tf.float32)
            for name in ("words", "sentence")
        )
        if part == "sentence":
            image = image[:, tf.newaxis]
            found = gammas[-1] * cosine_similarity(image, sentence)
        else:
            mask = tf.not_equal(near_misses["token_ids"], 0)
            found = paired_word_similarities(words, mask, regions, *gammas)
        return masked_similarities(found, near_misses["usable"])

    def batch_spec(self, batch_size, image_sizes=None, max_words=None):
        """What a training batch looks like.

        Args:
            batch_size: pairs of image and caption.
            image_sizes: sides of the images, by default the one that the
                image encoder takes in.
            max_words: words of a caption, by default the tokenizer's.

        Returns:
            Dict of nested `tf.TensorSpec`.
        """
        words = max_words or self.tokenizer.max_words
        sizes = image_sizes or (self.image_encoder.input_size,)
        return {
            "images": tuple(
                tf.TensorSpec((batch_size, size, size, 3)) for size in sizes
            ),
            "token_ids": tf.TensorSpec((batch_size, words), tf.int32),
            "class_ids": tf.TensorSpec((batch_size,), tf.int32),
        }

    def encode_captions(self, captions, batch_size=64):
        """Sentence embeddings of strings.

        Args:
            captions: list of strings.
            batch_size: how many are encoded at once.

        Returns:
            float32 array of shape `(captions, embedding_dim)`.
        """
        parts = [
            self._encode_tokens(
                self.tokenizer(
                    tf.constant(captions[start : start + batch_size])
                )
            )
            for start in range(0, len(captions), batch_size)
        ]
        return np.concatenate([part.numpy() for part in parts])

    def encode_images(self, images, batch_size=64):
        """Image embeddings of 8-bit images.

        Args:
            images: uint8 array of shape `(images, height, width, 3)`.
            batch_size: how many are encoded at once, on each replica of a
                strategy whose scope this is called in.

        Returns:
            float32 array of shape `(images, embedding_dim)`.
        """
        step = batch_rows(batch_size)
        parts = [
            on_replicas(
                self._encode_pixels,
                [tf.constant(images[start : start + step])],
            )
            for start in range(0, len(images), step)
        ]
        return np.concatenate([part.numpy() for part in parts])

    @tf.function(reduce_retracing=True)
    def _encode_tokens(self, token_ids):
        embedding = self.text_encoder(token_ids, training=False)[1]
        return tf.cast(embedding, tf.float32)

    @tf.function(reduce_retracing=True)
    def _encode_pixels(self, images):
        images = normalize_image(images)
        embedding = self.image_encoder(images, training=False)[1]
        return tf.cast(embedding, tf.float32)

    def preset_parts(self):
        return {
            "text_encoder": self.text_encoder,
            "image_encoder": self.image_encoder,
        }


def _split_rows(rows, count):
    """`(batch * count, ...)` as `(batch, count, ...)`."""
    return tf.reshape(rows, tf.concat([[-1, count], tf.shape(rows)[1:]], 0))
