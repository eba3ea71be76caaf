"""Kernel distance of two sets of features, and a weighted mix of two."""

import dataclasses

import numpy as np

from tfragan.metrics.feature_blocks import check_finite
from tfragan.metrics.feature_blocks import feature_array
from tfragan.metrics.feature_blocks import row_blocks

# An unbiased estimate needs two, and the jackknife leaves one out.
MINIMUM_IMAGES = 3

_LARGEST_SUBSET = 1000


@dataclasses.dataclass(frozen=True)
class KernelDistance:
    """The outcome of a kernel distance measurement.

    Attributes:
        value: the unbiased estimate from all features. It may be negative
            where the sets hardly differ.
        standard_error: of `value`, by the jackknife: how far it would vary
            with other images from the same two sources.
        subset_mean: mean of the unbiased estimates from random subsets.
        subset_std: standard deviation of those estimates, the "+-" of many
            published tables. It depends on `subset_size`.
        subsets: how many subsets were drawn.
        subset_size: images of each set in a subset.
    """

    value: float
    standard_error: float
    subset_mean: float
    subset_std: float
    subsets: int
    subset_size: int


@dataclasses.dataclass(frozen=True)
class WeightedKernelDistance:
    """The outcome of `weighted_kernel_distance`.

    Attributes:
        value: the mix of the two estimates.
        standard_error: the same mix of their standard errors.
        target_weight: weight of the distance to the target domain.
    """

    value: float
    standard_error: float
    target_weight: float


def kernel_distance(
    features, other_features, subsets=100, subset_size=None, seed=0
):
    """The squared maximum mean discrepancy with a cubic kernel, unbiased.

    The kernel of x and y is (x.y / dim + 1)^3. With the pooled features of
    the Inception graph of 2015 this is the Kernel Inception Distance; with
    those of another network it is a distance of its own that cannot be
    compared with published ones. Most of those are `subset_mean` of 100
    subsets of 1,000, an estimate of the same quantity.

    The headline, `value`, uses every pair of images and needs no random
    numbers. Its expectation does not depend on how many images there are,
    so that sets of a hundred can be compared, within `standard_error`.

    Args:
        features: (images, dim), at least three images; also a `np.memmap`:
            never more than a block or a subset of it is copied.
        other_features: (other images, dim), likewise.
        subsets: how many random subsets to estimate from as well.
        subset_size: images of each set in a subset, drawn without
            repetition; by default half of the smaller set, at most 1000.
        seed: seeds the subsets.

    Returns:
        A `KernelDistance`.

    Raises:
        ValueError: for shapes that do not fit, fewer than three images,
            features that are not finite or subsets that cannot be drawn.

    Example:

    >>> zeros, ones = np.zeros((4, 2)), np.ones((4, 2))
    >>> kernel_distance(zeros, ones, subset_size=2).value
    7.0

    Reference:
        [Demystifying MMD GANs](https://arxiv.org/abs/1801.01401), section 4
        and equation 4.
    """
    first, second = _checked(features, other_features)
    size = subset_size
    if size is None:
        size = min(len(first), len(second)) // 2
        size = max(2, min(size, _LARGEST_SUBSET))
    if subsets < 1 or not 2 <= size <= min(len(first), len(second)):
        raise ValueError(
            "Expected at least one subset of at least two images, not more "
            f"than either set has. Received: subsets={subsets}, "
            f"subset_size={size} for {len(first)} and {len(second)} images"
        )
    value, standard_error = _estimate_and_error(first, second)
    rng = np.random.default_rng(seed)
    estimates = [
        _estimate(_drawn(first, size, rng), _drawn(second, size, rng))
        for _ in range(subsets)
    ]
    return KernelDistance(
        value,
        standard_error,
        float(np.mean(estimates)),
        float(np.std(estimates)),
        subsets,
        size,
    )


def weighted_kernel_distance(to_target, to_source, target_weight=0.02):
    """Half of a weighted sum of two kernel distances of translated images.

    (w KID(target, translated) + (1 - w) KID(source, translated)) / 2, which
    a metric code of U-GAT-IT's first author calls "mean KID". With its
    w = 0.02 it is about half the distance of the results from the *source*
    images, so that a model may raise it by translating better. The tables of
    the paper are probably of this kind; it is no KID and must not be
    compared with one.

    Args:
        to_target: `KernelDistance` of real target images and translations.
        to_source: `KernelDistance` of real source images and translations.
        target_weight: w, from 0 to 1.

    Returns:
        A `WeightedKernelDistance`.

    Raises:
        ValueError: for a weight out of range.

    Reference:
        [U-GAT-IT](https://arxiv.org/abs/1907.10830), section 4.3, the KID
        tables.
    """
    if not 0.0 <= target_weight <= 1.0:
        raise ValueError(
            "`target_weight` has to be from 0 to 1. "
            f"Received: target_weight={target_weight}"
        )

    def mix(target, source):
        return (target_weight * target + (1.0 - target_weight) * source) / 2.0

    return WeightedKernelDistance(
        mix(to_target.value, to_source.value),
        mix(to_target.standard_error, to_source.standard_error),
        target_weight,
    )


def _checked(features, other_features):
    first, second = feature_array(features), feature_array(other_features)
    if (
        len(first.shape) != 2
        or len(second.shape) != 2
        or first.shape[1] != second.shape[1]
        or not first.shape[1]
        or min(len(first), len(second)) < MINIMUM_IMAGES
    ):
        raise ValueError(
            "Expected features (images, dim) of one dimension and at least "
            f"{MINIMUM_IMAGES} images each. Received: "
            f"features.shape={first.shape}, "
            f"other_features.shape={second.shape}"
        )
    check_finite(first)
    check_finite(second)
    return first, second


def _drawn(features, size, rng):
    return features[rng.choice(len(features), size, replace=False)]


def _estimate(first, second):
    """The unbiased estimate alone."""
    within_first, within_second, across, _ = _kernel_sums(first, second)
    return _unbiased(
        within_first.sum(),
        within_second.sum(),
        across.sum(),
        len(first),
        len(second),
    )


def _estimate_and_error(first, second):
    """The unbiased estimate and its jackknife standard error.

    Leaving an image out takes its row out of the sums of the kernel, so that
    the jackknife costs no more than the estimate.
    """
    within_first, within_second, across_first, across_second = _kernel_sums(
        first, second
    )
    m, n = len(first), len(second)
    total_first, total_second = within_first.sum(), within_second.sum()
    across = across_first.sum()
    without_first = _unbiased(
        total_first - 2.0 * within_first,
        total_second,
        across - across_first,
        m - 1,
        n,
    )
    without_second = _unbiased(
        total_first,
        total_second - 2.0 * within_second,
        across - across_second,
        m,
        n - 1,
    )
    variance = (m - 1) * without_first.var() + (n - 1) * without_second.var()
    value = _unbiased(total_first, total_second, across, m, n)
    return float(value), float(np.sqrt(variance))


def _unbiased(within_first, within_second, across, m, n):
    """From sums of the kernel over pairs; no image is paired with itself."""
    return (
        within_first / (m * (m - 1))
        + within_second / (n * (n - 1))
        - 2.0 * across / (m * n)
    )


def _kernel_sums(first, second):
    """For each image the sum of its kernel with the others of its own set,
    for both sets, and with those of the other set, for both sets."""
    across_first, across_second = _sums_of_product(first, second)
    return (
        _sums_of_product(first, first)[0] - _with_itself(first),
        _sums_of_product(second, second)[0] - _with_itself(second),
        across_first,
        across_second,
    )


def _with_itself(features):
    kernels = [
        ((block * block).sum(axis=1) / features.shape[1] + 1.0) ** 3
        for _, block in row_blocks(features)
    ]
    return np.concatenate(kernels)


def _sums_of_product(first, second):
    """Sums of the kernel matrix over its columns, and over its rows."""
    rows, columns = np.zeros(len(first)), np.zeros(len(second))
    for row_places, part in row_blocks(first):
        for column_places, other_part in row_blocks(second):
            kernel = (part @ other_part.T / first.shape[1] + 1.0) ** 3
            rows[row_places] += kernel.sum(axis=1)
            columns[column_places] += kernel.sum(axis=0)
    return rows, columns
