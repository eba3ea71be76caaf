"""What labelled pictures in a panel are made of."""

import math

import numpy as np

from tfragan.visualization.attention_overlay import resize_image
from tfragan.visualization.text_label import draw_label
from tfragan.visualization.text_label import label_font

SMALLEST_CELL = 96
LABEL_SIZE = 13
HEADING_SIZE = 15
GAP = 3
_MARGIN = 10

_HEADING_COLOR = (40, 40, 40)
_LABEL_COLOR = (60, 60, 60)
_WHITE = (255, 255, 255)


def fit_image(image, cell_size=None):
    """An image at the size of a cell, enlarged bilinearly.

    Args:
        image: (height, width, 3) uint8.
        cell_size: side of the cell in pixels; by default the image's width,
            at least 96.

    Returns:
        (cell, cell, 3) uint8.

    Raises:
        ValueError: for anything but an RGB image in uint8.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[-1] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "Expected a uint8 image (height, width, 3). Received: "
            f"{image.dtype} of shape {image.shape}"
        )
    return resize_image(image, cell_size or max(image.shape[1], SMALLEST_CELL))


def labeled(picture, text, color=_LABEL_COLOR, background=_WHITE):
    """A picture below a strip with a text in its middle.

    Args:
        picture: (height, width, 3) uint8.
        text: one line of text.
        color: RGB of the letters, 0 to 255.
        background: RGB of the strip.

    Returns:
        (strip and height, width, 3) uint8.
    """
    label = draw_label(
        text,
        picture.shape[1],
        LABEL_SIZE,
        color=color,
        background=background,
        align="center",
    )
    return np.concatenate([label, picture])


def headed(picture, text):
    """A picture below a small heading.

    Args:
        picture: (height, width, 3) uint8.
        text: one line of text.

    Returns:
        (strip and height, width, 3) uint8.
    """
    label = heading(text, picture.shape[1], LABEL_SIZE)
    return np.concatenate([label, picture])


def heading(text, width, size=HEADING_SIZE):
    """One line of text, cut to a width.

    Args:
        text: one line of text.
        width: in pixels.
        size: font size in pixels.

    Returns:
        (height, width, 3) uint8.
    """
    return draw_label(text, width, size, color=_HEADING_COLOR)


def row_labels_beside(labels, cell, height):
    """A column of texts, each at the middle of its row of cells.

    Args:
        labels: list of str, one a row.
        cell: height of a cell in pixels.
        height: of the picture whose lowest part the rows are.

    Returns:
        (height, width, 3) uint8, as wide as the texts need.
    """
    length = label_font(LABEL_SIZE).getlength
    width = math.ceil(max(map(length, labels))) + _MARGIN
    column = np.full((height, width, 3), 255, np.uint8)
    # The rows stand at the bottom; what is above them has no label.
    first = height - len(labels) * (cell + GAP)
    for number, label in enumerate(labels):
        strip = draw_label(label, width, LABEL_SIZE, align="right")
        top = first + number * (cell + GAP) + (cell - len(strip)) // 2
        column[top : top + len(strip)] = strip
    return column
