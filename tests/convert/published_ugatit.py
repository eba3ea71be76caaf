"""Small U-GAT-ITs in the forms in which they are published."""

import pickle

import numpy as np
import tensorflow as tf

from tests.published import published_values
from tests.published import randomize
from tfragan.convert.ugatit_weights import published_entries
from tfragan.convert.ugatit_weights import published_networks
from tfragan.models import UGATIT


def small_ugatit(**options):
    """A light model whose weights are all different, rho within [0, 1]."""
    sizes = {
        "image_size": 32,
        "light": True,
        "width": 2,
        "residual_blocks": 1,
        "discriminator_depth": 4,
    }
    model = UGATIT(**{**sizes, **options})
    randomize(model.networks().values())
    return model


def published_tensors(model):
    """Dict of published network name to a dict of its tensors."""
    return {
        name: published_values(published_entries(network, name))
        for name, network in published_networks(model).items()
    }


def write_paddle_replica(networks, folder, step=120):
    """One file a network, as the port writes that names them like PyTorch."""
    paths = []
    for name, tensors in networks.items():
        entries = {
            key.replace(".weight_u", ".spectral_norm.weight_u").replace(
                ".weight_v", ".spectral_norm.weight_v"
            ): value
            for key, value in tensors.items()
        }
        entries["StructuredToParameterName@@"] = dict.fromkeys(tensors, "w")
        path = folder / f"selfie2anime_{name}_params_{step:07}.pdparams"
        path.write_bytes(pickle.dumps(entries, 2))
        paths.append(path)
    return paths


def write_paddlegan(networks, folder, **changes):
    """One file, linear layers transposed, normalizations with frozen scale.

    The changes are entries that replace those of `genA2B`, `__` for a dot.
    """
    contents = {"epoch": 3, "optimG": {"LR_Scheduler": {"last_epoch": 3}}}
    for name, tensors in networks.items():
        contents[name] = {
            key: value.T if value.ndim == 2 else value
            for key, value in tensors.items()
        }
    generator = contents["genA2B"]
    channels = len(generator["DownBlock.1.weight"])
    generator["DownBlock.2.scale"] = np.ones(channels, "float32")
    generator["DownBlock.2.bias"] = np.zeros(channels, "float32")
    for key, value in changes.items():
        generator[key.replace("__", ".")] = value
    path = folder / "epoch_3_checkpoint.pdparams"
    path.write_bytes(pickle.dumps(contents, 2))
    return path


def write_tensorflow1(networks, folder, step=120, **more):
    """A checkpoint with Adam's slots, as the published program saves it.

    Further variables are named with `__` for a slash.
    """
    values = {
        name: value
        for tensors in networks.values()
        for name, value in tensors.items()
    }
    slots = {f"{name}/Adam": value for name, value in values.items()}
    values |= slots | {"beta1_power": np.float32(0.5)}
    values |= {key.replace("__", "/"): value for key, value in more.items()}
    prefix = folder / f"UGATIT.model-{step + 1}"
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=list(values),
        shape_and_slices=[""] * len(values),
        tensors=list(values.values()),
    )
    return prefix
