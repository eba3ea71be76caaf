"""Qualities of held-out batches, as Keras metrics for `compile`."""

import keras
import tensorflow as tf

_TIE = 1e-6
_THUMBNAIL = 8


@keras.saving.register_keras_serializable(package="tfragan")
class BatchKernelDistance(keras.metrics.Mean):
    """Kernel distance of generated images from real ones, batch by batch.

    The mean over batches of the unbiased estimate that `kernel_distance`
    makes of all images at once: quick, and good enough to follow a training
    by. Its values depend on the features and can't be compared with published
    ones.

    Args:
        features: layer or model from images `(batch, height, width, 3)` in
            [-1, 1] to features `(batch, dim)`, such as the image encoder of
            another data set; by default the colors of a thumbnail of 8 x 8
            pixels.
        name: name in the logs.

    Reference:
        [Demystifying MMD GANs](https://arxiv.org/abs/1801.01401), section 4.

    Example:

    ```python
    model.compile(metrics=[tfragan.metrics.BatchKernelDistance()])
    model.fit(batches, validation_data=held_out, callbacks=[
        keras.callbacks.EarlyStopping("val_kernel_distance", patience=5)])
    ```
    """

    def __init__(self, features=None, name="kernel_distance", **kwargs):
        super().__init__(name=name, **kwargs)
        self.features = features
        # What callbacks such as `EarlyStopping` ask for.
        self._direction = "down"

    def update_state(self, real, made, sample_weight=None):
        """Adds a batch.

        Args:
            real: images `(batch, height, width, 3)` in [-1, 1], two at least.
            made: images of the same shape.
            sample_weight: not used.
        """
        del sample_weight
        first, second = self._features_of(real), self._features_of(made)
        count = tf.cast(tf.shape(first)[0], tf.float32)
        pairs = tf.maximum(count * (count - 1.0), 1.0)
        within = [
            (tf.reduce_sum(kernel) - tf.linalg.trace(kernel)) / pairs
            for kernel in (_kernel(first, first), _kernel(second, second))
        ]
        across = tf.reduce_mean(_kernel(first, second))
        return super().update_state(tf.add_n(within) - 2.0 * across)

    def _features_of(self, images):
        images = tf.cast(images, tf.float32)
        if self.features is None:
            small = tf.image.resize(images, (_THUMBNAIL,) * 2, "area")
            return tf.reshape(small, (-1, _THUMBNAIL**2 * 3))
        return tf.cast(self.features(images, training=False), tf.float32)

    def get_config(self):
        features = keras.saving.serialize_keras_object(self.features)
        return {**super().get_config(), "features": features}

    @classmethod
    def from_config(cls, config):
        features = keras.saving.deserialize_keras_object(config["features"])
        return cls(**{**config, "features": features})


@keras.saving.register_keras_serializable(package="tfragan")
class BatchRPrecision(keras.metrics.Mean):
    """How often an image's own sentence is nearest among those of its batch.

    Of models with captions. Chance is one in as many as the batch has
    sentences, on one replica; `tfragan evaluate` measures the published
    protocol.

    Args:
        name: name in the logs.

    Reference:
        [AttnGAN](https://arxiv.org/abs/1711.10485), section 4.
    """

    def __init__(self, name="r_precision", **kwargs):
        super().__init__(name=name, **kwargs)
        self._direction = "up"

    def update_from_batch(self, model, batch, made):
        """Adds a batch, see `TrainingModel.measure`.

        Args:
            model: a model with `matched_embeddings`.
            batch: dict of tensors.
            made: what the model made of it.
        """
        self.update_state(*model.matched_embeddings(batch, made))

    def update_state(self, images, sentences, sample_weight=None):
        """Adds a batch.

        Args:
            images: image embeddings `(batch, dim)`.
            sentences: their sentence embeddings `(batch, dim)`.
            sample_weight: not used.
        """
        del sample_weight
        images, sentences = (
            tf.math.l2_normalize(tf.cast(x, tf.float32), -1)
            for x in (images, sentences)
        )
        cosines = tf.matmul(images, sentences, transpose_b=True)
        same = tf.matmul(sentences, sentences, transpose_b=True) > 1.0 - _TIE
        own = tf.linalg.diag_part(cosines)[:, tf.newaxis]
        # A caption that says the same is no wrong one.
        same = same & ~tf.eye(tf.shape(cosines)[0], dtype=tf.bool)
        others = tf.where(same, -2.0, cosines)
        best = tf.reduce_max(others, -1, keepdims=True)
        ties = tf.reduce_sum(tf.cast(others >= own - _TIE, tf.float32), -1)
        hit = tf.cast(own[:, 0] >= best[:, 0] - _TIE, tf.float32)
        return super().update_state(hit / ties)


def _kernel(first, second):
    """The cubic kernel of all pairs."""
    width = tf.cast(tf.shape(first)[-1], tf.float32)
    return (tf.matmul(first, second, transpose_b=True) / width + 1.0) ** 3
