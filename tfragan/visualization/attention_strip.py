"""Attention maps side by side, as RAGAN's authors show them."""

import numpy as np


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
