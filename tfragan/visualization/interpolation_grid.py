"""Pictures of a walk between two sentences or two noises."""

import numpy as np

from tfragan.visualization.image_grid import tile
from tfragan.visualization.panel_cells import GAP
from tfragan.visualization.panel_cells import LABEL_SIZE
from tfragan.visualization.panel_cells import fit_image
from tfragan.visualization.panel_cells import heading
from tfragan.visualization.panel_cells import row_labels_beside
from tfragan.visualization.text_label import draw_label
from tfragan.visualization.text_label import wrap

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
