"""Pictures that take as long to decode as photographs do."""

import numpy as np

# Height and width: those of CUB are 500 pixels wide, faces of CelebA 178.
LANDSCAPE = (375, 500)
PORTRAIT = (218, 178)


def photographs(count, sides):
    """JPEG files that look like nothing, the same ones every time.

    Args:
        count: how many.
        sides: height and width in pixels.

    Returns:
        List of bytes.
    """
    import tensorflow as tf

    draw = np.random.default_rng(0)
    files = []
    for _ in range(count):
        # Smooth, with some grain: JPEG's work depends on what there is to see.
        coarse = draw.uniform(0, 255, (12, 16, 3))
        image = tf.image.resize(coarse, sides, "bicubic")
        image += draw.normal(0, 4, (*sides, 3))
        pixels = tf.saturate_cast(image, tf.uint8)
        files.append(tf.io.encode_jpeg(pixels, quality=90).numpy())
    return files
