"""The Frechet distance, extrapolated to infinitely many images."""

import dataclasses

import numpy as np

from tfragan.metrics.frechet_distance import frechet_distance
from tfragan.metrics.gaussian_statistics import GaussianStatistics


@dataclasses.dataclass(frozen=True)
class FrechetDistanceAtInfinity:
    """The outcome of `frechet_distance_at_infinity`.

    Attributes:
        value: where the line meets 1 / images = 0.
        standard_error: of `value` by the spread about the line. Too small:
            the points share images.
        slope: of the line: the distance of n images is too large by about
            slope / n.
        counts: (points,) int64, how many images the points are of.
        distances: (points,) float64, the Frechet distances of the points.
    """

    value: float
    standard_error: float
    slope: float
    counts: np.ndarray
    distances: np.ndarray


def frechet_distance_at_infinity(
    real, generated, points=15, fewest=None, seed=0
):
    """A Frechet distance without most of its bias by the number of images.

    The distance falls with the number of generated images along a line over
    1 / images, and where it ends depends on the model. This fits the line to
    distances of random parts. It is no Frechet distance of the images
    themselves, and must not be compared with one.

    Args:
        real: features (images, dim), also a `np.memmap`, or a
            `GaussianStatistics`; all of them count in every point.
        generated: features (other images, dim) of independent images.
        points: how many distances the line is fitted to, at least three.
        fewest: images of the smallest part; by default a sixth of all, as
            5,000 are of the 30,000 of text to image. Keep it above the
            dimension of the features.
        seed: of the parts.

    Returns:
        A `FrechetDistanceAtInfinity`.

    Raises:
        ValueError: for shapes that do not fit, or counts that make no line.

    Reference:
        [Chong and Forsyth, 2020](https://arxiv.org/abs/1911.07023), section
        3.1; parts are drawn at random and without repetition.
    """
    generated = (
        generated if hasattr(generated, "shape") else np.array(generated)
    )
    images = len(generated)
    fewest = max(2, images // 6) if fewest is None else fewest
    if points < 3 or not 2 <= fewest < images or images - fewest < points - 1:
        raise ValueError(
            "Expected at least three points, and as many counts of images. "
            f"Received: points={points}, fewest={fewest} of {images} images"
        )
    if not isinstance(real, GaussianStatistics):
        real = GaussianStatistics.of(real)
    rng = np.random.default_rng(seed)
    counts = np.linspace(fewest, images, points).astype(np.int64)
    distances = np.zeros(points)
    for point, count in enumerate(counts):
        drawn = np.sort(rng.choice(images, count, replace=False))
        distances[point] = frechet_distance(real, generated[drawn])
    design = np.stack([np.ones(points), 1.0 / counts], axis=1)
    (value, slope), _, _, _ = np.linalg.lstsq(design, distances, rcond=None)
    residuals = distances - design @ (value, slope)
    variance = np.sum(residuals**2) / (points - 2)
    error = np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])
    return FrechetDistanceAtInfinity(
        float(value), float(error), float(slope), counts, distances
    )
