"""Divergence of a Gaussian from the standard normal."""

import tensorflow as tf


def kl_divergence(mean, log_variance):
    """Kullback-Leibler divergence to N(0, 1), each dimension apart.

    As published, AttnGAN takes the mean of this over batch *and* dimensions.

    Args:
        mean: tensor of shape `(batch, dim)`.
        log_variance: tensor of shape `(batch, dim)`.

    Returns:
        Tensor of shape `(batch, dim)`.

    Reference:
        - [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114),
          appendix B

    Example:

    >>> float(kl_divergence(tf.zeros((1, 1)), tf.zeros((1, 1)))[0, 0]) == 0
    True
    """
    return -0.5 * (1.0 + log_variance - tf.square(mean) - tf.exp(log_variance))
