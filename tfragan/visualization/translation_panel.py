"""What two generators make of images: there, back, and where they are."""

import numpy as np

from tfragan.visualization.heat_map import draw_heat_map
from tfragan.visualization.pixels import to_pixels
from tfragan.visualization.pixels import to_unit_range

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
