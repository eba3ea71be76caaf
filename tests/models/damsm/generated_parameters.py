"""Parameters of `cnn_encoder_full`, too large to store, from a rule."""

import math
import zlib

import numpy as np


def generated_parameter(name, shape, salt):
    """A published tensor made from its name and a salt that the fixture names.

    Its float32 numbers are hashed indices in a range that suits its kind.
    """
    seed = zlib.crc32((salt + name).encode())
    x = np.arange(math.prod(shape), dtype=np.uint32) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    u = (x >> np.uint32(8)) / 2.0**24
    if name.startswith("emb_") or name.endswith("running_mean"):
        values = 0.2 * u - 0.1
    elif name.endswith("running_var") or name.endswith("bn.weight"):
        values = 0.75 + 0.5 * u
    elif name.endswith("bn.bias"):
        values = 0.4 * u - 0.2
    else:
        values = (2 * u - 1) * math.sqrt(6 / math.prod(shape[1:]))
    return values.astype(np.float32).reshape(shape)


def generated_parameters(entries, salt):
    """Published tensors for every entry of a weight map."""
    parameters = {}
    for entry in entries:
        published = entry.to_published(entry.variable.numpy())
        for name, array in published.items():
            parameters[name] = generated_parameter(name, array.shape, salt)
    return parameters
