"""Inception-v3 weights of `keras.applications`."""

import re

import h5py
import keras

from tfragan.convert.weight_map import ConversionError


def load_keras_inception(trunk, weights):
    """Copies convolutions and normalizations in their order of creation.

    The normalizations of Keras have no scale, which is a scale of 1, and its
    average pools do not count the padding: `trunk.pool_counts_padding` has
    to be off for equal outputs.

    Args:
        trunk: built `InceptionTrunk`.
        weights: `"imagenet"`, which Keras downloads, a `.h5` file of
            `keras.applications.InceptionV3`, or such a model itself.

    Returns:
        Kernel (2048, classes) and bias (classes,) of the classifier, None
        where the weights have none.

    Raises:
        ConversionError: a shape does not fit.
    """
    model = weights
    if isinstance(weights, str):
        model = keras.applications.InceptionV3(
            weights=weights, include_top=_has_classifier(weights)
        )
    kernels = _in_order_of_creation(model, keras.layers.Conv2D)
    normalizations = _in_order_of_creation(
        model, keras.layers.BatchNormalization
    )
    layers = list(trunk.convolutions.values())
    if not len(kernels) == len(normalizations) == len(layers):
        raise ConversionError(
            f"expected {len(layers)} convolutions and normalizations, "
            f"received {len(kernels)} and {len(normalizations)}."
        )
    for layer, source, statistics in zip(
        layers, kernels, normalizations, strict=True
    ):
        _assign(layer.kernel, source.kernel, source.name)
        target = layer.normalization
        _assign(target.beta, statistics.beta, statistics.name)
        _assign(target.moving_mean, statistics.moving_mean, statistics.name)
        _assign(
            target.moving_variance,
            statistics.moving_variance,
            statistics.name,
        )
        if statistics.gamma is None:
            target.gamma.assign([1.0] * target.gamma.shape[0])
        else:
            _assign(target.gamma, statistics.gamma, statistics.name)
    classifiers = _in_order_of_creation(model, keras.layers.Dense)
    if not classifiers:
        return None
    return classifiers[-1].kernel.numpy(), classifiers[-1].bias.numpy()


def _in_order_of_creation(model, kind):
    """`model.layers` is sorted by depth; the numbers in names are not."""

    def number(layer):
        # The first of a kind in a process has none.
        digits = re.search(r"_(\d+)$", layer.name)
        return int(digits.group(1)) if digits else 0

    named = [layer for layer in model.layers if isinstance(layer, kind)]
    return sorted(named, key=number)


def _has_classifier(weights):
    if weights == "imagenet":
        return False
    with h5py.File(weights, "r") as file:
        names = list(file)
        file.visit(names.append)
    # Keras 3 numbers the layers by their kinds.
    return any("predictions" in name or "/dense" in name for name in names)


def _assign(variable, source, name):
    if tuple(variable.shape) != tuple(source.shape):
        raise ConversionError(
            f"{name}/{source.name} of shape {tuple(source.shape)} does not "
            f"fit {variable.path} of shape {tuple(variable.shape)}."
        )
    variable.assign(source.numpy())
