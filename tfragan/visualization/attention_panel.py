"""Pictures of what the words of a caption look at."""

import colorsys

import numpy as np

from tfragan.visualization.attention_overlay import overlay_strongest_word
from tfragan.visualization.attention_overlay import overlay_words
from tfragan.visualization.attention_overlay import strongest_words
from tfragan.visualization.attention_overlay import words_with_maps
from tfragan.visualization.image_grid import tile
from tfragan.visualization.panel_cells import GAP
from tfragan.visualization.panel_cells import fit_image
from tfragan.visualization.panel_cells import headed
from tfragan.visualization.panel_cells import heading
from tfragan.visualization.panel_cells import labeled

_COLORS = 20
_STRONGEST = 5


def word_panel(image, attention_map, words, cell_size=None, columns=None):
    """The image, then each word with its map over the image.

    Args:
        image: (height, width, 3) uint8.
        attention_map: (map height, map width, at least words) float.
        words: list of str, the words of the caption in order; maps beyond
            them are padding, words beyond the maps are left out.
        cell_size: side of a picture in pixels; by default the image's width,
            at least 96.
        columns: pictures a row; by default all in one.

    Returns:
        (height, width, 3) uint8.

    Reference:
        [AttnGAN](https://arxiv.org/abs/1711.10485), figure 4.
    """
    image = fit_image(image, cell_size)
    words, maps = words_with_maps(attention_map, words)
    cells = [labeled(image, "")]
    if words:
        overlays = overlay_words(image, maps)
        cells += [
            _word_cell(overlay, word, position)
            for position, (word, overlay) in enumerate(
                zip(words, overlays, strict=True)
            )
        ]
    return tile(cells, columns or len(cells), GAP)


def strongest_words_panel(image, attention_map, words, count=5, cell_size=None):
    """The image, then the words that claim their regions most clearly.

    Args:
        image: (height, width, 3) uint8.
        attention_map: (map height, map width, at least words) float.
        words: list of str, the words of the caption in order.
        count: how many words to show; cells of missing words stay empty.
        cell_size: side of a picture in pixels; by default the image's width,
            at least 96.

    Returns:
        (height, width, 3) uint8.

    Reference:
        [AttnGAN](https://arxiv.org/abs/1711.10485), figure 4: the five most
        attended words of each stage.
    """
    image = fit_image(image, cell_size)
    cells = [labeled(image, "")]
    for attention in strongest_words(attention_map, words, count):
        overlay = overlay_strongest_word(image, attention)
        cells.append(_word_cell(overlay, attention.word, attention.position))
    empty = np.full_like(cells[0], 255)
    cells += [empty] * (1 + count - len(cells))
    return tile(cells, len(cells), GAP)


def attention_figure(
    images, attention_maps, captions, words, cell_size=None, columns=10
):
    """One picture for several samples: all words, and the strongest five.

    Captions of up to five words show no second panel.

    Args:
        images: (batch, height, width, 3) uint8.
        attention_maps: list over the stages with attention, of (batch, map
            height, map width, words) float.
        captions: list of str, printed above each sample.
        words: list of lists of str, the words of each caption.
        cell_size: side of a picture in pixels; by default the images' width,
            at least 96.
        columns: pictures a row; panels of short captions stand side by side.

    Returns:
        (height, width, 3) uint8.

    Raises:
        ValueError: for numbers of samples that differ.
    """
    counts = {len(images), len(captions), len(words)}
    counts.update(len(maps) for maps in attention_maps)
    if len(counts) != 1 or not len(images):
        raise ValueError(
            "Expected as many maps, captions and lists of words as images, "
            "at least one. "
            f"Received: {len(images)} images, "
            f"{[len(maps) for maps in attention_maps]} maps, "
            f"{len(captions)} captions, {len(words)} lists of words"
        )
    cell = fit_image(images[0], cell_size).shape[1]
    width = columns * (cell + GAP) + 2 * GAP
    rows = []
    for sample, caption in enumerate(captions):
        rows.append(heading(caption, width))
        blocks = []
        for stage, maps in enumerate(attention_maps):
            arguments = (images[sample], maps[sample], words[sample])
            name = "stage {}, {} x {}".format(stage + 2, *maps.shape[1:3])
            panel = word_panel(*arguments, cell, columns)
            blocks.append(headed(panel, name))
            if len(words[sample]) > _STRONGEST:
                panel = strongest_words_panel(*arguments, _STRONGEST, cell)
                blocks.append(headed(panel, f"{name}, most confident words"))
        rows += _flow(blocks, width)
    return np.concatenate([_widen(row, width) for row in rows])


def word_color(position):
    """The color of a word by its place in the caption.

    Args:
        position: from 0; colors repeat after 20.

    Returns:
        RGB, 0 to 255, dark enough for white letters.
    """
    # Steps of 7 / 20 around the circle keep neighbors apart.
    hue = position * 7 % _COLORS / _COLORS
    return tuple(
        round(255 * part) for part in colorsys.hls_to_rgb(hue, 0.36, 0.5)
    )


def _word_cell(picture, word, position):
    return labeled(picture, word, (255, 255, 255), word_color(position))


def _flow(blocks, width):
    """Puts blocks side by side in rows, as words are in lines."""
    rows = []
    for block in blocks:
        if (
            rows
            and len(rows[-1]) == len(block)
            and rows[-1].shape[1] + block.shape[1] <= width
        ):
            rows[-1] = np.concatenate([rows[-1], block], axis=1)
        else:
            rows.append(block)
    return rows


def _widen(picture, width):
    missing = max(width - picture.shape[1], 0)
    return np.pad(picture, ((0, 0), (0, missing), (0, 0)), constant_values=255)
