"""The start that PyTorch gives to kernels and biases."""

import keras


def fan_in_uniform():
    """Initializer of a kernel: uniform within `1 / sqrt(fan_in)`."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def fan_in_uniform_bias(fan_in):
    """Initializer of the bias beside such a kernel.

    Args:
        fan_in: how many inputs an output of the kernel has.

    Returns:
        A Keras initializer, uniform within `1 / sqrt(fan_in)`.
    """
    limit = fan_in**-0.5
    return keras.initializers.RandomUniform(-limit, limit)
