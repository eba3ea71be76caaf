"""R-precision while training: on held-out pairs, or on generated images."""

import numpy as np
import tensorflow as tf

from tfragan.callbacks.periodic_evaluation import PeriodicEvaluation
from tfragan.metrics.frechet_distance import frechet_distance
from tfragan.metrics.r_precision import r_precision


class RPrecisionEvaluation(PeriodicEvaluation):
    """Measures R-precision and writes it beside its chance level.

    The keys are `r_precision`, `r_precision_std` and `r_precision_chance`.
    A subclass says what is embedded.

    Args:
        writer: the run's `MetricsWriter`.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.
        candidates: captions ranked for each image.
        seed: seeds the draw of the captions, the same each time.
    """

    def __init__(
        self,
        writer,
        every_epochs=1,
        every_steps=None,
        candidates=100,
        seed=0,
    ):
        super().__init__(writer, every_epochs, every_steps)
        self.candidates = candidates
        self.seed = seed

    def embeddings(self):
        """What is compared.

        Returns:
            Image embeddings (n, dim), sentence embeddings (n, dim) in the
            same order, and class ids (n,): sentences of one class are never
            compared.
        """
        raise NotImplementedError

    def measure(self):
        """Measures now.

        Returns:
            An `RPrecision`.
        """
        images, sentences, class_ids = self.embeddings()
        return r_precision(
            images,
            sentences,
            candidates=self.candidates,
            class_ids=class_ids,
            seed=self.seed,
        )

    def measured_values(self):
        """Rate, spread and chance level now."""
        result = self.measure()
        return {
            "r_precision": result.rate,
            "r_precision_std": result.std,
            "r_precision_chance": result.chance,
        }


class PairsRPrecision(RPrecisionEvaluation):
    """R-precision of a DAMSM on held-out pairs of image and caption.

    Equal captions are never compared.

    Args:
        writer: the run's `MetricsWriter`.
        batches: function without arguments that returns the held-out pairs
            as a `tf.data.Dataset` of batches, one pass in a fixed order; called
            once.
        other_classes_only: whether to compare with captions of other classes
            only, by the batches' `class_ids`.
        **kwargs: see `RPrecisionEvaluation`.
    """

    def __init__(self, writer, batches, other_classes_only=False, **kwargs):
        super().__init__(writer, **kwargs)
        self.batches_of_pairs = batches
        self.other_classes_only = other_classes_only
        self._pairs = None
        self._encoder = None

    def set_model(self, model):
        """Forgets the encoders of another model."""
        super().set_model(model)
        self._encoder = None

    def embeddings(self):
        """Embeds the held-out pairs with the model's two encoders."""
        if self._encoder is None:
            self._encoder = tf.function(self._encode, reduce_retracing=True)
        if self._pairs is None:
            self._pairs = self.batches_of_pairs()
        images, sentences, token_ids, class_ids = [], [], [], []
        for batch in self._pairs:
            image, sentence = self._encoder(
                batch["images"][-1], batch["token_ids"]
            )
            images.append(image.numpy())
            sentences.append(sentence.numpy())
            token_ids.append(batch["token_ids"].numpy())
            class_ids.append(batch["class_ids"].numpy())
        if not images:
            raise ValueError(
                "There are no held-out pairs to measure R-precision on"
            )
        classes = np.concatenate(class_ids)
        if not self.other_classes_only:
            _, classes = np.unique(
                np.concatenate(token_ids), axis=0, return_inverse=True
            )
        return (
            np.concatenate(images),
            np.concatenate(sentences),
            classes.reshape(-1),
        )

    def _encode(self, images, token_ids):
        _, image = self.model.image_encoder(images, training=False)
        _, sentence = self.model.text_encoder(token_ids, training=False)
        return tf.cast(image, tf.float32), tf.cast(sentence, tf.float32)


class GeneratedRPrecision(RPrecisionEvaluation):
    """R-precision of images generated from held-out captions.

    The images are embedded by the DAMSM that the generator was trained with,
    as in the paper. Equal captions are never compared. With real images, the
    Frechet distance to them is measured too, on the same embeddings, under
    `damsm_frechet_distance`; and a run begins with a measurement of the
    untrained generator.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        class_ids: optional (captions,) ids; captions of one class are not
            compared.
        generator_seed: seed of the images; caption i gets this plus i.
        batch_size: images generated at once.
        real_images: function without arguments to an iterable of uint8 arrays
            `(batch, height, width, 3)`, or None; called once.
        **kwargs: see `RPrecisionEvaluation`.
    """

    def __init__(
        self,
        writer,
        captions,
        class_ids=None,
        generator_seed=0,
        batch_size=32,
        real_images=None,
        **kwargs,
    ):
        super().__init__(writer, **kwargs)
        self.real_images = real_images
        self._real = None
        self._generated = None
        self.captions = list(captions)
        self.class_ids = class_ids
        self.generator_seed = generator_seed
        self.batch_size = batch_size

    def embeddings(self):
        """Generates, and embeds with the model's DAMSM."""
        damsm = self.model.damsm
        images = []
        for start in range(0, len(self.captions), self.batch_size):
            some = self.captions[start : start + self.batch_size]
            generated = self.model.generate(
                some,
                seed=self.generator_seed + start,
                batch_size=len(some),
            )
            images.append(damsm.encode_images(generated))
        class_ids = self.class_ids
        if class_ids is None:
            _, class_ids = np.unique(self.captions, return_inverse=True)
        sentences = damsm.encode_captions(self.captions)
        self._generated = np.concatenate(images)
        return self._generated, sentences, class_ids

    def on_train_begin(self, logs=None):
        """Measures before the first step of a run."""
        super().on_train_begin(logs)
        if self.real_images is not None and self.read_step() == 0:
            self.write_measured(0)

    def measured_values(self):
        """As of the base class, with any distance to real images."""
        values = super().measured_values()
        if self.real_images is not None:
            values["damsm_frechet_distance"] = frechet_distance(
                self._generated, self._embedded_real_images()
            )
        return values

    def _embedded_real_images(self):
        if self._real is None:
            encode = self.model.damsm.encode_images
            self._real = np.concatenate(
                [encode(images) for images in self.real_images()]
            )
        return self._real
