"""Distances of features to each other and to their nearest neighbors."""

import numpy as np

from tfragan.metrics.feature_blocks import check_finite
from tfragan.metrics.feature_blocks import feature_array
from tfragan.metrics.feature_blocks import row_blocks

# Of the squared norms and for each dimension: what their difference may be
# off by.
_ROUNDING = 1e-15


def squared_distance_blocks(first, second):
    """Yields slices of rows and columns, and their squared distances.

    Distances that are nothing but rounding come as 0, so that copies of an
    image are at distance 0 of it.
    """
    for rows, part in row_blocks(first):
        squares = (part * part).sum(axis=1)[:, np.newaxis]
        for columns, other_part in row_blocks(second):
            sums = squares + (other_part * other_part).sum(axis=1)
            block = sums - 2.0 * (part @ other_part.T)
            block[block < _ROUNDING * first.shape[1] * sums] = 0.0
            yield rows, columns, block


def squared_radii(features, neighbors):
    """The squared distance of each row to its k-th nearest neighbor, float64.

    A row is no neighbor of itself.
    """
    nearest = np.full((len(features), neighbors), np.inf)
    for rows, columns, block in squared_distance_blocks(features, features):
        if rows == columns:
            np.fill_diagonal(block, np.inf)
        candidates = np.concatenate([nearest[rows], block], axis=1)
        kept = np.partition(candidates, neighbors - 1, axis=1)
        nearest[rows] = kept[:, :neighbors]
    return nearest.max(axis=1)


def checked_sets(real, generated, neighbors):
    """Two sets of finite features (images, dim), as arrays, with enough rows.

    Every row has to have `neighbors`. A `np.memmap` stays one.
    """
    real, generated = feature_array(real), feature_array(generated)
    if (
        len(real.shape) != 2
        or len(generated.shape) != 2
        or real.shape[1] != generated.shape[1]
        or not real.shape[1]
        or not 1 <= neighbors < min(len(real), len(generated))
    ):
        raise ValueError(
            "Expected features (images, dim) of one dimension and more "
            "images of each set than neighbors. Received: "
            f"real.shape={real.shape}, generated.shape={generated.shape}, "
            f"neighbors={neighbors}"
        )
    check_finite(real)
    check_finite(generated)
    return real, generated


def mean_and_error(values):
    """The mean of one number an image, two at least, and its standard error."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values)), float(error)
