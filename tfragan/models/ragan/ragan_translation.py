"""Translating images with a trained RAGAN."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.models.ragan.guidance import local_guidance
from tfragan.models.ragan.ragan_images import grayscale
from tfragan.models.text_to_image.caption_sampling import seed_list
from tfragan.models.text_to_image.caption_sampling import seeded_noise
from tfragan.models.translation.translate_images import check_direction


class RAGANTranslation:
    """The part of `RAGAN` that users call."""

    def call(self, inputs, training=False):
        return self.sample(**inputs)

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
            `images`, the list of all three sizes; and `attention_maps`, a
            list of float32 `(batch, height, width, words)`.
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
            of the three sizes, uint8; and `attention_maps`, a list of float32
            arrays `(n, height, width, words)` at 1/4 and 1/2 of the size.

        Raises:
            ValueError: the images or the guidance are not as described.
        """
        images = self._checked_images(images)
        given = self._checked_guidance(
            len(images), captions, label_ids, references, seed
        )
        parts = []
        for start in range(0, len(images), batch_size):
            rows = slice(start, start + batch_size)
            part = {name: value[rows] for name, value in given.items()}
            parts.append(self._translate(images[rows], part, direction))
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
        outputs = self.sample(images, direction=direction, **given)
        return {
            "image": to_uint8(outputs["image"]),
            "images": [to_uint8(image) for image in outputs["images"]],
            "attention_maps": outputs["attention_maps"],
        }
