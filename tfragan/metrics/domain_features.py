"""Features of the images of a domain, or of their translations."""

import numpy as np

# Opening a domain for a handful of images costs more than reading them.
_IMAGES_READ_AT_ONCE = 64


def domain_features(
    features,
    domain,
    image_size,
    translate=None,
    count=None,
    batch_size=16,
):
    """Features of a domain's images, some images in memory at a time.

    Args:
        features: an `ImageFeatures`.
        domain: a `tfragan.data.ImageDomain`: its `images(indices, size)` are
            uint8 (n, size, size, 3).
        image_size: side in pixels that the domain's images are given at, so
            that real images and translations are alike in it.
        translate: optional function from uint8 images to uint8 images.
        count: how many images of the domain, evenly spread over it; all by
            default and where it has no more.
        batch_size: images that the feature network takes at a time.

    Returns:
        float32 array (images, features.dim), in the domain's order.
    """
    total = len(domain)
    count = total if count is None else min(total, count)
    indices = [place * total // count for place in range(count)]
    parts = []
    for start in range(0, len(indices), _IMAGES_READ_AT_ONCE):
        some = indices[start : start + _IMAGES_READ_AT_ONCE]
        images = domain.images(some, image_size)
        if translate is not None:
            images = translate(images)
        parts.append(features(images, batch_size))
    return np.concatenate([np.zeros((0, features.dim), np.float32), *parts])
