"""Features in blocks of rows, which may lie in a file."""

import numpy as np

# Tens of thousands of images make a matrix of pairs too large to be kept.
_ROWS_AT_ONCE = 1024


def row_blocks(features):
    """Yields blocks of rows in float64.

    Args:
        features: (images, dim), also a `np.memmap`.

    Yields:
        The slice of a block's rows, and the float64 array (rows, dim).
    """
    for start in range(0, len(features), _ROWS_AT_ONCE):
        places = slice(start, min(start + _ROWS_AT_ONCE, len(features)))
        yield places, np.asarray(features[places], np.float64)


def feature_array(features):
    """Features as something with a shape that can be indexed.

    Args:
        features: (images, dim), an array, a `np.memmap` or nested lists.

    Returns:
        What was given, or a float64 array instead of lists.
    """
    if hasattr(features, "shape"):
        return features
    return np.array(features, np.float64)


def check_finite(features):
    """Refuses features that cannot be measured.

    Args:
        features: (images, dim), also a `np.memmap`.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    if not all(np.isfinite(block).all() for _, block in row_blocks(features)):
        raise ValueError("Expected finite features. Received: NaN or infinity")
