"""Short texts drawn into pictures with Pillow's built-in font.

The font covers Latin script; other characters show as boxes.
"""

import functools

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

_LINE_SPACING = 1.3
# Of the room that a line leaves, what goes to its left.
_SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}


@functools.lru_cache(maxsize=16)
def label_font(size):
    """Pillow's built-in scalable font.

    Args:
        size: height of the letters in pixels.
    """
    return ImageFont.load_default(size)


def shorten(text, width, size):
    """Cuts a text with an ellipsis so that it fits a width.

    Args:
        text: one line of text.
        width: in pixels.
        size: font size in pixels.

    Returns:
        The text, or its beginning and "…".
    """
    length = label_font(size).getlength
    if length(text) <= width:
        return text
    while text and length(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text, width, size, lines):
    """Breaks a text between words into at most `lines` lines.

    Args:
        text: the text; runs of white space count as one space.
        width: of a line in pixels.
        size: font size in pixels.
        lines: how many lines there may be; the last one is shortened.

    Returns:
        A list of str.
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
    """Height in pixels of a label of some lines of text.

    Args:
        size: font size in pixels.
        lines: number of lines.
    """
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
    """Draws a text into a strip of its own.

    Args:
        text: what to write.
        width: of the strip in pixels.
        size: font size in pixels.
        lines: number of lines that the strip has room for.
        color: RGB of the letters, 0 to 255.
        background: RGB of the strip.
        align: where each line stands: `"left"`, `"center"` or `"right"`.

    Returns:
        (height, width, 3) uint8 with the height of `label_height`.
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
