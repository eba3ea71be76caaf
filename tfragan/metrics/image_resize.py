"""The resizes that measured images go through, by name."""

import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.layers.bilinear_resize import resize_by_matrices

# What a network's own resize is called before the network is known.
ANTIALIASED = "antialiased"
ANTIALIASED_BILINEAR = "antialiased_bilinear"
ANTIALIASED_BICUBIC = "antialiased_bicubic"
LEGACY_TENSORFLOW = "legacy_tensorflow"
LEGACY_PYTORCH = "legacy_pytorch"


# Arguments of the resize by matrices.
_RESIZES: dict[str, dict] = {
    ANTIALIASED_BILINEAR: {"antialias": True},
    ANTIALIASED_BICUBIC: {"antialias": True, "kernel": "cubic"},
    LEGACY_TENSORFLOW: {"half_pixels": False},
    LEGACY_PYTORCH: {},
}


def resize_levels(images, side, resize):
    """Resizes images to a square without rounding to gray levels.

    Args:
        images: (batch, height, width, 3) of levels 0 to 255, any type.
        side: of the square in pixels.
        resize: `"antialiased_bilinear"`; `"antialiased_bicubic"`, that of PIL
            on float channels, the "clean" one of clean-fid;
            `"legacy_tensorflow"`, bilinear from the left ends of the pixels,
            as the program that FID was published with; `"legacy_pytorch"`,
            bilinear from the centers of the pixels. The legacy ones skip
            pixels where an image shrinks.

    Returns:
        float32 (batch, side, side, 3), 0 to 255.

    Reference:
        [Parmar et al., 2022](https://arxiv.org/abs/2104.11222), section 3.
    """
    levels = tf.cast(images, tf.float32)
    resized = resize_by_matrices(levels, (side, side), **_RESIZES[resize])
    # A cubic overshoots at edges.
    return tf.clip_by_value(resized, 0.0, 255.0)


def resize_name(resize, antialiased):
    """The name of a resize, of `resize_levels`, once the network is known.

    `antialiased` is what `"antialiased"` is for the network.
    """
    if resize == ANTIALIASED:
        return antialiased
    check_choice("resize", resize, (ANTIALIASED, *_RESIZES))
    return resize
