"""Where the words of a caption, or all of it, act on an image."""

import colorsys
import dataclasses
import math

import numpy as np
from PIL import Image

from tfragan.data.image_augmentation import NotFiniteError
from tfragan.visualization.image_grid import tile
from tfragan.visualization.labels import GAP
from tfragan.visualization.labels import SMALLEST_CELL
from tfragan.visualization.labels import fit_image
from tfragan.visualization.labels import headed
from tfragan.visualization.labels import heading
from tfragan.visualization.labels import labeled

_SMOOTHING = 20 / 256
_TRUNCATE = 4.0
ALPHA = 180 / 255


@dataclasses.dataclass(frozen=True)
class WordAttention:
    """What one word of a caption attends to.

    Attributes:
        word: the word.
        position: its place in the caption, from 0.
        confidence: sum of the attention clearly above an even share.
        attention_map: (height, width) float; the attention above twice an
            even share, 0 elsewhere.
    """

    word: str
    position: int
    confidence: float
    attention_map: np.ndarray


def enlarge_attention(attention_map, size, sigma=None):
    """Enlarges maps bilinearly and smooths them with a Gaussian.

    Height and width only are smoothed, never one word into the next.

    Args:
        attention_map: (height, width, words) float.
        size: (height, width) of the result in pixels, or one int for both.
        sigma: of the Gaussian in pixels of the result; by default 20 at a
            width of 256, as in the published pictures, and in proportion.

    Returns:
        (size, size, words) float64.

    Raises:
        ValueError: for maps without three axes.
    """
    maps = np.asarray(attention_map, np.float64)
    if maps.ndim != 3:
        raise ValueError(
            "Expected attention maps (height, width, words). Received: "
            f"attention_map.shape={maps.shape}"
        )
    height, width = (size, size) if isinstance(size, int) else size
    if sigma is None:
        sigma = _SMOOTHING * width
    rows = _gaussian(height, sigma) @ bilinear_weights(height, maps.shape[0])
    columns = _gaussian(width, sigma) @ bilinear_weights(width, maps.shape[1])
    # (out height, height) (height, width, words) (out width, width)
    return np.einsum("yh,hwk,xw->yxk", rows, maps, columns, optimize=True)


def blend_attention(image, attention_map, alpha=ALPHA):
    """Lays a map over an image: bright where attention is, dim elsewhere.

    Args:
        image: (height, width, 3) uint8.
        attention_map: (height, width) in 0 to 1, of the image's size.
        alpha: share of the map in the result; 180 / 255 and 210 / 255 were
            published.

    Returns:
        (height, width, 3) uint8.

    Raises:
        NotFiniteError: a number of the map is NaN or infinite.
    """
    if not np.isfinite(attention_map).all():
        raise NotFiniteError("An attention map")
    levels = 255.0 * np.asarray(attention_map)[..., np.newaxis]
    blended = (1.0 - alpha) * np.asarray(image, np.float64) + alpha * levels
    return np.clip(np.rint(blended), 0, 255).astype(np.uint8)


def overlay_words(image, attention_map, sigma=None, alpha=ALPHA):
    """The image once for each word, with the word's map laid over it.

    All maps share one scale, so that weak words stay dim.

    Args:
        image: (height, width, 3) uint8.
        attention_map: (map height, map width, words) float.
        sigma: see `enlarge_attention`.
        alpha: see `blend_attention`.

    Returns:
        (words, height, width, 3) uint8.

    Reference:
        [AttnGAN](https://arxiv.org/abs/1711.10485), figure 4.
    """
    maps = enlarge_attention(attention_map, image.shape[:2], sigma)
    maps = _to_unit_range(maps, axes=(0, 1, 2))
    return np.stack(
        [
            blend_attention(image, maps[..., word], alpha)
            for word in range(maps.shape[-1])
        ]
    )


def strongest_words(attention_map, words, count=5):
    """The words of a caption that claim regions of the image most clearly.

    With n words an even share of attention is 1 / n. A word's map keeps what
    exceeds 2 / n, its confidence sums what exceeds 4 / n. Nothing can exceed
    2 / n in captions of two words: 3 / 4 takes its place there. Words of
    equal confidence follow the sum of their maps, then their order.

    Args:
        attention_map: (height, width, at least words) float, whose values
            sum to 1 over the words.
        words: list of str, the words of the caption in order; maps beyond
            them are padding.
        count: how many words to return at most.

    Returns:
        A list of `WordAttention`, the most confident first.
    """
    words, maps = words_with_maps(attention_map, words)
    share = 1.0 / max(len(words), 1)
    kept = np.where(maps > min(2 * share, (1 + share) / 2), maps, 0.0)
    confidences = np.where(maps > 4 * share, maps, 0.0).sum((0, 1))
    order = sorted(
        range(len(words)),
        key=lambda word: (-confidences[word], -kept[..., word].sum()),
    )
    return [
        WordAttention(
            words[word], word, float(confidences[word]), kept[..., word]
        )
        for word in order[:count]
    ]


def overlay_strongest_word(image, attention, sigma=None, alpha=ALPHA):
    """The image with one word's map laid over it, on a scale of its own.

    A map without contrast, all zero for instance, is drawn as no attention.

    Args:
        image: (height, width, 3) uint8.
        attention: a `WordAttention`.
        sigma: see `enlarge_attention`.
        alpha: see `blend_attention`.

    Returns:
        (height, width, 3) uint8.
    """
    maps = attention.attention_map[..., np.newaxis]
    maps = enlarge_attention(maps, image.shape[:2], sigma)
    maps = _to_unit_range(maps, axes=(0, 1))
    return blend_attention(image, maps[..., 0], alpha)


def words_with_maps(attention_map, words):
    """Pairs words with maps: as many of each as both have.

    The maps are float (height, width, maps), and come as float64.
    """
    maps = np.asarray(attention_map, np.float64)
    words = list(words)[: maps.shape[-1]]
    return words, maps[..., : len(words)]


def _to_unit_range(maps, axes):
    lowest = maps.min(axes, keepdims=True, initial=np.inf)
    span = maps.max(axes, keepdims=True, initial=-np.inf) - lowest
    # Rounding makes a constant map vary a little: that is no contrast.
    flat = ~(span > 1e-9)
    return np.where(flat, 0.0, (maps - lowest) / np.where(flat, 1.0, span))


def bilinear_weights(size, source):
    """Weights (size, source) of a bilinear resize with half-pixel centers."""
    centers = (np.arange(size) + 0.5) * source / size - 0.5
    distances = np.abs(
        np.clip(centers, 0, source - 1)[:, np.newaxis] - np.arange(source)
    )
    return np.maximum(0.0, 1.0 - distances)


def _gaussian(size, sigma):
    """(size, size) weights of a Gaussian filter with mirrored edges."""
    if sigma <= 0:
        return np.eye(size)
    radius = int(_TRUNCATE * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights.sum()
    weighed = np.zeros((size, size))
    # ... 2 1 0 | 0 1 2 ... repeats with a period of twice the size.
    place = (np.arange(size)[:, np.newaxis] + offsets) % (2 * size)
    place = np.minimum(place, 2 * size - 1 - place)
    rows = np.broadcast_to(np.arange(size)[:, np.newaxis], place.shape)
    np.add.at(weighed, (rows, place), np.broadcast_to(weights, place.shape))
    return weighed


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
    """The RGB of a word by its place; colors repeat after 20.

    They are dark enough for white letters.
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


def map_figure(images, maps, captions, words):
    """The maps of a text-to-image model as one picture for several samples.

    Args:
        images: (batch, height, width, 3) uint8.
        maps: list over the stages, of (batch, map height, map width, channels)
            float: a channel a word for attention, one alone for masks.
        captions: list of str.
        words: list of lists of str, the words of each caption.

    Returns:
        (height, width, 3) uint8: an `attention_figure`, or a `mask_figure`.
    """
    if all(np.shape(stage)[-1] == 1 for stage in maps):
        return mask_figure(images, maps, captions)
    return attention_figure(images, maps, captions, words)


def attention_strip(attention_map):
    """The maximum over the words and the map of each word, side by side.

    Every map is stretched to the whole range by its own smallest and largest
    value; one that is the same everywhere becomes black.

    Args:
        attention_map: float array `(batch, height, width, words)`.

    Returns:
        float32 array `(batch, height, (words + 1) * width)` in [-1, 1].

    >>> attention_strip(np.eye(2)[np.newaxis, :, :, np.newaxis])[0].tolist()
    [[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0]]
    """
    maps = np.asarray(attention_map, np.float32)
    maps = np.concatenate([maps.max(-1, keepdims=True), maps], -1)
    low = maps.min((1, 2), keepdims=True)
    reach = maps.max((1, 2), keepdims=True) - low
    # The published code divides zero by zero here.
    stretched = (maps - low) / np.where(reach > 0, reach, 1.0)
    batch, height, width, count = maps.shape
    # (batch, height, width, maps) -> (batch, height, maps, width)
    rows = np.moveaxis(2.0 * stretched - 1.0, -1, 2)
    return rows.reshape(batch, height, count * width)


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
        NotFiniteError: a number is NaN or infinite.
    """
    values = np.asarray(mask, np.float32)
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 2:
        raise ValueError(
            "Expected a mask (height, width, 1). Received: "
            f"mask.shape={values.shape}"
        )
    if not np.isfinite(values).all():
        raise NotFiniteError("A mask")
    levels = np.rint(255.0 * np.clip(values, 0.0, 1.0))
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
