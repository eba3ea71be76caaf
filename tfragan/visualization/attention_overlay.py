"""Attention maps enlarged, weighed and laid over images."""

import dataclasses

import numpy as np
from PIL import Image

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
    """
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

    Args:
        attention_map: (height, width, maps) float.
        words: list of str.

    Returns:
        The words and the maps (height, width, words) as float64.
    """
    maps = np.asarray(attention_map, np.float64)
    words = list(words)[: maps.shape[-1]]
    return words, maps[..., : len(words)]


def resize_image(image, size):
    """Resizes an image bilinearly.

    Args:
        image: (height, width, 3) uint8.
        size: height and width in pixels.

    Returns:
        (size, size, 3) uint8.
    """
    resized = Image.fromarray(np.asarray(image)).resize(
        (size, size), Image.Resampling.BILINEAR
    )
    return np.asarray(resized)


def _to_unit_range(maps, axes):
    lowest = maps.min(axes, keepdims=True, initial=np.inf)
    span = maps.max(axes, keepdims=True, initial=-np.inf) - lowest
    # Rounding makes a constant map vary a little: that is no contrast.
    flat = ~(span > 1e-9)
    return np.where(flat, 0.0, (maps - lowest) / np.where(flat, 1.0, span))


def bilinear_weights(size, source):
    """The weights of a bilinear resize with half-pixel centers.

    Args:
        size: pixels of the result along the axis.
        source: pixels to resize.

    Returns:
        (size, source) float64; each row sums to 1.
    """
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
