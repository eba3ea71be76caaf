"""Random weights of the true shapes of networks that are not ours to carry."""

import keras
import numpy as np

from tests.published import published_values
from tfragan.convert.image_encoder_weights import inception_trunk_entries
from tfragan.metrics.lpips_trunk import LPIPSTrunk
from tfragan.models.damsm.inception_trunk import InceptionTrunk


def inception_of_2015(seed=5, classes=1008):
    """A state dict of the Inception graph of 2015.

    The kernels keep the size of what goes through them, and the
    normalizations are far enough from 1 and 0 that an exchanged or forgotten
    one shows.
    """
    keras.utils.set_random_seed(seed)
    trunk = InceptionTrunk()
    trunk.build((None, None, None, 3))
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, array in published_values(inception_trunk_entries(trunk)).items():
        if name.endswith(("bn.weight", "running_var")):
            array = rng.uniform(0.7, 1.4, array.shape)
        elif name.endswith(("bn.bias", "running_mean")):
            array = rng.normal(0.0, 0.1, array.shape)
        tensors[name] = np.asarray(array, np.float32)
    kernel = rng.normal(0.0, 0.05, (classes, 2048))
    tensors["fc.weight"] = kernel.astype(np.float32)
    tensors["fc.bias"] = rng.normal(0.0, 0.5, classes).astype(np.float32)
    return tensors


def lpips_backbone(network, seed=6):
    """A state dict of torchvision's AlexNet or VGG16, its convolutions."""
    rng = np.random.default_rng(seed)
    tensors = {}
    channels = 3
    for number, step in LPIPSTrunk(network).convolutions.items():
        size = step.kernel_size[0]
        shape = (step.filters, channels, size, size)
        deviation = np.sqrt(2.0 / (channels * size**2))
        kernel = rng.normal(0.0, deviation, shape)
        tensors[f"features.{number}.weight"] = kernel.astype(np.float32)
        bias = rng.normal(0.0, 0.1, step.filters)
        tensors[f"features.{number}.bias"] = bias.astype(np.float32)
        channels = step.filters
    return tensors


def lpips_heads(network, seed=7):
    """Weights of the channels under the names of the package `lpips`."""
    rng = np.random.default_rng(seed)
    return {
        f"lin{index}.model.1.weight": rng.uniform(
            0.0, 1.0, (1, channels, 1, 1)
        ).astype(np.float32)
        for index, channels in enumerate(LPIPSTrunk(network).channels)
    }
