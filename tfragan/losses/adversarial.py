"""Adversarial losses on logits, sample by sample."""

import tensorflow as tf


def real_loss(logits):
    """Cross-entropy of logits that should say "real".

    Args:
        logits: tensor of any shape.

    Returns:
        Tensor of the same shape: `-log(sigmoid(logits))`.

    Reference:
        - [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661), eq. 1,
          in the form that does not saturate for the generator
    """
    return tf.nn.softplus(-logits)


def fake_loss(logits):
    """Cross-entropy of logits that should say "fake".

    Args:
        logits: tensor of any shape.

    Returns:
        Tensor of the same shape: `-log(1 - sigmoid(logits))`.
    """
    return tf.nn.softplus(logits)
