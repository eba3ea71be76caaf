"""Reading the sizes of a published U-GAT-IT off its tensors."""

import dataclasses
import math
import re

import numpy as np

from tfragan.convert.weight_map import ConversionError

# The published TensorFlow code until 2019-08-14 started rho here and kept it
# below, instead of taking 0.1 off a rho that starts at 1.
_HIGHEST_UNSMOOTHED_RHO = 0.9
_ROUNDING = 1e-6


@dataclasses.dataclass(frozen=True)
class _Names:
    """Where a publication has the tensors whose shapes tell the sizes."""

    stem: str
    first_linear: str
    decoder_block: str
    trunk_bias: str
    trunk_convolution: str
    normalized: str
    output_axis: int


_NAMES = {
    "pytorch": _Names(
        "DownBlock.1.weight",
        "FC.0.weight",
        r"UpBlock1_(\d+)\.conv1\.weight",
        "model.1.bias",
        r"model\.(\d+)\.weight(_orig)?",
        ".weight_u",
        0,
    ),
    "tensorflow1": _Names(
        "generator_B/conv/conv2d/kernel",
        "generator_B/MLP/linear_0/dense/kernel",
        r"generator_B/adaptive_resblock(\d+)/res1/conv_0/conv2d/kernel",
        "discriminator_A/global/conv_0/bias",
        r"discriminator_A/global/conv_(\d+|last)/kernel",
        "/u",
        -1,
    ),
}


def ugatit_config(checkpoint, image_size=None, smoothing=None):
    """The arguments of the `UGATIT` that a checkpoint's tensors fit.

    Args:
        checkpoint: a `UGATITCheckpoint`.
        image_size: height and width of its images, which a light generator
            does not tell; 256 by default.
        smoothing: whether 0.1 is taken off rho in the variant
            `"tensorflow1"`. By default it is, unless no rho exceeds 0.9, as
            in files of the published code before 2019-08-14, which had none.

    Returns:
        Dict of keyword arguments.

    Raises:
        ConversionError: the tensors are of no U-GAT-IT, or of a size that
            `image_size` contradicts.
    """
    names = _NAMES[checkpoint.variant]
    generator = checkpoint.networks["genA2B"]
    for name in (names.stem, names.first_linear):
        if np.ndim(generator.get(name)) < 2:
            raise ConversionError(
                f"{checkpoint.source}: genA2B is no generator of U-GAT-IT: "
                f"it lacks {name}."
            )
    width = generator[names.stem].shape[names.output_axis]
    linear = generator[names.first_linear].shape
    units, features = linear if names.output_axis == 0 else linear[::-1]
    size = _full_size(features, units)
    if size is not None and image_size not in (None, size):
        raise ConversionError(
            f"{checkpoint.source} is a full model for images of {size} "
            f"pixels. Received: image_size={image_size}"
        )
    config = {
        "variant": checkpoint.variant,
        "image_size": size or image_size or 256,
        "light": size is None,
        "width": width,
        "residual_blocks": _count(names.decoder_block, generator),
        **_discriminator_config(checkpoint, names, width),
    }
    if checkpoint.variant == "tensorflow1":
        config["smoothing"] = _smoothing(checkpoint, smoothing)
    return config


def _full_size(features, units):
    """Image size of a full generator, None of a light one."""
    if features == units:
        return None
    return 4 * math.isqrt(features // units)


def _count(pattern, tensors):
    return sum(re.fullmatch(pattern, name) is not None for name in tensors)


def _discriminator_config(checkpoint, names, width):
    network = checkpoint.networks.get("disGA")
    if network is None:
        return {}
    if names.trunk_bias not in network:
        raise ConversionError(
            f"{checkpoint.source}: disGA is no discriminator of U-GAT-IT: it "
            f"lacks {names.trunk_bias}."
        )
    found = len(network[names.trunk_bias])
    if found != width:
        raise ConversionError(
            f"{checkpoint.source}: the generators are {width} channels wide "
            f"and the discriminators {found}; here both have one width."
        )
    return {
        "discriminator_depth": _count(names.trunk_convolution, network),
        "spectral_normalization": any(
            name.endswith(names.normalized) for name in network
        ),
    }


def _smoothing(checkpoint, smoothing):
    if smoothing is not None:
        return smoothing
    highest = max(
        (
            float(np.max(value))
            for network in ("genA2B", "genB2A")
            for name, value in checkpoint.networks[network].items()
            if name.endswith("instance_layer_norm/rho")
        ),
        default=1.0,
    )
    return highest > _HIGHEST_UNSMOOTHED_RHO + _ROUNDING
