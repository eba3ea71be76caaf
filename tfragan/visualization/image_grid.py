"""Many images as one picture: a grid, or a walk between two sentences."""

import math

import numpy as np

from tfragan.visualization.labels import GAP
from tfragan.visualization.labels import LABEL_SIZE
from tfragan.visualization.labels import draw_label
from tfragan.visualization.labels import fit_image
from tfragan.visualization.labels import heading
from tfragan.visualization.labels import row_labels_beside
from tfragan.visualization.labels import wrap

_CAPTION_SIZE = 11
_CAPTIONED_WIDTH = 112


def image_grid(
    images,
    captions=None,
    columns=None,
    padding=4,
    enlarge=None,
    caption_lines=2,
    background=255,
):
    """Arranges images in rows, each with its caption underneath.

    Args:
        images: (batch, height, width, 3) uint8.
        captions: optional list of str, one an image.
        columns: images a row; by default the grid is about square.
        padding: pixels between images and around them.
        enlarge: whole factor by which pixels are repeated; by default 1, or
            with captions as much as they need to be readable.
        caption_lines: lines of text that a caption may take.
        background: grey level between the images, 0 to 255.

    Returns:
        (height, width, 3) uint8.

    Raises:
        ValueError: for images of another kind, none at all, or a wrong
            number of captions.
    """
    images = np.asarray(images)
    if (
        images.ndim != 4
        or images.shape[-1] != 3
        or images.dtype != np.uint8
        or not images.size
    ):
        raise ValueError(
            "Expected at least one uint8 image (batch, height, width, 3). "
            f"Received: {images.dtype} of shape {images.shape}"
        )
    if captions is not None and len(captions) != len(images):
        raise ValueError(
            "Expected one caption for each image. Received: "
            f"{len(captions)} captions for {len(images)} images"
        )
    if enlarge is None:
        missing = _CAPTIONED_WIDTH / images.shape[2]
        enlarge = 1 if captions is None else max(1, math.ceil(missing))
    cells = images.repeat(enlarge, axis=1).repeat(enlarge, axis=2)
    if captions is not None:
        width = cells.shape[2]
        labels = [
            draw_label(
                caption,
                width,
                _CAPTION_SIZE,
                caption_lines,
                background=(background,) * 3,
            )
            for caption in captions
        ]
        cells = np.concatenate([cells, np.stack(labels)], axis=1)
    columns = columns or math.ceil(math.sqrt(len(cells)))
    return tile(cells, columns, padding, background)


def tile(cells, columns, padding, background=255):
    """Arranges uint8 cells (cells, height, width, 3) in rows.

    There is padding between cells and around them, of a gray level.
    """
    cells = np.asarray(cells)
    columns = min(columns, len(cells))
    rows = math.ceil(len(cells) / columns)
    height, width = (side + padding for side in cells.shape[1:3])
    picture = np.full(
        (rows * height + padding, columns * width + padding, 3),
        background,
        np.uint8,
    )
    for number, cell in enumerate(cells):
        top = number // columns * height + padding
        left = number % columns * width + padding
        picture[top : top + len(cell), left : left + cell.shape[1]] = cell
    return picture


_MOST_LINES = 3


def interpolation_figure(
    images, ends, row_labels=None, title="", cell_size=None
):
    """A grid of images whose columns lead from one end to another.

    Args:
        images: (rows, columns, height, width, 3) uint8.
        ends: two str, printed above the first and the last column.
        row_labels: list of str, one a row, printed to its left; by default
            none.
        title: text above all.
        cell_size: side of an image in pixels; by default the images' width,
            at least 96.

    Returns:
        (height, width, 3) uint8.

    Raises:
        ValueError: for images of another shape, or numbers of labels that
            differ from what there is to label.
    """
    images = np.asarray(images)
    if images.ndim != 5 or not images.size:
        raise ValueError(
            "Expected at least one image (rows, columns, height, width, 3). "
            f"Received: images.shape={images.shape}"
        )
    rows, columns = images.shape[:2]
    if len(ends) != 2 or len(row_labels or images) != rows:
        raise ValueError(
            "Expected two ends and one label a row. Received: "
            f"{len(ends)} ends and {len(row_labels or images)} labels for "
            f"{rows} rows"
        )
    cells = [fit_image(image, cell_size) for row in images for image in row]
    picture = tile(cells, columns, GAP)
    picture = np.concatenate([_above(ends, picture.shape[1]), picture])
    if row_labels:
        side = row_labels_beside(row_labels, len(cells[0]), len(picture))
        picture = np.concatenate([side, picture], axis=1)
    if title:
        strip = heading(title, picture.shape[1])
        picture = np.concatenate([strip, picture])
    return picture


def _above(ends, width):
    """The texts of the first and the last column, each in its half."""
    half = width // 2
    widths = (half, width - half)
    lines = max(
        len(wrap(text, room - 4, LABEL_SIZE, _MOST_LINES))
        for text, room in zip(ends, widths, strict=True)
    )
    return np.concatenate(
        [
            draw_label(text, room, LABEL_SIZE, max(lines, 1), align=align)
            for text, room, align in zip(
                ends, widths, ("left", "right"), strict=True
            )
        ],
        axis=1,
    )
