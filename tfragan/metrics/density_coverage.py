"""Density and coverage of generated images, in a space of features."""

import dataclasses

import numpy as np

from tfragan.metrics import nearest_neighbors


@dataclasses.dataclass(frozen=True)
class DensityCoverage:
    """The outcome of `density_coverage`.

    Attributes:
        density: in how many balls around real images a generated one lies,
            over k; about 1 for images like the real ones, and not bounded.
        coverage: part of the real images with a generated one in their ball.
        density_error: standard error of `density` over other generated
            images; the real ones are taken as given.
        coverage_error: standard error of `coverage` over other real images;
            the generated ones are taken as given.
        neighbors: k.
    """

    density: float
    coverage: float
    density_error: float
    coverage_error: float
    neighbors: int


def density_coverage(real, generated, neighbors=5):
    """How generated images fill the balls around the real ones.

    The ball around a real image reaches to its k-th nearest real neighbor,
    without its border. Unlike precision and recall no ball is around a
    generated image, so that a few outliers do not cover everything. Coverage
    depends on the counts: for images like the real ones it is expected at
    1 - (n - 1) ... (n - k) / ((n + m - 1) ... (n + m - k)) for n real and m
    generated images, about 0.97 for k = 5 and n = m.

    Args:
        real: features (images, dim), also a `np.memmap`: the matrix of
            distances is computed in blocks.
        generated: features (other images, dim), likewise.
        neighbors: k.

    Returns:
        A `DensityCoverage`.

    Raises:
        ValueError: for shapes that do not fit, no more images than
            neighbors, or features that are not finite.

    Example:

    >>> real = np.array([[0.0], [1.0], [3.0]])
    >>> density_coverage(real, np.array([[0.5], [0.6]]), 1).density
    2.0

    Reference:
        [Naeem et al., 2020](https://arxiv.org/abs/2002.09797), section 3.
    """
    real, generated = nearest_neighbors.checked_sets(real, generated, neighbors)
    reach = nearest_neighbors.squared_radii(real, neighbors)
    balls = np.zeros(len(generated))
    is_covered = np.zeros(len(real), bool)
    for rows, columns, block in nearest_neighbors.squared_distance_blocks(
        real, generated
    ):
        within = block < reach[rows, np.newaxis]
        balls[columns] += within.sum(axis=0)
        is_covered[rows] |= within.any(axis=1)
    density, density_error = nearest_neighbors.mean_and_error(balls / neighbors)
    coverage, coverage_error = nearest_neighbors.mean_and_error(is_covered)
    return DensityCoverage(
        density, coverage, density_error, coverage_error, neighbors
    )
