"""Generated images of the past."""

import keras
import tensorflow as tf

from tfragan.distribution import Replica
from tfragan.distribution import current_replica
from tfragan.distribution import replica_uniform
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class ImagePool(RecordedLayer):
    """Mixes generated images with those of earlier steps.

    A discriminator that sees the newest images only forgets how to score the
    others. While the pool fills, images are stored and returned. Once it is
    full, every image is, with a probability of one half, exchanged for a
    random one of the pool. Images are handled one after the other, those of
    replica 0 first.

    The pool is the same on all replicas, and one device has the pool of two.
    Its images and their number are weights, so that checkpoints hold them,
    and its random numbers follow from the step.

    Args:
        size: images in the pool; with 0 the images are returned as they are.
        seed: seed of the random numbers.
        stream: number that tells pools of the same seed apart.

    Call arguments:
        images: tensor of shape `(batch, height, width, channels)`, of known
            size.
        step: number of finished steps, an integer scalar.

    Output:
        float32 tensor of the shape of `images`.

    Raises:
        ValueError: for a negative size.

    Reference:
        - [Shrivastava et al., 2016](https://arxiv.org/abs/1612.07828),
          section 2.3
        - [Zhu et al., 2017](https://arxiv.org/abs/1703.10593), section 4

    Example:

    >>> pool = ImagePool(size=2)
    >>> images = tf.ones((2, 8, 8, 3))
    >>> pool(images, step=0).shape, int(pool.filled)
    (TensorShape([2, 8, 8, 3]), 2)
    """

    def __init__(self, size=50, seed=0, stream=0, **kwargs):
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        if size < 0:
            raise ValueError(
                f"The size of a pool must not be negative. Received: {size}"
            )
        self.size = size
        self.seed = seed
        self.stream = stream

    def build(self, images_shape, step_shape=()):
        if self.size:
            self.images = self.add_weight(
                shape=(self.size, *images_shape[1:]),
                initializer="zeros",
                dtype="float32",
                autocast=False,
                trainable=False,
                name="images",
            )
            self.filled = self.add_weight(
                shape=(),
                initializer="zeros",
                dtype="int64",
                autocast=False,
                trainable=False,
                name="filled",
            )

    def call(self, images, step):
        images = tf.stop_gradient(tf.cast(images, tf.float32))
        if not self.size:
            return images
        replica = current_replica()
        batch = images.shape[0] or tf.shape(images)[0]
        total = batch * replica.count
        # Each replica needs the numbers of all.
        numbers = replica_uniform(
            (total, 2), self.seed, step, self.stream, Replica(1, 0)
        )
        exchange = numbers[:, 0] < 0.5
        slots = tf.cast(numbers[:, 1] * self.size, tf.int64)
        rows = (replica.gather(images), exchange, slots)
        if images.shape[0]:
            parts = (tf.unstack(row, total) for row in rows)
            each = [self._pass(row) for row in zip(*parts, strict=True)]
            pooled = tf.stack(each)
        else:
            pooled = tf.map_fn(
                self._pass,
                rows,
                parallel_iterations=1,
                fn_output_signature=tf.float32,
            )
        start = batch * replica.index
        return pooled[start : start + batch]

    def _pass(self, row):
        """Hands one image to the pool and takes one from it."""
        image, exchange, slot = row
        filled = self.filled.value
        filling = filled < self.size
        slot = tf.where(filling, filled, slot)
        # Rows are read and written: the pool itself is never copied.
        stored = tf.gather(self.images.value, slot)
        tf.raw_ops.ResourceScatterUpdate(
            resource=self.images.value.handle,
            indices=slot,
            updates=tf.where(filling | exchange, image, stored),
        )
        self.filled.assign(tf.minimum(filled + 1, self.size))
        return tf.where(~filling & exchange, stored, image)
