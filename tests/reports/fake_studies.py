"""Studies of plain colors, whose features are their means."""

import numpy as np

from tfragan.reports.image_study import ImagePool
from tfragan.reports.image_study import ImageStudy


def colors(*levels):
    """Images of one gray level each, uint8 (n, 4, 4, 3)."""
    plain = np.array(levels, np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    return np.broadcast_to(plain, (len(levels), 4, 4, 3))


def mean_features(images):
    """Mean colors, float (n, 3)."""
    return np.asarray(images, np.float64).mean((1, 2))


def pool_of(*levels, name="train"):
    """An `ImagePool` of gray images."""
    images = colors(*levels)
    keys = [f"{level}.png" for level in levels]
    return ImagePool((name, levels), keys, lambda places: images[list(places)])


def study_of(levels, held_out=(100, 110), training=(10, 20, 30, 40), **changes):
    """An `ImageStudy` of gray images."""
    values = {
        "title": "from A to B",
        "made": "translations",
        "images": colors(*levels),
        "names": [f"made <{level}>" for level in levels],
        "held_out": colors(*held_out),
        "held_out_names": [f"held {level}" for level in held_out],
        "training": training and pool_of(*training),
    }
    return ImageStudy(**{**values, **changes})
