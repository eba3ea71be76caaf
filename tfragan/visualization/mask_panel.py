"""Pictures of the masks that a generator made on the way to its images."""

import math

import numpy as np
from PIL import Image

from tfragan.visualization.image_grid import tile
from tfragan.visualization.panel_cells import GAP
from tfragan.visualization.panel_cells import SMALLEST_CELL
from tfragan.visualization.panel_cells import fit_image
from tfragan.visualization.panel_cells import heading
from tfragan.visualization.panel_cells import labeled


def mask_figure(images, masks, captions, cell_size=None):
    """One picture for several samples, a row each.

    A row has the caption above it and holds the image, the masks of all
    stages from small to large, and the image under the last mask.

    Args:
        images: (batch, height, width, 3) uint8.
        masks: list over the stages, of (batch, mask height, mask width, 1)
            float in [0, 1].
        captions: list of str, printed above each row.
        cell_size: side of a picture in pixels; by default the images' width
            times the whole number that takes it to at least 96.

    Returns:
        (height, width, 3) uint8.

    Raises:
        ValueError: for numbers of samples that differ, or no masks.

    Reference:
        [SSA-GAN](https://arxiv.org/abs/2104.00567): the figure of the masks
        of each stage.
    """
    counts = {len(images), len(captions), *(len(stage) for stage in masks)}
    if len(counts) != 1 or not len(images) or not len(masks):
        raise ValueError(
            "Expected as many captions and masks of each stage as images, at "
            f"least one. Received: {len(images)} images, {len(captions)} "
            f"captions, {[len(stage) for stage in masks]} masks"
        )
    rows = []
    for sample, caption in enumerate(captions):
        row = _row(
            images[sample], [stage[sample] for stage in masks], cell_size
        )
        rows += [heading(caption, row.shape[1]), row]
    return np.concatenate(rows)


def mask_levels(mask):
    """A mask in gray: 0 is black, 1 white.

    Args:
        mask: (height, width, 1) or (height, width) float in [0, 1].

    Returns:
        (height, width) uint8, rounded.

    Raises:
        ValueError: for any other shape.
    """
    values = np.asarray(mask, np.float32)
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 2:
        raise ValueError(
            "Expected a mask (height, width, 1). Received: "
            f"mask.shape={values.shape}"
        )
    levels = np.rint(255.0 * np.clip(np.nan_to_num(values), 0.0, 1.0))
    return levels.astype(np.uint8)


def shade_image(image, mask):
    """An image, the darker the lower the mask.

    Args:
        image: (height, width, 3) uint8.
        mask: float in [0, 1], (mask height, mask width, 1) or without the
            last axis; it is enlarged to the image's size.

    Returns:
        (height, width, 3) uint8.
    """
    levels = _enlarge(mask_levels(mask), image.shape[:2])
    shaded = image * (levels[..., np.newaxis] / 255.0)
    return np.rint(shaded).astype(np.uint8)


def _row(image, masks, cell_size):
    if cell_size is None:
        # Whole multiples keep the pixels of all masks equally large.
        width = np.shape(image)[1]
        cell_size = width * math.ceil(SMALLEST_CELL / width)
    image = fit_image(image, cell_size)
    cells = [labeled(image, "")]
    for mask in masks:
        levels = mask_levels(mask)
        gray = _enlarge(levels, image.shape[:2])
        name = "{} x {}".format(*levels.shape)
        cells.append(labeled(np.stack([gray] * 3, axis=-1), name))
    cells.append(labeled(shade_image(image, masks[-1]), "image under mask"))
    return tile(cells, len(cells), GAP)


def _enlarge(levels, size):
    """Repeats gray levels to a (height, width)."""
    picture = Image.fromarray(levels).resize(
        size[::-1], Image.Resampling.NEAREST
    )
    return np.asarray(picture)
