"""Penalties on the slope of a discriminator, sample by sample."""

import dataclasses

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class GradientPenalty:
    """Where and how far a discriminator's slope may differ from one.

    The slope is the Euclidean norm of the gradient of a sample's summed
    scores with respect to its pixels.

    Attributes:
        one_sided: whether slopes below one are free.
        around_real: whether the slope is taken around real images rather
            than between real and generated ones.

    Example:

    >>> images = tf.ones((2, 4, 4, 1))
    >>> score = lambda x: 0.5 * tf.reduce_sum(x, (1, 2, 3))
    >>> GradientPenalty()(score, images).numpy().tolist()
    [1.0, 1.0]
    """

    one_sided: bool = False
    around_real: bool = False

    def samples(self, real, fake, alpha, replica, noise=None):
        """The images at which the slope is taken.

        `real + alpha * (fake - real)`; around real images, what is generated
        is replaced by real images with uniform noise, half as strong as the
        pixels of the global batch vary.

        Args:
            real: images `(batch, height, width, channels)`.
            fake: generated images of that shape.
            alpha: uniform numbers in [0, 1) of shape `(batch, 1, 1, 1)`.
            replica: the `Replica`.
            noise: uniform numbers in [0, 1) of the shape of the images;
                needed with `around_real` only.

        Returns:
            Images of the same shape.

        Reference:
            - [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028),
              algorithm 1
            - [Kodali et al., 2017](https://arxiv.org/abs/1705.07215),
              algorithm 1, with the perturbation of its published code
        """
        if self.around_real:
            fake = real + 0.5 * _standard_deviation(real, replica) * noise
        return real + alpha * (fake - real)

    def __call__(self, discriminator, samples):
        """The penalty of each sample, differentiable once more.

        Args:
            discriminator: function from images to a tensor of scores, or to
                a structure of several.
            samples: see `samples`.

        Returns:
            Tensor of shape `(batch,)`, or the structure of such tensors: each
            tensor of scores has a slope of its own.
        """
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(samples)
            scores = discriminator(samples)
            sums = tf.nest.map_structure(tf.reduce_sum, scores)
        return tf.nest.map_structure(
            lambda total: self._of_slope(tape.gradient(total, samples)), sums
        )

    def _of_slope(self, gradient):
        excess = _norm(gradient) - 1.0
        if self.one_sided:
            excess = tf.nn.relu(excess)
        return tf.square(excess)


def matching_aware_penalty(slopes, power=6):
    """A power of the norm of the joint slope at real, matching pairs.

    Args:
        slopes: the gradients of a sample's score with respect to its image,
            its sentence embedding and so on, a list of tensors of shape
            `(batch, ...)`.
        power: even exponent of the norm.

    Returns:
        float32 tensor of shape `(batch,)`, float64 where a slope is. The
        squared norm is never drawn the root of, which has no gradient at
        zero.

    Raises:
        ValueError: `power` is odd or less than 2.

    Reference:
        - [Tao et al., 2020, DF-GAN](https://arxiv.org/abs/2008.05865), eq. 2

    Example:

    >>> slopes = [tf.constant([[1.0, 0.0]]), tf.constant([[1.0]])]
    >>> matching_aware_penalty(slopes).numpy().tolist()
    [8.0]
    """
    check_power(power)
    squares = [_squared_norm(slope) for slope in slopes]
    # Images and embeddings may differ in precision.
    widest = max((square.dtype for square in squares), key=lambda x: x.size)
    total = tf.add_n([tf.cast(square, widest) for square in squares])
    return total ** (power // 2)


def check_power(power):
    """Raises a `ValueError` unless the power of a norm has no root in it."""
    if power < 2 or power % 2:
        raise ValueError(
            f"power must be even and at least 2. Received: power={power}"
        )


def _squared_norm(gradient):
    # Half precision ends at the sixth power of 6.4.
    if gradient.dtype != tf.float64:
        gradient = tf.cast(gradient, tf.float32)
    axes = tuple(range(1, gradient.shape.rank))
    return tf.reduce_sum(tf.square(gradient), axes)


def _standard_deviation(images, replica):
    mean = replica.sum(replica.mean(images))
    return tf.sqrt(replica.sum(replica.mean(tf.square(images - mean))))


def _norm(gradient):
    # The square root has no gradient at zero, where a dead discriminator is.
    squares = _squared_norm(gradient)
    positive = squares > 0.0
    safe = tf.where(positive, squares, tf.ones_like(squares))
    return tf.where(positive, tf.sqrt(safe), tf.zeros_like(squares))
