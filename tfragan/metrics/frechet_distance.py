"""Frechet distance of two sets of features."""

import numpy as np

from tfragan.metrics.gaussian_statistics import GaussianStatistics
from tfragan.metrics.gaussian_statistics import gaussian_statistics


def frechet_distance(features, other_features):
    """The Frechet distance of the normal distributions of two feature sets.

    With the pooled features of the Inception graph of 2015 this is the
    Frechet Inception distance; with those of another network it is a distance
    of its own that cannot be compared with published ones.

    It is too large by an amount that shrinks with 1 / images and differs
    from model to model: compare numbers of equal counts only. It has no
    standard error here; see `frechet_distance_at_infinity`.

    Args:
        features: (images, dim), also a `np.memmap`, or a
            `GaussianStatistics`.
        other_features: (other images, dim), likewise.

    Returns:
        A float, not negative; the square of a length in feature units.

    Raises:
        ValueError: for shapes that do not fit or fewer than two images.

    Reference:
        [GANs trained by a two time-scale update rule](
        https://arxiv.org/abs/1706.08500), section 4.
    """
    both = (features, other_features)
    if not any(isinstance(each, GaussianStatistics) for each in both):
        first, second = (np.shape(each) for each in both)
        if (
            len(first) == len(second) == 2
            and first[1] == second[1] > min(first[0], second[0])
            # Otherwise the covariances are the smaller matrices.
            and first[0] * second[0] <= first[1] ** 2
        ):
            return _distance_of_few(*(_checked(each) for each in both))
    return frechet_distance_of_gaussians(
        *_mean_and_covariance(features), *_mean_and_covariance(other_features)
    )


def _mean_and_covariance(features):
    if isinstance(features, GaussianStatistics):
        return features.mean, features.covariance()
    return gaussian_statistics(features)


def _distance_of_few(features, other_features):
    """The same without any (dim, dim) matrix.

    With C = X'X and C' = Y'Y the trace of (C C')^(1/2) is the sum of the
    singular values of X Y', which has a row an image.
    """
    mean, root = _mean_and_root(features)
    other_mean, other_root = _mean_and_root(other_features)
    shared = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    distance = np.sum((mean - other_mean) ** 2)
    distance += np.sum(root**2) + np.sum(other_root**2) - 2.0 * shared
    return float(max(distance, 0.0))


def _checked(features):
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or len(features) < 2 or not features.size:
        raise ValueError(
            "Expected features (images, dim) of at least two images. "
            f"Received: features.shape={features.shape}"
        )
    if not np.isfinite(features).all():
        raise ValueError("Expected finite features. Received: NaN or infinity")
    return features


def _mean_and_root(features):
    """Mean, and X with X'X the covariance."""
    mean = features.mean(axis=0)
    return mean, (features - mean) / np.sqrt(len(features) - 1)


def frechet_distance_of_gaussians(
    mean, covariance, other_mean, other_covariance
):
    """|m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)).

    C C' is not symmetric, but has the eigenvalues of the symmetric
    C^(1/2) C' C^(1/2), of which only the square roots are needed.

    Args:
        mean: (dim,).
        covariance: (dim, dim), symmetric and positive semidefinite.
        other_mean: (dim,).
        other_covariance: (dim, dim), likewise.

    Returns:
        A float, not negative.

    Raises:
        ValueError: for shapes that do not fit.
    """
    mean, covariance, other_mean, other_covariance = (
        np.asarray(array, np.float64)
        for array in (mean, covariance, other_mean, other_covariance)
    )
    dim = mean.shape[-1:]
    if (
        mean.ndim != 1
        or other_mean.shape != dim
        or not covariance.shape == other_covariance.shape == dim * 2
    ):
        raise ValueError(
            "Means and covariances have to be of one dimension. Received: "
            f"mean.shape={mean.shape}, covariance.shape={covariance.shape}, "
            f"other_mean.shape={other_mean.shape}, "
            f"other_covariance.shape={other_covariance.shape}"
        )
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    product = root @ other_covariance @ root
    products = np.linalg.eigvalsh((product + product.T) / 2.0)
    distance = np.sum((mean - other_mean) ** 2)
    distance += np.trace(covariance) + np.trace(other_covariance)
    distance -= 2.0 * np.sum(np.sqrt(np.maximum(products, 0.0)))
    return float(max(distance, 0.0))
