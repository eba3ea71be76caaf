"""From photos to translations with one generator."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.distribution import batch_rows
from tfragan.distribution import on_replicas

# From domain A to domain B and back.
DIRECTIONS = ("ab", "ba")


def check_direction(direction):
    """Refuses what is no direction.

    Raises:
        ValueError: unless it is "ab" or "ba".
    """
    if direction not in DIRECTIONS:
        raise ValueError(
            f'direction must be "ab" or "ba". Received: direction={direction!r}'
        )


def translate_images(
    generator, images, return_heat_maps=False, batch_size=1, size=None
):
    """Translates images with one generator in inference mode.

    Args:
        generator: network from images in [-1, 1] to a dict with `image` and,
            where it has attention, `heat_map`.
        images: uint8 array `(n, height, width, 3)`, or one image without the
            first axis.
        return_heat_maps: whether the attention's heat maps come along.
        batch_size: how many images are translated at once, on each replica
            of a strategy whose scope this is called in. Kernels round by the
            size of a batch, so that a pixel may differ by one level from the
            image translated alone.
        size: the only height and width that the generator takes, or None.

    Returns:
        uint8 array `(n, height, width, 3)`, rounded; with heat maps a tuple
        of it and a float32 array `(n, height / 4, width / 4)`.

    Raises:
        ValueError: the images are not as described, of another size, or the
            generator has no heat maps.
    """
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[np.newaxis]
    _check_images(images, size)
    translated, heat_maps = [], []
    step = batch_rows(batch_size)
    for start in range(0, len(images), step):
        part = tf.constant(images[start : start + step])
        outputs = on_replicas(_translate, [part], generator)
        translated.append(outputs["image"].numpy())
        if return_heat_maps:
            if "heat_map" not in outputs:
                raise ValueError(
                    f"{generator.name} has no attention, hence no heat maps."
                )
            heat_maps.append(outputs["heat_map"].numpy())
    translated = np.concatenate(translated)
    if not return_heat_maps:
        return translated
    return translated, np.concatenate(heat_maps)[..., 0]


def _check_images(images, size):
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(
            "images must be uint8 of shape (n, height, width, 3). "
            f"Received: {images.dtype} of shape {images.shape}"
        )
    if not len(images):
        raise ValueError("images must hold one image at least. Received: none")
    if size is not None and images.shape[1:3] != (size, size):
        raise ValueError(
            f"This model translates images of {size}x{size} pixels. "
            f"Received: {images.shape[1]}x{images.shape[2]}"
        )


@tf.function(reduce_retracing=True)
def _translate(images, generator):
    outputs = dict(generator(normalize_image(images), training=False))
    outputs["image"] = to_uint8(outputs["image"], "nearest")
    return outputs
