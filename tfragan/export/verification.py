"""Comparing a written SavedModel with the model it was made from."""

import dataclasses

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Parity:
    """How near an export is to its model.

    Attributes:
        samples: how many captions or images were compared.
        max_pixel_difference: largest difference of a pixel's value, of 255.
        max_attention_difference: largest difference in an attention map; of
            heat maps, whose range is free, as a share of the largest value.
        independent_rows: whether a sample gave the same bytes alone and among
            the others.
    """

    samples: int
    max_pixel_difference: int
    max_attention_difference: float
    independent_rows: bool


def decoded(files):
    """PNG files as one uint8 array.

    Args:
        files: list of bytes; the images have one size.
    """
    return np.stack([tf.io.decode_png(file).numpy() for file in files])


def largest_difference(found, expected):
    """The largest absolute difference, infinity between different shapes."""
    if found.shape != expected.shape:
        return np.inf
    return np.abs(found.astype(np.float64) - expected).max(initial=0.0)
