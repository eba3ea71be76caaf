"""Heat maps of class activation in the colors of the published panels."""

import numpy as np

from tfragan.visualization.attention_overlay import bilinear_weights


def heat_map_levels(heat_map):
    """The map stretched over the gray levels, truncated.

    Args:
        heat_map: (height, width) or (height, width, 1) float of any range.

    Returns:
        (height, width) uint8, all 0 for a map without contrast.

    Raises:
        ValueError: for any other shape.
    """
    values = np.asarray(heat_map, np.float32)
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 2 or not values.size:
        raise ValueError(
            "Expected a heat map (height, width). Received: "
            f"heat_map.shape={values.shape}"
        )
    values = values - values.min()
    span = values.max()
    # Also False for NaN, which has no color either.
    if not span > 0.0 or not np.isfinite(span):
        return np.zeros(values.shape, np.uint8)
    return (np.float32(255.0) * (values / span)).astype(np.uint8)


def resize_levels(levels, size):
    """Resizes gray levels bilinearly with half-pixel centers.

    Args:
        levels: (height, width) uint8.
        size: (height, width) of the result, or one int for both.

    Returns:
        uint8 of that size, rounded; the integer arithmetic of OpenCV is one
        level below in about one pixel of ten.
    """
    height, width = (size, size) if isinstance(size, int) else size
    rows = bilinear_weights(height, levels.shape[0])
    columns = bilinear_weights(width, levels.shape[1])
    # (out height, height) (height, width) (width, out width)
    resized = rows @ levels.astype(np.float64) @ columns.T
    return np.floor(resized + 0.5).astype(np.uint8)


def jet_colors():
    """The color of each gray level: dark blue, cyan, yellow, dark red.

    Returns:
        (256, 3) uint8, RGB.
    """
    level = np.arange(256)
    red = np.select(
        [level < 96, level < 160, level < 224],
        [0, 4 * level - 382, 255],
        1148 - 4 * level,
    )
    green = np.select(
        [level < 32, level < 96, level < 160],
        [0, 4 * (level - 32), 255],
        892 - 4 * level,
    )
    blue = np.select(
        [level < 32, level < 96], [128 + 4 * level, 255], 638 - 4 * level
    )
    blue[159] = 1
    colors = np.stack([red, green, blue], axis=-1)
    return np.clip(colors, 0, 255).astype(np.uint8)


def draw_heat_map(heat_map, size):
    """A heat map as a picture: the colored map alone, over no photo.

    The map is stretched over its own range, so that colors of two maps do
    not compare. A map without contrast is dark blue.

    Args:
        heat_map: (height, width) or (height, width, 1) float of any range.
        size: (height, width) of the picture, or one int for both.

    Returns:
        (height, width, 3) uint8, RGB.

    Reference:
        Published code of [U-GAT-IT](https://arxiv.org/abs/1907.10830).
    """
    return jet_colors()[resize_levels(heat_map_levels(heat_map), size)]
