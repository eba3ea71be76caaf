"""LPIPS, a perceptual distance of two images, and diversity by it."""

import dataclasses
import hashlib
import importlib.util
import os

import numpy as np
import tensorflow as tf

from tfragan.convert.published_network import read_state_dict
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import layer_entries
from tfragan.convert.weight_map import load_state_dict
from tfragan.data.image_augmentation import normalize_image
from tfragan.metrics.lpips_trunk import NETWORKS
from tfragan.metrics.lpips_trunk import SMALLEST_SIDE
from tfragan.metrics.lpips_trunk import LPIPSTrunk

_FILES = {"alexnet": "alexnet-owt-7be5be79.pth", "vgg16": "vgg16-397923af.pth"}
_HEADS = {"alexnet": "alex.pth", "vgg16": "vgg.pth"}
# Of ImageNet's mean and deviation, on the scale of -1 to 1.
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_NORM_FLOOR = 1e-10


class LPIPS:
    """A frozen network and the weights of its channels.

    Made by `lpips`. Images are compared at the size that they have: the same
    images at another size are at another distance.

    Attributes:
        name: `"lpips_alexnet"` or `"lpips_vgg16"`.

    Args:
        trunk: built `LPIPSTrunk`.
        heads: for each of its maps float32 (channels,), not negative.
        weights: what the weights are, in words.
    """

    def __init__(self, trunk, heads, weights):
        self.name = f"lpips_{trunk.network}"
        self._trunk = trunk
        self._heads = [tf.constant(head, tf.float32) for head in heads]
        self._weights = weights
        self._graph = tf.function(
            self._compute,
            input_signature=[
                tf.TensorSpec((None, None, None, 3), tf.uint8),
                tf.TensorSpec((None, 2), tf.int32),
            ],
        )

    def __call__(self, images, other_images, batch_size=16):
        """The distances of pairs of images.

        Args:
            images: (pairs, height, width, 3) uint8.
            other_images: the same of the images to compare them with.
            batch_size: pairs at a time.

        Returns:
            float32 array (pairs,), not negative.

        Raises:
            ValueError: for anything but uint8 images of one shape, not too
                small for the network.
        """
        images, other_images = np.asarray(images), np.asarray(other_images)
        self._check(images)
        if other_images.shape != images.shape:
            raise ValueError(
                "Expected images of one shape. Received: "
                f"images.shape={images.shape}, "
                f"other_images.shape={other_images.shape}"
            )
        self._check(other_images)
        parts = [np.zeros(0, np.float32)]
        for start in range(0, len(images), batch_size):
            some = images[start : start + batch_size]
            others = other_images[start : start + batch_size]
            places = np.arange(len(some), dtype=np.int32)
            pairs = np.stack([places, places + len(some)], axis=1)
            both = np.concatenate([some, others])
            parts.append(self._graph(both, pairs).numpy())
        return np.concatenate(parts)

    def among(self, images):
        """The distances of all pairs of some images.

        Args:
            images: (images, height, width, 3) uint8, few enough for one pass.

        Returns:
            float32 array (images (images - 1) / 2,).

        Raises:
            ValueError: for anything but two or more uint8 images, not too
                small for the network.
        """
        images = np.asarray(images)
        self._check(images)
        if len(images) < 2:
            raise ValueError(
                "Expected at least two images to compare. "
                f"Received: images.shape={images.shape}"
            )
        pairs = np.stack(np.triu_indices(len(images), 1), axis=1)
        return self._graph(images, pairs.astype(np.int32)).numpy()

    def protocol(self):
        """What a number measured by it depends on.

        Returns:
            Dict of JSON values: "features", "weights" in words,
            "weights_sha256" of all float32 arrays, and "resize".
        """
        digest = hashlib.sha256()
        for array in [*self._trunk.weights, *self._heads]:
            digest.update(np.ascontiguousarray(array.numpy(), "<f4").data)
        return {
            "features": self.name,
            "weights": self._weights,
            "weights_sha256": digest.hexdigest(),
            "resize": "none",
        }

    def _check(self, images):
        side = SMALLEST_SIDE[self._trunk.network]
        if (
            images.dtype != np.uint8
            or images.ndim != 4
            or images.shape[-1] != 3
            or min(images.shape[1:3]) < side
        ):
            raise ValueError(
                "Expected uint8 images (images, height, width, 3) of at least "
                f"{side} x {side}. Received: images.shape={images.shape} of "
                f"type {images.dtype}"
            )

    def _compute(self, images, pairs):
        x = (normalize_image(images) - _SHIFT) / _SCALE
        maps = []
        for each in self._trunk(x):
            norms = tf.sqrt(tf.reduce_sum(each**2, axis=-1, keepdims=True))
            maps.append(each / (norms + _NORM_FLOOR))

        def distance(pair):
            # One pair at a time: those of all would not fit into memory.
            total = 0.0
            for each, head in zip(maps, self._heads, strict=True):
                differences = (each[pair[0]] - each[pair[1]]) ** 2
                weighted = tf.tensordot(differences, head, 1)
                total += tf.reduce_mean(weighted)
            return total

        return tf.map_fn(distance, pairs, fn_output_signature=tf.float32)


@dataclasses.dataclass(frozen=True)
class LPIPSDiversity:
    """The outcome of `lpips_diversity`.

    Attributes:
        value: mean over captions of the mean distance of their images.
        standard_error: of `value` over other captions; None for one caption.
        by_caption: (captions,) float64.
        pairs: how many pairs of images were compared.
    """

    value: float
    standard_error: float | None
    by_caption: np.ndarray
    pairs: int


def lpips_diversity(distance, groups):
    """How different the images of one caption are, by their noises.

    Higher is more diverse, not better: noise is very diverse.

    Args:
        distance: an `LPIPS`.
        groups: iterable of the images of a caption each, uint8 (noises,
            height, width, 3), at least two noises; all pairs are compared.

    Returns:
        An `LPIPSDiversity`.

    Raises:
        ValueError: for no caption, or images that cannot be compared.

    Reference:
        [Zhu et al., 2017](https://arxiv.org/abs/1711.11586), section 5,
        with LPIPS as the distance.
    """
    means, pairs = [], 0
    for images in groups:
        distances = distance.among(images).astype(np.float64)
        means.append(distances.mean())
        pairs += len(distances)
    if not means:
        raise ValueError("Expected the images of at least one caption.")
    error = None
    if len(means) > 1:
        error = float(np.std(means, ddof=1) / np.sqrt(len(means)))
    by_caption = np.array(means)
    return LPIPSDiversity(float(by_caption.mean()), error, by_caption, pairs)


def lpips(network, weights, heads=None):
    """LPIPS of version 0.1 by the name of its network.

    Args:
        network: `"alexnet"`, which most published numbers are of, or
            `"vgg16"`.
        weights: torchvision's file of that network (`.pth`, or `.npz` with
            its names); the classifier is not needed.
        heads: file of the weights of the channels; by default the one that
            the package `lpips` carries, which is not imported for it.

    Returns:
        An `LPIPS`.

    Raises:
        ValueError: for another network, or a file that does not fit.
        ImportError: the package is not installed and `heads` not given.
        FileNotFoundError: there is no such file.

    Reference:
        [Zhang et al., 2018](https://arxiv.org/abs/1801.03924), section 3,
        equation 1.
    """
    if network not in NETWORKS:
        raise ValueError(
            f"LPIPS has the networks {', '.join(NETWORKS)}. "
            f"Received: network={network!r}"
        )
    weights = os.fspath(weights)
    heads = _package_heads(network) if heads is None else os.fspath(heads)
    sources = {
        weights: f"https://download.pytorch.org/models/{_FILES[network]}",
        heads: f"the package lpips, weights/v0.1/{_HEADS[network]}",
    }
    for path, source in sources.items():
        if not os.path.isfile(path):
            raise FileNotFoundError(
                f"{path} is not a file. It can be had from {source}."
            )
    trunk = LPIPSTrunk(network, dtype="float32", name=f"lpips_{network}")
    trunk.build((None, None, None, 3))
    layers = {
        f"features.{number}": convolution
        for number, convolution in trunk.convolutions.items()
    }
    entries = layer_entries(layers)
    load_state_dict(entries, read_state_dict(weights), weights)
    words = f"{os.path.basename(weights)} with {os.path.basename(heads)}"
    return LPIPS(trunk, _read_heads(heads, trunk.channels), words)


def _package_heads(network):
    package = importlib.util.find_spec("lpips")
    if package is None or not package.submodule_search_locations:
        raise ImportError(
            "LPIPS needs the weights of the channels: install them with `pip "
            "install --no-deps lpips`, or name the file as `heads`."
        )
    folder = package.submodule_search_locations[0]
    return os.path.join(folder, "weights", "v0.1", _HEADS[network])


def _read_heads(path, channels):
    tensors = read_state_dict(path)
    heads = []
    for index, count in enumerate(channels):
        name = f"lin{index}.model.1.weight"
        shape = np.shape(tensors.get(name, 0))
        if shape != (1, count, 1, 1):
            raise ConversionError(
                f"{path}: expected a tensor {name} of shape "
                f"{(1, count, 1, 1)}, received one of shape {shape}."
            )
        heads.append(np.reshape(tensors[name], -1))
    return heads
