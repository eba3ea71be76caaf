"""Features in blocks of rows, which may lie in a file."""

import numpy as np

# Tens of thousands of images make a matrix of pairs too large to be kept.
_ROWS_AT_ONCE = 1024


def row_blocks(features):
    """Yields the slice of a block's rows, and the block in float64."""
    for start in range(0, len(features), _ROWS_AT_ONCE):
        places = slice(start, min(start + _ROWS_AT_ONCE, len(features)))
        yield places, np.asarray(features[places], np.float64)


def feature_array(features):
    """Features (images, dim) with a shape; lists become float64 arrays."""
    if hasattr(features, "shape"):
        return features
    return np.array(features, np.float64)


def check_finite(features):
    """Refuses features (images, dim) that hold NaN or infinity."""
    if not all(np.isfinite(block).all() for _, block in row_blocks(features)):
        raise ValueError("Expected finite features. Received: NaN or infinity")
