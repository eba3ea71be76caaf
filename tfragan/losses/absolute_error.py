"""The L1 distance of images."""

import tensorflow as tf


def absolute_error(images, targets):
    """Absolute difference of each value.

    Its mean is the cycle-consistency loss where an image went to the other
    domain and back, and the identity loss where a generator was given an
    image of its target domain.

    Args:
        images: tensor of any shape.
        targets: tensor of the same shape.

    Returns:
        Tensor of that shape.

    Reference:
        - [Zhu et al., 2017, CycleGAN](https://arxiv.org/abs/1703.10593),
          eq. 2 and section 5.2
    """
    return tf.abs(images - targets)
