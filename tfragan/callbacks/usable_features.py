"""Feature networks for measuring while training, where they can be had."""

import logging

from tfragan.metrics.image_features import image_features
from tfragan.metrics.kernel_distance import MINIMUM_IMAGES

AUTO = "auto"
_AUTOMATIC_FEATURES = "efficientnet_lite0"


def usable_features(features, fewest):
    """The feature network, None where nothing can be measured.

    Why not is logged.

    Args:
        features: an `ImageFeatures` or its name; `"auto"` for
            EfficientNet-Lite0 where its package is installed; or None.
        fewest: images of the smallest set.

    Returns:
        An `ImageFeatures` or None.

    Raises:
        ValueError: for features that do not exist.
        ImportError: the features are named and their package is missing.
    """
    if features is None:
        return None
    if fewest < MINIMUM_IMAGES:
        return _left_out(
            f"there are {fewest} held-out images of a kind, at least "
            f"{MINIMUM_IMAGES} are needed"
        )
    if features == AUTO:
        try:
            return image_features(_AUTOMATIC_FEATURES)
        except ImportError as error:
            return _left_out(error)
    return image_features(features) if isinstance(features, str) else features


def _left_out(reason):
    logging.getLogger("tfragan").warning(
        "Distances of images are left out: %s", str(reason).rstrip(".")
    )
