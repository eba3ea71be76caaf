"""Applying gradients so that replicas equal one device."""

import tensorflow as tf

from tfragan.distribution.graph_gradients import graph_holds_gradients


def scale_of(optimizer):
    """The loss scale of an optimizer as a float32 scalar, 1 without one."""
    return optimizer.scale_loss(tf.ones((), tf.float32))


def scaled_loss(loss, optimizer):
    """A loss times the loss scale of the optimizer that minimizes it.

    Args:
        loss: a scalar of any floating type.
        optimizer: a Keras optimizer, maybe a `LossScaleOptimizer`.

    Returns:
        A float32 scalar, which halves could not hold; of a float64 loss a
        float64 one.
    """
    dtype = tf.float64 if loss.dtype == tf.float64 else tf.float32
    return tf.cast(loss, dtype) * tf.cast(scale_of(optimizer), dtype)


@graph_holds_gradients
def apply_synced(
    optimizer,
    gradients,
    variables,
    replica,
    clip_norm=None,
    clip_first=None,
    scale=None,
):
    """Sums gradients over replicas, clips them and applies them once.

    Args:
        optimizer: a Keras optimizer, maybe a `LossScaleOptimizer`.
        gradients: gradients of this replica's share of the loss, so that
            their sum over replicas is the gradient of the mean loss.
        variables: the variables, one a gradient.
        replica: a `Replica`.
        clip_norm: largest global norm, or None.
        clip_first: how many leading gradients are clipped (all by default);
            the norm is taken over these alone.
        scale: the loss scale that the gradients carry, where it may not be
            the optimizer's own: that of another one, or of before its last
            update.

    Returns:
        The global norm before clipping, a scalar, or None without clipping.

    Reference:
        Clipping follows PyTorch: factor `clip_norm / (norm + 1e-6)`.
    """
    missing = [
        variable.path
        for gradient, variable in zip(gradients, variables, strict=True)
        if gradient is None
    ]
    if missing:
        raise ValueError(
            f"No gradient reaches {len(missing)} variables: "
            f"{', '.join(missing[:5])}."
        )
    # Embedding gradients come as slices; every row has momentum.
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    scaled = hasattr(optimizer, "dynamic_scale")
    if clip_norm is None and not scaled:
        # The optimizer itself sums over replicas.
        optimizer.apply(gradients, variables)
        return None
    if scale is not None and scaled:
        factor = scale_of(optimizer) / scale
        gradients = [
            gradient * tf.cast(factor, gradient.dtype) for gradient in gradients
        ]
    if replica.count > 1:
        context = tf.distribute.get_replica_context()
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
    norm = None
    if clip_norm is not None:
        stop = len(gradients) if clip_first is None else clip_first
        norm = tf.linalg.global_norm(gradients[:stop])
        norm /= tf.cast(scale_of(optimizer), norm.dtype)
        factor = tf.minimum(1.0, clip_norm / (norm + 1e-6))
        gradients = [g * factor for g in gradients[:stop]] + list(
            gradients[stop:]
        )
    if replica.count > 1:
        # The optimizer sums `count` equal copies.
        gradients = [gradient / replica.count for gradient in gradients]
    optimizer.apply(gradients, variables)
    return norm
