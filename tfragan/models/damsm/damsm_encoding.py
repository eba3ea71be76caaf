"""Embeddings of strings and of 8-bit images."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import normalize_image
from tfragan.distribution import batch_rows
from tfragan.distribution import on_replicas


class DAMSMEncoding:
    """The part of `DAMSM` that embeds what users have."""

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
