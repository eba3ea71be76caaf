"""Texts in pictures, with Pillow's built-in font, and pictures below them.

The font covers Latin script; other characters show as boxes.
"""

import functools
import math

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

_LINE_SPACING = 1.3
# Of the room that a line leaves, what goes to its left.
_SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}


@functools.lru_cache(maxsize=16)
def label_font(size):
    """Pillow's built-in scalable font, letters `size` pixels high."""
    return ImageFont.load_default(size)


def shorten(text, width, size):
    """Cuts a line of text with an ellipsis to fit a width in pixels."""
    length = label_font(size).getlength
    if length(text) <= width:
        return text
    while text and length(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text, width, size, lines):
    """Breaks a text between words into at most `lines` lines.

    Runs of white space count as one space; the last line is shortened.
    """
    length = label_font(size).getlength
    words = text.split()
    wrapped = []
    while words and len(wrapped) < lines - 1:
        count = 1
        while (
            count < len(words) and length(" ".join(words[: count + 1])) <= width
        ):
            count += 1
        wrapped.append(shorten(" ".join(words[:count]), width, size))
        words = words[count:]
    if words:
        wrapped.append(shorten(" ".join(words), width, size))
    return wrapped


def label_height(size, lines=1):
    """Height in pixels of a label of some lines of text."""
    return round(size * _LINE_SPACING * lines) + 4


def draw_label(
    text,
    width,
    size=12,
    lines=1,
    color=(60, 60, 60),
    background=(255, 255, 255),
    align="left",
):
    """Draws a text into a strip of its own, uint8, as high as `label_height`.

    Args:
        text: what to write.
        width: of the strip in pixels.
        size: font size in pixels.
        lines: number of lines that the strip has room for.
        color: RGB of the letters, 0 to 255.
        background: RGB of the strip.
        align: where each line stands: `"left"`, `"center"` or `"right"`.
    """
    height = label_height(size, lines)
    strip = Image.new("RGB", (width, height), tuple(background))
    draw = ImageDraw.Draw(strip)
    font = label_font(size)
    for number, line in enumerate(wrap(text, width - 4, size, lines)):
        left = max(2.0, _SHARES[align] * (width - 4 - font.getlength(line)) + 2)
        top = 2 + number * size * _LINE_SPACING
        draw.text((left, top), line, fill=tuple(color), font=font)
    return np.asarray(strip)


SMALLEST_CELL = 96
LABEL_SIZE = 13
HEADING_SIZE = 15
GAP = 3
_MARGIN = 10

_HEADING_COLOR = (40, 40, 40)
_LABEL_COLOR = (60, 60, 60)
_WHITE = (255, 255, 255)


def fit_image(image, cell_size=None):
    """A uint8 RGB image at the size of a cell, enlarged bilinearly.

    By default the cell is as wide as the image, at least 96 pixels.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[-1] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "Expected a uint8 image (height, width, 3). Received: "
            f"{image.dtype} of shape {image.shape}"
        )
    return _resize(image, cell_size or max(image.shape[1], SMALLEST_CELL))


def labeled(picture, text, color=_LABEL_COLOR, background=_WHITE):
    """A picture below a strip with a line of text in its middle."""
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
    """A picture below a small heading."""
    label = heading(text, picture.shape[1], LABEL_SIZE)
    return np.concatenate([label, picture])


def heading(text, width, size=HEADING_SIZE):
    """One line of text, cut to a width."""
    return draw_label(text, width, size, color=_HEADING_COLOR)


def row_labels_beside(labels, cell, height):
    """A column of texts, each at the middle of its row of cells.

    `cell` is the height of one, `height` that of the picture whose lowest part
    the rows are.
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


def _resize(image, size):
    """An image of that height and width, enlarged bilinearly."""
    resized = Image.fromarray(image).resize(
        (size, size), Image.Resampling.BILINEAR
    )
    return np.asarray(resized)
