"""What is measured while a model of captions or of two domains learns."""

import functools
import logging

import numpy as np
import tensorflow as tf

from tfragan.callbacks.periodic import PeriodicEvaluation
from tfragan.data.near_misses import NearMisses
from tfragan.losses.matching import cosine_similarity
from tfragan.metrics.domain_features import domain_features
from tfragan.metrics.frechet_distance import frechet_distance
from tfragan.metrics.image_features import distance_name
from tfragan.metrics.image_features import image_features
from tfragan.metrics.kernel_distance import MINIMUM_IMAGES
from tfragan.metrics.kernel_distance import kernel_distance
from tfragan.metrics.r_precision import caption_classes
from tfragan.metrics.r_precision import mismatch_obstacle
from tfragan.metrics.r_precision import r_precision

# Each replaces another word of each caption.
_DRAWS_OF_MISSES = 8


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
            same order, and class ids as of `caption_classes`: sentences of
            one class, and equal ones, are never compared.
        """
        raise NotImplementedError

    def obstacle(self):
        """Why there is no R-precision of this data, text; or None."""
        return None

    def left_out(self):
        """R-precision, where no two captions differ."""
        reason = self.obstacle()
        if reason is None:
            return []
        return [f"R-precision is left out: of what is held out, {reason}."]

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
        """Rate, spread and chance level now, {} where there are none."""
        if self.obstacle() is not None:
            return {}
        result = self.measure()
        return {
            "r_precision": result.rate,
            "r_precision_std": result.std,
            "r_precision_chance": result.chance,
        }


class PairsRPrecision(RPrecisionEvaluation):
    """R-precision of a DAMSM on held-out pairs of image and caption.

    Captions of one class, and equal ones, are never compared. R-precision
    knows little of small things, which tell few captions apart: with
    `near_misses`, `near_miss_accuracy` is how often an image is closer to its
    caption than to one that is wrong by a word.

    Args:
        writer: the run's `MetricsWriter`.
        batches: function without arguments that returns the held-out pairs
            as a `tf.data.Dataset` of batches, one pass in a fixed order; called
            once.
        captions: the captions of the pairs, list of str, to see before
            training whether they differ; or None.
        class_ids: the classes of their images; or None.
        near_misses: whether captions that are wrong by a word are measured,
            see `tfragan.data.near_misses`.
        **kwargs: see `RPrecisionEvaluation`.
    """

    def __init__(
        self,
        writer,
        batches,
        captions=None,
        class_ids=None,
        near_misses=False,
        **kwargs,
    ):
        super().__init__(writer, **kwargs)
        self.near_misses = near_misses
        self.batches_of_pairs = batches
        self.captions = captions
        self.class_ids = class_ids
        self._pairs = None
        self._encoder = None
        self._embedded: list = []

    def set_model(self, model):
        """Forgets the encoders of another model."""
        super().set_model(model)
        self._encoder = None

    def obstacle(self):
        """As of the base class."""
        if self.captions is None:
            return None
        rows = self.model.tokenizer(self.captions).numpy()
        return mismatch_obstacle(_as_texts(rows), self.class_ids)

    def embeddings(self):
        """Embeds the held-out pairs with the model's two encoders."""
        if self._encoder is None:
            self._encoder = tf.function(self._encode, reduce_retracing=True)
        if self._pairs is None:
            self._pairs = self.batches_of_pairs()
        images, sentences, token_ids = [], [], []
        for batch in self._pairs:
            image, sentence = self._encoder(
                batch["images"][-1], batch["token_ids"]
            )
            images.append(image.numpy())
            sentences.append(sentence.numpy())
            token_ids.append(batch["token_ids"].numpy())
        if not images:
            raise ValueError(
                "There are no held-out pairs to measure R-precision on"
            )
        images, sentences, token_ids = self._embedded = [
            np.concatenate(parts) for parts in (images, sentences, token_ids)
        ]
        classes = caption_classes(_as_texts(token_ids), self.class_ids)
        return images, sentences, classes

    def measured_values(self):
        """As of the base class, and `near_miss_accuracy`."""
        values = super().measured_values()
        if values and self.near_misses:
            values["near_miss_accuracy"] = self._near_miss_accuracy()
        return values

    def _near_miss_accuracy(self):
        images, sentences, token_ids = self._embedded
        misses = NearMisses(
            token_ids[token_ids > 0], np.sum(token_ids > 0, axis=1)
        )
        right = cosine_similarity(images, sentences)
        hits = []
        for draw in range(_DRAWS_OF_MISSES):
            wrong_ids = misses(tf.constant(token_ids), [self.seed, draw])[:, 0]
            _, wrong = self.model.text_encoder(wrong_ids, training=False)
            wrong = cosine_similarity(images, tf.cast(wrong, tf.float32))
            differ = np.any(np.not_equal(wrong_ids, token_ids), axis=1)
            hits.append(np.greater(right, wrong)[differ])
        return float(np.mean(np.concatenate(hits)))

    def _encode(self, images, token_ids):
        _, image = self.model.image_encoder(images, training=False)
        _, sentence = self.model.text_encoder(token_ids, training=False)
        return tf.cast(image, tf.float32), tf.cast(sentence, tf.float32)


def _as_texts(token_ids):
    """Rows of token ids as str, equal for equal rows."""
    return [" ".join(map(str, row)) for row in token_ids]


class GeneratedRPrecision(RPrecisionEvaluation):
    """R-precision of images generated from held-out captions.

    The images are embedded by the DAMSM that the generator was trained with,
    and captions of other classes compared, as in the paper; equal captions
    never are. With real images, the
    Frechet distance to them is measured too, on the same embeddings, under
    `damsm_frechet_distance`; and a run begins with a measurement of the
    untrained generator.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        generator_seed: seed of the images; caption i gets this plus i.
        batch_size: images generated at once.
        real_images: function without arguments to an iterable of uint8 arrays
            `(batch, height, width, 3)`, or None; called once.
        class_ids: the classes of the captions' images; or None.
        **kwargs: see `RPrecisionEvaluation`.
    """

    def __init__(
        self,
        writer,
        captions,
        generator_seed=0,
        batch_size=32,
        real_images=None,
        class_ids=None,
        **kwargs,
    ):
        super().__init__(writer, **kwargs)
        self.class_ids = class_ids
        self.real_images = real_images
        self.measures_at_start = real_images is not None
        self._real = None
        self._generated = None
        self.captions = list(captions)
        self.generator_seed = generator_seed
        self.batch_size = batch_size

    def obstacle(self):
        """As of the base class."""
        return mismatch_obstacle(self.captions, self.class_ids)

    def left_out(self):
        """As of the base class, and the distance of a single image."""
        found = super().left_out()
        if self.real_images is not None and len(self.captions) < 2:
            found.append(
                "The distance to real images is left out: at least 2 are "
                "needed."
            )
        return found

    def embeddings(self):
        """Generates, and embeds with the model's DAMSM."""
        damsm = self.model.damsm
        images = [
            damsm.encode_images(pictures)
            for pictures in _pictures(
                self.model, self.captions, self.generator_seed, self.batch_size
            )
        ]
        class_ids = caption_classes(self.captions, self.class_ids)
        sentences = damsm.encode_captions(self.captions)
        self._generated = np.concatenate(images)
        return self._generated, sentences, class_ids

    def measured_values(self):
        """As of the base class, with any distance to real images."""
        self._generated = None
        values = super().measured_values()
        if self.real_images is not None and len(self.captions) > 1:
            if self._generated is None:
                self.embeddings()
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


def _pictures(model, captions, seed, batch_size):
    """Yields pictures of captions, some at a time; caption i gets seed + i."""
    for start in range(0, len(captions), batch_size):
        some = captions[start : start + batch_size]
        yield model.generate(some, seed=seed + start, batch_size=len(some))


AUTO = "auto"
_AUTOMATIC_FEATURES = "efficientnet_lite0"


def usable_features(features, fewest):
    """The feature network, None where nothing can be measured.

    Why not is logged.

    Args:
        features: an `ImageFeatures` or its name; `"auto"` for
            EfficientNet-Lite0 where its package is installed; or None.
        fewest: images of the smallest set.

    Returns:
        An `ImageFeatures` or None.

    Raises:
        ValueError: for features that do not exist.
        ImportError: the features are named and their package is missing.
    """
    if features is None:
        return None
    if fewest < MINIMUM_IMAGES:
        return _left_out(
            f"there are {fewest} held-out images of a kind, at least "
            f"{MINIMUM_IMAGES} are needed"
        )
    if features == AUTO:
        try:
            return image_features(_AUTOMATIC_FEATURES)
        except ImportError as error:
            return _left_out(error)
    return image_features(features) if isinstance(features, str) else features


def _left_out(reason):
    logging.getLogger("tfragan").warning(
        "Distances of images are left out: %s", str(reason).rstrip(".")
    )


class GeneratedDistance(PeriodicEvaluation):
    """Measures the kernel distance of generated pictures and real images.

    It is unbiased, so that some hundred pictures do. It is written with its
    standard error: `<distance>` and `<distance>_standard_error`, where the
    name of the distance says which features it is of, see
    `tfragan.metrics.distance_name`. Features of the real images are computed
    once.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        real_images: function without arguments to an iterable of uint8 arrays
            `(batch, height, width, 3)`; called once.
        features: see `usable_features`.
        seed: of the pictures; caption i gets this plus i.
        batch_size: pictures at a time.
        **when: see `PeriodicEvaluation`.

    Raises:
        ValueError: for features that do not exist.
        ImportError: the features are named and their package is missing.
    """

    def __init__(
        self,
        writer,
        captions,
        real_images,
        features=AUTO,
        seed=0,
        batch_size=16,
        **when,
    ):
        super().__init__(writer, **when)
        self.captions = list(captions)
        self.features = usable_features(features, len(self.captions))
        self.seed = seed
        self.batch_size = batch_size
        self._real_images = real_images
        self._real = None

    def measured_values(self):
        """The distance now, {} without features."""
        if self.features is None:
            return {}
        if self._real is None:
            self._real = np.concatenate(
                [self.features(images) for images in self._real_images()]
            )
        generated = [
            self.features(pictures, self.batch_size)
            for pictures in _pictures(
                self.model, self.captions, self.seed, self.batch_size
            )
        ]
        # The subsets are not written: one of each is the least.
        result = kernel_distance(
            self._real, np.concatenate(generated), subsets=1
        )
        name = distance_name("kernel_distance", self.features.name)
        return {
            name: result.value,
            f"{name}_standard_error": result.standard_error,
        }


class TranslationDistance(PeriodicEvaluation):
    """Measures the kernel distance of translations and real target images.

    Held-out images of each domain are translated before the first step, every
    so many steps and at the end. The distance of the translations to the
    held-out images of the other domain is written with its standard error:
    `<distance>_ab`, `<distance>_ab_standard_error`, the same for `ba`, and
    for both directions `<distance>_mean`. The name of the distance says which
    features it is of, see `tfragan.metrics.distance_name`; it is a KID only
    with those of Inception-v3.

    Only features of the real images are kept, and they are computed once.

    Args:
        writer: the run's `MetricsWriter`.
        data: the held-out `tfragan.data.UnpairedImages`.
        features: an `ImageFeatures` or its name; `"auto"` for
            EfficientNet-Lite0 where its package is installed. Where it is not,
            or a domain has too few images, nothing is measured and the
            reason is logged once; nor is it with `None`.
        every_steps: after how many steps to measure, or None.
        directions: which generators to measure, `"ab"`, `"ba"` or both.
        batch_size: images translated at once.

    Raises:
        ValueError: for directions or features that do not exist.
        ImportError: the features are named and their package is missing.
    """

    measures_at_start = True

    def __init__(
        self,
        writer,
        data,
        features=AUTO,
        every_steps=1000,
        directions=("ab", "ba"),
        batch_size=16,
    ):
        super().__init__(writer, every_steps=every_steps)
        self.directions = tuple(directions)
        if not self.directions or not set(self.directions) <= {"ab", "ba"}:
            raise ValueError(
                '`directions` has to be of "ab" and "ba". '
                f"Received: directions={directions!r}"
            )
        self.domains = {"a": data.domain_a, "b": data.domain_b}
        self.batch_size = batch_size
        fewest = min(len(domain) for domain in self.domains.values())
        self.features = usable_features(features, fewest)
        self._real = {}

    def measured_values(self):
        """The distances now, {} without features."""
        if self.features is None:
            return {}
        values = {}
        for direction in self.directions:
            result = self.measure(direction)
            key = f"{self._name}_{direction}"
            values[key] = result.value
            values[f"{key}_standard_error"] = result.standard_error
        if len(self.directions) == 2:
            both = [values[f"{self._name}_{name}"] for name in self.directions]
            values[f"{self._name}_mean"] = sum(both) / 2.0
        return values

    def measure(self, direction):
        """Measures one direction now.

        Args:
            direction: `"ab"` or `"ba"`.

        Returns:
            A `KernelDistance`.
        """
        source, target = direction
        if target not in self._real:
            self._real[target] = self._features_of(target)
        translations = self._features_of(
            source,
            functools.partial(
                self.model.translate,
                direction=direction,
                batch_size=self.batch_size,
            ),
        )
        # The subsets are not written: one of each is the least.
        return kernel_distance(self._real[target], translations, subsets=1)

    @property
    def _name(self):
        return distance_name("kernel_distance", self.features.name)

    def _features_of(self, domain, translate=None):
        return domain_features(
            self.features,
            self.domains[domain],
            self.model.image_size,
            translate,
            batch_size=self.batch_size,
        )
