"""A leaky ReLU whose second derivative is known to be zero."""

import tensorflow as tf


def fixed_slope_relu(inputs, negative_slope=0.2):
    """Leaky ReLU for networks that are differentiated twice.

    The slope of each element is a constant of the differentiation, as it is
    in fact, but for the sign's jump. The second derivative of a leaky ReLU is
    also zero where TensorFlow computes it, but as a tensor of zeros, which
    then runs back through all the layers below: twice the arithmetic of a
    gradient penalty for nothing.

    Args:
        inputs: float tensor of any shape.
        negative_slope: slope below zero, and at it, as PyTorch has it.

    Returns:
        Tensor of the same shape.

    Example:

    >>> fixed_slope_relu(tf.constant([-1.0, 2.0])).numpy().tolist()
    [-0.20000000298023224, 2.0]
    """
    one = tf.ones((), inputs.dtype)
    slopes = tf.where(inputs > 0, one, negative_slope * one)
    return inputs * tf.stop_gradient(slopes)
