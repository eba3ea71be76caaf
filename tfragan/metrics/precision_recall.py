"""Precision and recall of generated images, in a space of features."""

import dataclasses

import numpy as np

from tfragan.metrics import nearest_neighbors


@dataclasses.dataclass(frozen=True)
class PrecisionRecall:
    """The outcome of `precision_recall`.

    Attributes:
        precision: part of the generated images that lie among the real ones.
        recall: part of the real images that lie among the generated ones.
        precision_error: standard error of `precision` over other generated
            images; the real ones are taken as given.
        recall_error: standard error of `recall` over other real images; the
            generated ones are taken as given.
        neighbors: k.
    """

    precision: float
    recall: float
    precision_error: float
    recall_error: float
    neighbors: int


def precision_recall(real, generated, neighbors=3):
    """How many images of a set lie in the balls around those of the other.

    The ball around an image reaches to its k-th nearest neighbor in its own
    set, and holds its border. More images make smaller balls: compare
    numbers of equal counts only.

    Args:
        real: features (images, dim), also a `np.memmap`: the matrix of
            distances is computed in blocks.
        generated: features (other images, dim), likewise.
        neighbors: k.

    Returns:
        A `PrecisionRecall`.

    Raises:
        ValueError: for shapes that do not fit, no more images than
            neighbors, or features that are not finite.

    Example:

    >>> real = np.array([[0.0], [1.0], [2.0]])
    >>> precision_recall(real, np.array([[0.5], [9.0]]), 1).precision
    0.5

    Reference:
        [Kynkaanniemi et al., 2019](https://arxiv.org/abs/1904.06991),
        section 2, equations 1 and 2.
    """
    real, generated = nearest_neighbors.checked_sets(real, generated, neighbors)
    reach = nearest_neighbors.squared_radii(real, neighbors)
    other_reach = nearest_neighbors.squared_radii(generated, neighbors)
    real_is_reached = np.zeros(len(real), bool)
    is_reached = np.zeros(len(generated), bool)
    for rows, columns, block in nearest_neighbors.squared_distance_blocks(
        real, generated
    ):
        within = block <= reach[rows, np.newaxis]
        is_reached[columns] |= within.any(axis=0)
        real_is_reached[rows] |= (block <= other_reach[columns]).any(axis=1)
    precision, precision_error = nearest_neighbors.mean_and_error(is_reached)
    recall, recall_error = nearest_neighbors.mean_and_error(real_is_reached)
    return PrecisionRecall(
        precision, recall, precision_error, recall_error, neighbors
    )
