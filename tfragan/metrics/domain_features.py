"""Features of the images of a domain, or of their translations."""

import numpy as np


def domain_features(
    features,
    domain,
    image_size,
    translate=None,
    indices=None,
    batch_size=16,
):
    """Features of a domain's images, a few images in memory at a time.

    Args:
        features: an `ImageFeatures`.
        domain: a `tfragan.data.ImageDomain`: its `images(indices, size)` are
            uint8 (n, size, size, 3).
        image_size: side in pixels that the domain's images are given at, so
            that real images and translations are alike in it.
        translate: optional function from uint8 images to uint8 images.
        indices: which images of the domain; all by default.
        batch_size: images at a time.

    Returns:
        float32 array (images, features.dim), in the order of `indices`.
    """
    if indices is None:
        indices = range(len(domain))
    indices = list(indices)
    parts = []
    for start in range(0, len(indices), batch_size):
        images = domain.images(indices[start : start + batch_size], image_size)
        if translate is not None:
            images = translate(images)
        parts.append(features(images, batch_size))
    return np.concatenate([np.zeros((0, features.dim), np.float32), *parts])


def spread_indices(total, count):
    """At most `count` of `total` places, evenly spread and in order.

    Example:

    >>> spread_indices(10, 4)
    [0, 2, 5, 7]
    """
    count = min(total, count)
    return [place * total // count for place in range(count)]
