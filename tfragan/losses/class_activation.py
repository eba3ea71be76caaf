"""The loss of a generator's domain classifier."""

from tfragan.losses.adversarial import fake_loss
from tfragan.losses.adversarial import real_loss


def class_activation_loss(source_logits, target_logits):
    """Binary cross-entropy of telling the source domain from the target.

    The generator's attention comes from this classifier: it looks where its
    source domain differs from its target domain. No logit is too large.

    Args:
        source_logits: logits of images to be translated, which are to be
            positive, of any shape.
        target_logits: logits of images of the target domain, which are to be
            negative, of the same shape.

    Returns:
        Tensor of that shape, the sum of both cross-entropies.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          eq. 5

    Example:

    >>> float(class_activation_loss(tf.constant(90.0), tf.constant(-90.0)))
    0.0
    """
    return real_loss(source_logits) + fake_loss(target_logits)
