"""Images translated, translated back, and the heat maps, as one picture."""

import numpy as np

from tfragan.data.image_augmentation import NotFiniteError
from tfragan.visualization.caption_maps import bilinear_weights
from tfragan.visualization.pixels import to_pixels
from tfragan.visualization.pixels import to_unit_range


def heat_map_levels(heat_map):
    """A map (height, width), maybe with 1 channel, over the gray levels.

    It is stretched and truncated to uint8, all 0 for a map without contrast.
    """
    values = np.asarray(heat_map, np.float32)
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 2 or not values.size:
        raise ValueError(
            "Expected a heat map (height, width). Received: "
            f"heat_map.shape={values.shape}"
        )
    if not np.isfinite(values).all():
        raise NotFiniteError("A heat map")
    values = values - values.min()
    span = values.max()
    # The span of large numbers may be infinite.
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
    """The RGB (256, 3) of gray levels: dark blue, cyan, yellow, dark red."""
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


_PASSES = ("identity", "translation", "cycle")


def panel_rows(heat_maps=True):
    """What the rows of a panel are, from the top.

    Args:
        heat_maps: whether the generators give heat maps.

    Returns:
        List of str, 7 with heat maps and 4 without.
    """
    rows = ["real image"]
    for name in _PASSES:
        if heat_maps:
            rows.append(f"heat map of the {name}")
        rows.append(name)
    return rows


def translation_passes(generator, back_generator, images):
    """Runs the three passes of a panel in inference mode.

    Args:
        generator: the generator to the other domain; gives a dict of `image`
            and, if it has one, `heat_map`.
        back_generator: the generator to the images' own domain.
        images: (batch, height, width, 3) float in [-1, 1].

    Returns:
        Dict of `identity`, what `back_generator` makes of the images,
        `translation`, what `generator` makes of them, and `cycle`, what
        `back_generator` makes of the translation: each the dict of the
        generator's image and heat map.
    """
    translation = generator(images, training=False)
    passes = (
        back_generator(images, training=False),
        translation,
        back_generator(translation["image"], training=False),
    )
    return {
        name: {
            key: outputs[key] for key in ("image", "heat_map") if key in outputs
        }
        for name, outputs in zip(_PASSES, passes, strict=True)
    }


def translation_columns(images, passes):
    """Draws the passes of each image as a column.

    From the top: the image; the heat map and the image of the identity, of
    the translation and of the cycle. Generators without heat maps have the
    four images alone.

    Args:
        images: (batch, height, width, 3) float in [-1, 1].
        passes: what `translation_passes` gave for them.

    Returns:
        (batch, rows * height, width, 3) uint8, RGB.
    """
    size = tuple(images.shape[1:3])
    rows = [to_pixels(images)]
    for name in _PASSES:
        outputs = passes[name]
        if "heat_map" in outputs:
            maps = np.asarray(outputs["heat_map"])
            rows.append(np.stack([draw_heat_map(one, size) for one in maps]))
        rows.append(to_pixels(outputs["image"]))
    return np.concatenate(rows, axis=1)


def translation_panel(pixels, run_passes):
    """One picture for several images, a column each.

    Args:
        pixels: (images, height, width, 3) uint8.
        run_passes: function of (1, height, width, 3) floats in [-1, 1] that
            gives what `translation_passes` does.

    Returns:
        (rows * height, images * width, 3) uint8, RGB.

    Reference:
        Published code of [U-GAT-IT](https://arxiv.org/abs/1907.10830): five
        training images, then five test images.
    """
    columns = []
    # One at a time, as large generators have to be run.
    for start in range(len(pixels)):
        images = to_unit_range(pixels[start : start + 1])
        columns += list(translation_columns(images, run_passes(images)))
    return np.concatenate(columns, axis=1)
