"""Mean and covariance of features, some images at a time."""

import numpy as np

from tfragan.metrics.feature_blocks import check_finite
from tfragan.metrics.feature_blocks import feature_array
from tfragan.metrics.feature_blocks import row_blocks


class GaussianStatistics:
    """Count, mean and scatter of features, all that a Frechet distance needs.

    Memory does not grow with the number of images: `dim` squared numbers of
    float64. Batches are centered before they are squared, so that no digits
    are lost to a large mean; the statistics of several workers add up.

    Attributes:
        count: rows seen.
        mean: (dim,) float64.
        scatter: (dim, dim) float64, the sum over rows of (x - mean)(x - mean)'.

    Args:
        dim: length of a feature vector.

    Example:

    >>> statistics = GaussianStatistics(2)
    >>> statistics.update([[0.0, 1.0], [2.0, 1.0]])
    >>> statistics.covariance()
    array([[2., 0.],
           [0., 0.]])

    Reference:
        Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm
        for computing sample variances", 1982, equation 1.5.
    """

    def __init__(self, dim):
        self.count = 0
        self.mean = np.zeros(dim)
        self.scatter = np.zeros((dim, dim))

    @classmethod
    def of(cls, features):
        """The statistics of features that are all there.

        Args:
            features: (images, dim), also a `np.memmap`: never more than a
                block of it is copied.

        Returns:
            A `GaussianStatistics`.

        Raises:
            ValueError: for another shape, or features that are not finite.
        """
        features = feature_array(features)
        if len(features.shape) != 2:
            raise ValueError(
                "Expected features (images, dim) of at least two images. "
                f"Received: features.shape={features.shape}"
            )
        statistics = cls(features.shape[1])
        statistics.update(features)
        return statistics

    def update(self, features):
        """Adds a batch.

        Args:
            features: (images, dim), of any real type.

        Raises:
            ValueError: for another shape, or features that are not finite.
        """
        features = (
            features if hasattr(features, "shape") else np.array(features)
        )
        if features.ndim != 2 or features.shape[1] != len(self.mean):
            raise ValueError(
                f"Expected features (images, {len(self.mean)}). Received: "
                f"features.shape={features.shape}"
            )
        check_finite(features)
        for _, block in row_blocks(features):
            mean = block.mean(axis=0)
            centered = block - mean
            self._add(len(block), mean, centered.T @ centered)

    def merge(self, other):
        """Adds the rows of other statistics, such as another worker's.

        Args:
            other: a `GaussianStatistics` of the same dimension.

        Raises:
            ValueError: for another dimension.
        """
        if other.mean.shape != self.mean.shape:
            raise ValueError(
                f"Expected statistics of dimension {len(self.mean)}. "
                f"Received: dimension {len(other.mean)}"
            )
        self._add(other.count, other.mean, other.scatter)

    def covariance(self):
        """The unbiased covariance.

        Returns:
            (dim, dim) float64.

        Raises:
            ValueError: for fewer than two rows.
        """
        if self.count < 2:
            raise ValueError(
                "Expected features (images, dim) of at least two images. "
                f"Received: {self.count}"
            )
        return self.scatter / (self.count - 1)

    def _add(self, count, mean, scatter):
        if not count:
            return
        total = self.count + count
        step = mean - self.mean
        self.scatter += scatter
        self.scatter += np.outer(step, step) * (self.count * count / total)
        self.mean += step * (count / total)
        self.count = total


def gaussian_statistics(features):
    """Mean and unbiased covariance of a feature set.

    Args:
        features: (images, dim), also a `np.memmap`.

    Returns:
        Mean (dim,) and covariance (dim, dim), float64.

    Raises:
        ValueError: for anything but at least two rows of finite features.
    """
    statistics = GaussianStatistics.of(features)
    return statistics.mean, statistics.covariance()
